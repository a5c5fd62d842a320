// Reads and writes buddy.schedule. A field of a schedule is one line of a table here.
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Schedules/CheckSchedule.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include <variant>

using namespace mlir;
using namespace buddy;

using List = SmallVector<int64_t>;
using Form = ScheduleField::Form;

namespace {
template <typename Schedule> struct Member {
  ScheduleField field;
  std::variant<int64_t Schedule::*, List Schedule::*> place;
};

// Limits of single values; what depends on the op is in CheckSchedule.cpp.
constexpr int64_t kAnySize = int64_t(1) << 31;
// Queries lie in vector lanes, whole blocks at once: sixteen of the widest registers.
constexpr int64_t kMostQueries = 256;

constexpr llvm::StringLiteral kRegisterTile[] = {"row", "lane"};

template <typename Schedule> struct Kind;

template <> struct Kind<TileSchedule> {
  static constexpr llvm::StringLiteral name = "tile";
  static constexpr Member<TileSchedule> members[] = {
      {{"parallel", Form::PerLoop, {}, 0, kAnySize}, &TileSchedule::parallel},
      {{"tile", Form::PerLoop, {}, 0, kAnySize}, &TileSchedule::tile},
      {{"k_block", Form::Number, {}, 1, kAnySize, /*optional=*/true}, &TileSchedule::kBlock},
  };
};

template <> struct Kind<AttentionSchedule> {
  static constexpr llvm::StringLiteral name = "attention";
  static constexpr Member<AttentionSchedule> members[] = {
      {{"query_block", Form::Number, {}, 1, kMostQueries}, &AttentionSchedule::queryBlock},
      {{"key_block", Form::Number, {}, 1, kAnySize}, &AttentionSchedule::keyBlock},
      {{"diagonal_block", Form::Number, {}, 1, kAnySize, /*optional=*/true},
       &AttentionSchedule::diagonalBlock},
      {{"tile", Form::List, kRegisterTile, 1, kAnySize}, &AttentionSchedule::tile},
  };
};
} // namespace

template <typename Schedule> static ArrayRef<ScheduleField> fieldsOf() {
  static const SmallVector<ScheduleField> fields = [] {
    SmallVector<ScheduleField> list;
    for (const Member<Schedule> &member : Kind<Schedule>::members)
      list.push_back(member.field);
    return list;
  }();
  return fields;
}

ArrayRef<ScheduleField> buddy::scheduleFields(StringRef kind) {
  if (kind == Kind<TileSchedule>::name)
    return fieldsOf<TileSchedule>();
  if (kind == Kind<AttentionSchedule>::name)
    return fieldsOf<AttentionSchedule>();
  return {};
}

template <typename Schedule> static void write(Operation *op, const Schedule &schedule) {
  Builder b(op->getContext());
  SmallVector<NamedAttribute> fields = {
      b.getNamedAttr("kind", b.getStringAttr(Kind<Schedule>::name))};
  for (const auto &[field, place] : Kind<Schedule>::members) {
    if (auto *number = std::get_if<int64_t Schedule::*>(&place)) {
      if (!field.optional || schedule.**number)
        fields.push_back(b.getNamedAttr(field.name, b.getI64IntegerAttr(schedule.**number)));
    } else {
      fields.push_back(b.getNamedAttr(
          field.name, b.getDenseI64ArrayAttr(schedule.*std::get<List Schedule::*>(place))));
    }
  }
  op->setAttr(kScheduleAttr, b.getDictionaryAttr(fields));
}

void buddy::setSchedule(Operation *op, const TileSchedule &schedule) { write(op, schedule); }
void buddy::setSchedule(Operation *op, const AttentionSchedule &schedule) { write(op, schedule); }

void buddy::keepSchedule(Attribute schedule, Operation *loop) {
  auto fields = dyn_cast_or_null<DictionaryAttr>(schedule);
  if (fields && fields.contains(kScheduleOpField))
    loop->setAttr(kScheduleAttr, schedule);
}

// "array<i64: row, lane>", "array<i64: ...> of 4 entries, one a loop"
static std::string listForm(const ScheduleField &field, size_t loops) {
  if (field.form == Form::PerLoop)
    return "array<i64: ...> of " + std::to_string(loops) + " entries, one a loop";
  std::string text = "array<i64: ";
  for (auto [i, element] : llvm::enumerate(field.elements))
    text += (i ? ", " : "") + element.str();
  return text + ">";
}

static std::string rangeText(const ScheduleField &field) {
  return "from " + std::to_string(field.least) + " to " + std::to_string(field.most);
}

template <typename Schedule>
static FailureOr<Schedule> read(Operation *op, ArrayRef<int64_t> loops) {
  auto fields = op->getAttrOfType<DictionaryAttr>(kScheduleAttr);
  auto kind = fields ? fields.getAs<StringAttr>("kind") : StringAttr();
  if (!kind || kind.getValue() != Kind<Schedule>::name)
    return op->emitError() << kScheduleAttr << " must be a dictionary with kind = \""
                           << Kind<Schedule>::name << "\" here";
  Schedule schedule;
  for (const auto &[field, place] : Kind<Schedule>::members) {
    auto error = [&]() { return op->emitError() << kScheduleAttr << ": " << field.name << " "; };
    auto isLegal = [&](int64_t value) { return value >= field.least && value <= field.most; };
    if (auto *number = std::get_if<int64_t Schedule::*>(&place)) {
      if (field.optional && !fields.contains(field.name))
        continue;
      auto value = fields.getAs<IntegerAttr>(field.name);
      if (!value || !value.getType().isSignlessInteger(64) || !isLegal(value.getInt()))
        return error() << "must be an i64 " << rangeText(field);
      schedule.**number = value.getInt();
      continue;
    }
    auto array = fields.getAs<DenseI64ArrayAttr>(field.name);
    size_t entries = field.form == Form::PerLoop ? loops.size() : field.elements.size();
    if (!array || size_t(array.size()) != entries)
      return error() << "must be " << listForm(field, loops.size());
    if (!llvm::all_of(array.asArrayRef(), isLegal))
      return error() << "must have entries " << rangeText(field);
    schedule.*std::get<List Schedule::*>(place) = List(array.asArrayRef());
  }
  return schedule;
}

static LogicalResult report(Operation *op, const std::optional<ScheduleProblem> &problem) {
  if (!problem)
    return success();
  return op->emitError() << kScheduleAttr << ": " << problem->text;
}

FailureOr<TileSchedule> buddy::readUncheckedTileSchedule(Operation *op, ArrayRef<int64_t> loops) {
  return read<TileSchedule>(op, loops);
}

FailureOr<AttentionSchedule> buddy::readUncheckedAttentionSchedule(Operation *op) {
  return read<AttentionSchedule>(op, {});
}

FailureOr<TileSchedule> buddy::readTileSchedule(Operation *op, ArrayRef<int64_t> loops) {
  FailureOr<TileSchedule> schedule = read<TileSchedule>(op, loops);
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (succeeded(schedule) && linalgOp && failed(report(op, checkSchedule(*schedule, linalgOp))))
    return failure();
  return schedule;
}

FailureOr<AttentionSchedule> buddy::readAttentionSchedule(Operation *op) {
  FailureOr<AttentionSchedule> schedule = read<AttentionSchedule>(op, {});
  auto attention = dyn_cast<attn::AttentionOp>(op);
  if (succeeded(schedule) && attention && failed(report(op, checkSchedule(*schedule, attention))))
    return failure();
  return schedule;
}
