// Kernels are what stands between the marks that buddy-mark-kernels has set.
#include "Kernels.h"
#include "buddy/Midend/Transforms/Kernels.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/Support/Format.h"

using namespace mlir;

namespace buddy {

// The number of the kernel that `op` begins, if it does.
static std::optional<size_t> beginsKernel(Operation &op) {
  auto call = dyn_cast<LLVM::CallOp>(op);
  llvm::APInt number;
  if (!call || call.getCallee() != kKernelBegin ||
      !matchPattern(call.getArgOperands().front(), m_ConstantInt(&number)))
    return std::nullopt;
  return number.getZExtValue();
}

static bool endsKernel(Operation &op) {
  auto call = dyn_cast<LLVM::CallOp>(op);
  return call && call.getCallee() == kKernelMark;
}

// Calls `visit` on each operation between marks, with its kernel.
static void forEachInKernels(func::FuncOp func,
                             llvm::function_ref<void(Operation &, size_t)> visit) {
  std::optional<size_t> kernel;
  for (Operation &op : func.getBody().front())
    if (std::optional<size_t> begins = beginsKernel(op))
      kernel = begins;
    else if (endsKernel(op))
      kernel.reset();
    else if (kernel)
      visit(op, *kernel);
}

std::vector<KernelPlace> readKernels(ModuleOp module) {
  std::vector<KernelPlace> kernels;
  auto recorded = readRecordedKernels(module);
  if (!recorded) {
    llvm::consumeError(recorded.takeError());
    return kernels;
  }
  for (const RecordedKernel &kernel : *recorded)
    kernels.push_back({kernel.name, "", {}});
  for (auto func : module.getOps<func::FuncOp>()) {
    if (func.isExternal())
      continue;
    forEachInKernels(func, [&](Operation &op, size_t kernel) {
      if (kernel >= kernels.size())
        return;
      kernels[kernel].function = func.getName().str();
      op.walk([&](Operation *nested) { kernels[kernel].place.add(nested->getLoc()); });
    });
  }
  return kernels;
}

namespace {
struct Use {
  size_t first = ~size_t(0), last = 0;
  void add(size_t kernel) {
    first = std::min(first, kernel);
    last = std::max(last, kernel);
  }
};
} // namespace

// What kernels do with memory under any name.
static void addUses(Value memory, const llvm::DenseMap<Operation *, size_t> &kernelOf, Block &body,
                    Use &use) {
  for (Operation *user : memory.getUsers()) {
    if (isa<ViewLikeOpInterface>(user))
      addUses(user->getResult(0), kernelOf, body, use);
    Operation *top = body.findAncestorOpInBlock(*user);
    if (auto kernel = kernelOf.find(top); kernel != kernelOf.end())
      use.add(kernel->second);
  }
}

std::vector<MemorySlot> readSlots(ModuleOp module, Places &places) {
  std::vector<MemorySlot> slots;
  for (auto func : module.getOps<func::FuncOp>()) {
    if (func.isExternal() || func.getNumArguments() == 0)
      continue;
    Block &body = func.getBody().front();
    BlockArgument workspace = func.getArguments().back();
    llvm::DenseMap<Operation *, size_t> kernelOf;
    forEachInKernels(func, [&](Operation &op, size_t kernel) { kernelOf[&op] = kernel; });
    for (auto view : body.getOps<memref::ViewOp>()) {
      MemRefType type = view.getType();
      std::optional<int64_t> offset = getConstantIntValue(view.getByteShift());
      Use use;
      if (view.getSource() != workspace || !offset || !type.hasStaticShape())
        continue;
      addUses(view, kernelOf, body, use);
      if (use.first > use.last)
        continue; // a callee's share
      std::string text;
      llvm::raw_string_ostream stream(text);
      llvm::interleave(type.getShape(), stream, "x");
      stream << (type.getRank() ? "x" : "") << type.getElementType();
      int64_t bytes = type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8);
      slots.push_back({text, func.getName().str(), *offset, bytes, use.first, use.last,
                       places.number(view.getLoc())});
    }
  }
  return slots;
}

} // namespace buddy
