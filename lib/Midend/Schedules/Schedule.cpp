// Reads and writes buddy.schedule.
#include "buddy/Midend/Schedules/Schedule.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace buddy;

void buddy::setSchedule(Operation *op, const TileSchedule &schedule) {
  Builder b(op->getContext());
  SmallVector<NamedAttribute> fields = {
      b.getNamedAttr("kind", b.getStringAttr("tile")),
      b.getNamedAttr("parallel", b.getDenseI64ArrayAttr(schedule.parallel)),
      b.getNamedAttr("tile", b.getDenseI64ArrayAttr(schedule.tile))};
  if (schedule.kBlock)
    fields.push_back(b.getNamedAttr("k_block", b.getI64IntegerAttr(schedule.kBlock)));
  op->setAttr(kScheduleAttr, b.getDictionaryAttr(fields));
}

void buddy::setSchedule(Operation *op, const AttentionSchedule &schedule) {
  Builder b(op->getContext());
  op->setAttr(
      kScheduleAttr,
      b.getDictionaryAttr({b.getNamedAttr("kind", b.getStringAttr("attention")),
                           b.getNamedAttr("query_block", b.getI64IntegerAttr(schedule.queryBlock)),
                           b.getNamedAttr("key_block", b.getI64IntegerAttr(schedule.keyBlock)),
                           b.getNamedAttr("tile", b.getDenseI64ArrayAttr(schedule.tile))}));
}

// The dictionary if it is one of `kind`; otherwise an error on the op.
static DictionaryAttr readFields(Operation *op, StringRef kind) {
  auto fields = op->getAttrOfType<DictionaryAttr>(kScheduleAttr);
  auto found = fields ? fields.getAs<StringAttr>("kind") : StringAttr();
  if (found && found.getValue() == kind)
    return fields;
  op->emitError() << kScheduleAttr << " must be a dictionary with kind = \"" << kind << "\" here";
  return {};
}

static FailureOr<int64_t> readPositive(Operation *op, DictionaryAttr fields, StringRef name) {
  auto value = fields.getAs<IntegerAttr>(name);
  if (value && value.getType().isSignlessInteger(64) && value.getInt() > 0)
    return value.getInt();
  return op->emitError() << kScheduleAttr << ": " << name << " must be a positive i64";
}

FailureOr<TileSchedule> buddy::readTileSchedule(Operation *op, ArrayRef<int64_t> loops) {
  DictionaryAttr fields = readFields(op, "tile");
  if (!fields)
    return failure();
  TileSchedule schedule;
  for (auto [name, sizes] :
       {std::pair{"parallel", &schedule.parallel}, std::pair{"tile", &schedule.tile}}) {
    auto array = fields.getAs<DenseI64ArrayAttr>(name);
    if (!array || array.size() != int64_t(loops.size()))
      return op->emitError() << kScheduleAttr << ": " << name << " must be array<i64: ...> of "
                             << loops.size() << " entries, one a loop";
    sizes->assign(array.asArrayRef().begin(), array.asArrayRef().end());
  }
  for (auto [parallel, tile, extent] : llvm::zip_equal(schedule.parallel, schedule.tile, loops)) {
    if (parallel < 0 || tile < 0)
      return op->emitError() << kScheduleAttr << ": tile sizes must not be negative";
    if (parallel && extent % parallel)
      return op->emitError() << kScheduleAttr << ": parallel tile " << parallel
                             << " does not divide the loop of " << extent;
  }
  if (fields.contains("k_block")) {
    FailureOr<int64_t> kBlock = readPositive(op, fields, "k_block");
    if (failed(kBlock))
      return failure();
    schedule.kBlock = *kBlock;
  }
  return schedule;
}

FailureOr<AttentionSchedule> buddy::readAttentionSchedule(Operation *op) {
  DictionaryAttr fields = readFields(op, "attention");
  if (!fields)
    return failure();
  FailureOr<int64_t> queryBlock = readPositive(op, fields, "query_block");
  FailureOr<int64_t> keyBlock = readPositive(op, fields, "key_block");
  if (failed(queryBlock) || failed(keyBlock))
    return failure();
  auto tile = fields.getAs<DenseI64ArrayAttr>("tile");
  if (!tile || tile.size() != 2 || tile[0] < 1 || tile[1] < 1)
    return op->emitError() << kScheduleAttr << ": tile must be array<i64: rows, lanes>";
  return AttentionSchedule{*queryBlock, *keyBlock, SmallVector<int64_t>(tile.asArrayRef())};
}
