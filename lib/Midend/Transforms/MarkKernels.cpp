// Calls before and after each kernel, which the runtime hears while it profiles.
#include "buddy/Frontend/Graph/IR/SourceLine.h"
#include "buddy/Midend/Passes.h"
#include "buddy/Midend/Schedules/RecordedSchedules.h"
#include "buddy/Midend/Schedules/Schedule.h"
#include "buddy/Midend/Schedules/ScheduledOps.h"
#include "buddy/Midend/Transforms/Kernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

namespace buddy {
#define GEN_PASS_DEF_MARKKERNELSPASS
#include "buddy/Midend/Passes.h.inc"
} // namespace buddy

using namespace mlir;
using namespace buddy;

namespace {
// Operations that stand one after the other in a function and are timed as one.
struct Part {
  std::string name;
  Operation *first, *last;
  llvm::SetVector<Value> memory; // what they use of memory that others made
};

struct Kernel {
  std::string kind;
  Location location;
  Attribute flops;
  std::optional<int64_t> bytes = 0;
};
} // namespace

// The name that a loop has from its operation; empty if it has none.
static StringRef operationName(Operation *op) {
  StringRef name;
  op->walk<WalkOrder::PreOrder>([&](Operation *nested) {
    auto schedule = nested->getAttrOfType<DictionaryAttr>(kScheduleAttr);
    auto found = schedule ? schedule.getAs<StringAttr>(kScheduleOpField) : StringAttr();
    if (!found)
      return WalkResult::advance();
    name = found.getValue();
    return WalkResult::interrupt();
  });
  return name;
}

static bool isKernel(Operation &op) { return op.getNumRegions() != 0 || isa<memref::CopyOp>(op); }

static void addMemory(Operation *kernel, llvm::SetVector<Value> &memory) {
  kernel->walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (isa<MemRefType>(operand.getType()) &&
          !kernel->isProperAncestor(operand.getParentBlock()->getParentOp()) &&
          operand.getParentBlock()->getParentOp() != kernel)
        memory.insert(operand);
  });
}

static std::optional<int64_t> bytesOf(const llvm::SetVector<Value> &memory) {
  int64_t bytes = 0;
  for (Value value : memory) {
    auto type = cast<MemRefType>(value.getType());
    if (!type.hasStaticShape() || !type.getElementType().isIntOrFloat())
      return std::nullopt;
    bytes += type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8);
  }
  return bytes;
}

static SmallVector<Part> findParts(func::FuncOp func) {
  SmallVector<Part> parts;
  int others = 0;
  for (Operation &op : func.getBody().front()) {
    // A call is another function's kernels, and ends this one.
    if (isa<CallOpInterface>(op))
      parts.push_back({});
    if (!isKernel(op))
      continue;
    std::string name = operationName(&op).str();
    if (name.empty())
      name = (func.getName() + ".loop" + Twine(others++)).str();
    if (parts.empty() || parts.back().name != name)
      parts.push_back({name, &op, &op, {}});
    parts.back().last = &op;
    addMemory(&op, parts.back().memory);
  }
  llvm::erase_if(parts, [](const Part &part) { return part.name.empty(); });
  return parts;
}

// The parts' functions, and the pointer that they ask.
static void defineMarks(ModuleOp module) {
  auto entry = module->getAttrOfType<StringAttr>("buddy.entry");
  std::string hook = profileSymbol(entry ? entry.getValue() : "forward");
  MLIRContext *context = module.getContext();
  Location loc = UnknownLoc::get(context);
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto pointer = LLVM::LLVMPointerType::get(context);
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  auto global = LLVM::GlobalOp::create(b, loc, pointer, /*isConstant=*/false,
                                       LLVM::Linkage::External, hook, Attribute());
  {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&global.getInitializerRegion());
    Value null = LLVM::ZeroOp::create(b, loc, pointer);
    LLVM::ReturnOp::create(b, loc, null);
  }
  auto hookType = LLVM::LLVMFunctionType::get(i64, {i64, i32, i32});
  // Begins with `if (condition(pointer, arguments)) goto call; return;`
  auto define = [&](StringRef name, LLVM::LLVMFunctionType type, auto &&body) {
    OpBuilder::InsertionGuard guard(b);
    auto function = LLVM::LLVMFuncOp::create(b, loc, name, type, LLVM::Linkage::Internal);
    Block *entryBlock = function.addEntryBlock(b);
    Block *call = b.createBlock(&function.getBody());
    Block *leave = b.createBlock(&function.getBody());
    b.setInsertionPointToStart(entryBlock);
    body(function, call, leave);
  };
  define(kKernelBegin, LLVM::LLVMFunctionType::get(i64, {i32}),
         [&](LLVM::LLVMFuncOp function, Block *call, Block *leave) {
           Value kernel = function.getArgument(0);
           Value address = LLVM::AddressOfOp::create(b, loc, global);
           Value target = LLVM::LoadOp::create(b, loc, pointer, address);
           Value null = LLVM::ZeroOp::create(b, loc, pointer);
           Value isSet = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, target, null);
           LLVM::CondBrOp::create(b, loc, isSet, call, leave);
           b.setInsertionPointToStart(call);
           Value zero = LLVM::ConstantOp::create(b, loc, i64, 0);
           Value begin = LLVM::ConstantOp::create(b, loc, i32, int32_t(KernelEvent::Begin));
           auto result =
               LLVM::CallOp::create(b, loc, hookType, ValueRange{target, zero, kernel, begin});
           LLVM::ReturnOp::create(b, loc, result.getResult());
           b.setInsertionPointToStart(leave);
           Value off = LLVM::ConstantOp::create(b, loc, i64, 0);
           LLVM::ReturnOp::create(b, loc, off);
         });
  define(kKernelMark,
         LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), {i64, i32, i32}),
         [&](LLVM::LLVMFuncOp function, Block *call, Block *leave) {
           Value token = function.getArgument(0);
           Value zero = LLVM::ConstantOp::create(b, loc, i64, 0);
           Value isOn = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, token, zero);
           LLVM::CondBrOp::create(b, loc, isOn, call, leave);
           b.setInsertionPointToStart(call);
           Value address = LLVM::AddressOfOp::create(b, loc, global);
           Value target = LLVM::LoadOp::create(b, loc, pointer, address);
           LLVM::CallOp::create(
               b, loc, hookType,
               ValueRange{target, token, function.getArgument(1), function.getArgument(2)});
           LLVM::ReturnOp::create(b, loc, ValueRange{});
           b.setInsertionPointToStart(leave);
           LLVM::ReturnOp::create(b, loc, ValueRange{});
         });
}

static void mark(const Part &part, int32_t number) {
  Location loc = part.first->getLoc();
  OpBuilder b(part.first);
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  auto constant = [&](int32_t value) -> Value {
    return arith::ConstantOp::create(b, loc, i32, b.getI32IntegerAttr(value));
  };
  Value kernel = constant(number);
  auto begin = LLVM::CallOp::create(b, loc, TypeRange(i64), kKernelBegin, ValueRange(kernel));
  b.setInsertionPointAfter(part.last);
  LLVM::CallOp::create(b, loc, TypeRange(), kKernelMark,
                       ValueRange{begin.getResult(), kernel, constant(int32_t(KernelEvent::End))});
}

namespace {
struct MarkKernels : buddy::impl::MarkKernelsPassBase<MarkKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (StringRef name : {kKernelBegin, kKernelMark})
      if (Operation *taken = module.lookupSymbol(name)) {
        taken->emitError("the kernels of this module are marked already");
        return signalPassFailure();
      }
    llvm::StringMap<DictionaryAttr> schedules;
    if (auto list = module->getAttrOfType<ArrayAttr>(kSchedulesAttr))
      for (Attribute item : list)
        if (auto entry = dyn_cast<DictionaryAttr>(item))
          if (auto name = entry.getAs<StringAttr>("op"))
            schedules[name] = entry;

    llvm::MapVector<StringRef, std::pair<int32_t, Kernel>> kernels;
    SmallVector<Part> parts;
    for (auto func : module.getOps<func::FuncOp>())
      if (!func.isExternal())
        llvm::append_range(parts, findParts(func));
    for (const Part &part : parts) {
      DictionaryAttr schedule = schedules.lookup(part.name);
      auto kind = schedule ? schedule.getAs<StringAttr>("kind") : StringAttr();
      StringRef other = isa<memref::CopyOp>(part.first) ? "copy" : "loop";
      auto [at, isNew] =
          kernels.try_emplace(part.name, int32_t(kernels.size()),
                              Kernel{kind ? kind.str() : other.str(), part.first->getLoc(),
                                     schedule ? schedule.get("flops") : Attribute()});
      auto &[number, kernel] = at->second;
      std::optional<int64_t> bytes = bytesOf(part.memory);
      kernel.bytes = kernel.bytes && bytes ? std::optional(*kernel.bytes + *bytes) : std::nullopt;
      mark(part, number);
    }
    if (kernels.empty())
      return;
    defineMarks(module);
    Builder b(&getContext());
    SmallVector<Attribute> list;
    for (auto &[name, numbered] : kernels) {
      const Kernel &kernel = numbered.second;
      NamedAttrList entry;
      entry.set("name", b.getStringAttr(name));
      entry.set("kind", b.getStringAttr(kernel.kind));
      if (std::string line = sourceLine(kernel.location); !line.empty())
        entry.set("location", b.getStringAttr(line));
      if (kernel.flops)
        entry.set("flops", kernel.flops);
      if (kernel.bytes)
        entry.set("bytes", b.getI64IntegerAttr(*kernel.bytes));
      list.push_back(entry.getDictionary(&getContext()));
    }
    module->setAttr(kKernelsAttr, b.getArrayAttr(list));
  }
};
} // namespace
