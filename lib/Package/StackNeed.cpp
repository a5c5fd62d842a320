// Walks functions and their calls. What LLVM spills comes on top; the runtime allows for it.
#include "StackNeed.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/ADT/StringMap.h"
#include <algorithm>

using namespace mlir;

namespace buddy {

namespace {
class StackWalk {
public:
  explicit StackWalk(ModuleOp module) : module(module), layout(module) {}

  int64_t ofFunction(StringRef name) {
    // A function in work is met again only by recursion, which compiled programs do not have.
    auto [at, isNew] = known.try_emplace(name, 0);
    auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
    if (!isNew || !function)
      return at->second;
    int64_t bytes = ofRegion(function.getBody());
    known[name] = bytes;
    return bytes;
  }

private:
  // Own allocas, and the deepest of the calls and parallel regions in it.
  int64_t ofRegion(Region &region) {
    int64_t own = 0, deepest = 0;
    region.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (auto parallel = dyn_cast<omp::ParallelOp>(op)) {
        deepest = std::max(deepest, ofRegion(parallel.getRegion()));
        return WalkResult::skip();
      }
      if (auto alloca = dyn_cast<LLVM::AllocaOp>(op))
        own += bytesOf(alloca);
      else if (auto call = dyn_cast<LLVM::CallOp>(op); call && call.getCallee())
        deepest = std::max(deepest, ofFunction(*call.getCallee()));
      return WalkResult::advance();
    });
    return own + deepest;
  }

  int64_t bytesOf(LLVM::AllocaOp alloca) {
    APInt count;
    // Of a size that is not known: what the midend allows a thread's temporaries.
    if (!matchPattern(alloca.getArraySize(), m_ConstantInt(&count)))
      return 1 << 20;
    int64_t alignment = std::max<int64_t>(alloca.getAlignment().value_or(1), 16);
    int64_t element = layout.getTypeSize(alloca.getElemType()).getFixedValue();
    return count.getSExtValue() * element + alignment;
  }

  ModuleOp module;
  DataLayout layout;
  llvm::StringMap<int64_t> known;
};
} // namespace

int64_t stackNeed(ModuleOp module) {
  StackWalk walk(module);
  int64_t most = 0;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    most = std::max(most, walk.ofFunction(function.getName()));
  return most;
}

} // namespace buddy
