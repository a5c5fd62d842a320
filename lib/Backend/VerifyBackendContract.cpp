// The door between the midend and the backend.

#include "ArgumentUse.h"
#include "ContractReport.h"
#include "Signature.h"
#include "buddy/Backend/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSwitch.h"

namespace buddy::backend {
#define GEN_PASS_DEF_VERIFYBACKENDCONTRACTPASS
#include "buddy/Backend/Passes.h.inc"
} // namespace buddy::backend

using namespace mlir;
using namespace buddy::backend;

namespace {

// The stage that should have lowered the operations of a dialect; empty: the dialect is allowed.
StringRef stageThatLowers(StringRef dialect) {
  return llvm::StringSwitch<StringRef>(dialect)
      .Cases({"func", "arith", "math", "memref", "affine", "scf", "cf", "vector", "omp", "ub",
              "index", "llvm"}, // llvm: the marks of kernels
             "")
      .Case("graph", "tosa")
      .Cases({"tosa", "attn"}, "tosa-to-linalg")
      .Cases({"tensor", "bufferization"}, "bufferization")
      .Case("linalg", "affine-loops")
      .Default("vector-optimization");
}

// What LLVM makes an instruction, or two, of; any other would be a call of libm for each element.
bool isInstruction(StringRef op) {
  return llvm::StringSwitch<bool>(op)
      .Cases({"math.fma", "math.sqrt", "math.rsqrt", "math.floor", "math.ceil", "math.trunc",
              "math.roundeven"},
             true)
      .Cases({"math.absf", "math.absi", "math.copysign", "math.ctpop", "math.ctlz", "math.cttz"},
             true)
      .Cases({"math.isnan", "math.isinf", "math.isfinite", "math.isnormal"}, true)
      .Default(false);
}

// What LLVM makes a call of libm of: functions of f64, which is rare in a layer.
bool isLibmCall(Operation *op) {
  return getElementTypeOrSelf(op->getResult(0).getType()).isF64() &&
         llvm::StringSwitch<bool>(op->getName().getStringRef())
             .Cases({"math.exp", "math.log", "math.sin", "math.cos", "math.tanh", "math.powf"},
                    true)
             .Default(false);
}

bool isLoop(Operation *op) { return isa<LoopLikeOpInterface, omp::LoopNestOp>(op); }

// Whether control can come back to `block` within its region.
bool isInCycle(Block *block) {
  return llvm::any_of(block->getSuccessors(), [&](Block *successor) {
    return successor == block || successor->isReachable(block);
  });
}

// The loop that repeats `alloca` without a scope that frees it in between; null if there is none.
Operation *enclosingLoopWithoutScope(Operation *alloca) {
  Operation *inner = alloca;
  for (Operation *op = alloca->getParentOp(); op; inner = op, op = op->getParentOp()) {
    if (inner->getBlock() && isInCycle(inner->getBlock()))
      return inner;
    // The region of omp.parallel becomes a function, which frees its allocas.
    if (isa<memref::AllocaScopeOp, omp::ParallelOp, func::FuncOp>(op))
      return nullptr;
    if (isLoop(op))
      return op;
  }
  return nullptr;
}

std::string describe(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

struct VerifyBackendContractPass
    : buddy::backend::impl::VerifyBackendContractPassBase<VerifyBackendContractPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    ContractReport report(module, "buddy-backend-contract", "vector-optimization");
    module.walk([&](Operation *op) {
      if (op != module.getOperation())
        checkOperation(op, report);
    });
    for (auto function : module.getOps<func::FuncOp>())
      checkFunction(function, report);
    checkForward(module, report);
    if (failed(report.finish()))
      return signalPassFailure();
    markAllAnalysesPreserved();
  }

  static void checkOperation(Operation *op, ContractReport &report) {
    StringRef name = op->getName().getStringRef();
    StringRef dialect = op->getName().getDialectNamespace();
    if (StringRef stage = stageThatLowers(dialect); !stage.empty())
      return report.error(op, "operations of '" + dialect + "' may not reach the backend", stage);
    if (dialect == "math" && !isInstruction(name) && !isLibmCall(op))
      return report.error(op, "would be a call of libm, it must be a polynomial",
                          "vector-optimization");
    if (isa<memref::AllocOp, memref::DeallocOp, memref::ReallocOp>(op))
      return report.error(op, "memory on the heap: a temporary must be a view of the workspace",
                          "bufferization");
    if (isa<memref::AllocaOp>(op))
      if (Operation *loop = enclosingLoopWithoutScope(op))
        return report.error(op,
                            "is repeated by '" + loop->getName().getStringRef() +
                                "' without a memref.alloca_scope around it: the stack would grow",
                            "parallelization");
    if (auto global = dyn_cast<memref::GlobalOp>(op))
      checkGlobal(global, report);
    checkTypes(op, report);
  }

  static void checkGlobal(memref::GlobalOp global, ContractReport &report) {
    if (global.getType().getElementType().isInteger(1))
      return report.error(global, "a boolean in memory must be i8, not i1", "bufferization");
    if (global.isExternal())
      report.error(global, "a memref.global without a value is defined nowhere", "bufferization");
  }

  static void checkTypes(Operation *op, ContractReport &report) {
    auto check = [&](Value value) {
      Type type = value.getType();
      if (isa<UnrankedMemRefType, TensorType>(type)) {
        report.error(op, "type " + describe(type) + " may not reach the backend", "bufferization");
        return false;
      }
      auto memref = dyn_cast<MemRefType>(type);
      // An i1 in memory is a bit to a vector.load and a byte to a memref.load.
      if (memref && memref.getElementType().isInteger(1)) {
        report.error(op, "a boolean in memory must be i8, not i1", "bufferization");
        return false;
      }
      return true;
    };
    if (!llvm::all_of(op->getResults(), check))
      return;
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (BlockArgument argument : block.getArguments())
          if (!check(argument))
            return;
  }

  // Bare pointers can stand for nothing but memrefs of identity layout, whose sizes are known or
  // expressions of the function's symbols.
  static void checkFunction(func::FuncOp function, ContractReport &report) {
    if (function.isExternal())
      return report.error(
          function, "function '" + function.getSymName() + "' is declared and defined nowhere",
          "tosa-to-linalg");
    bool hasSymbols = llvm::any_of(function.getArguments(), [&](BlockArgument argument) {
      return bool(function.getArgAttr(argument.getArgNumber(), "buddy.symbol"));
    });
    auto isPointer = [&](Type type) {
      auto memref = dyn_cast<MemRefType>(type);
      return memref && (memref.hasStaticShape() || hasSymbols) && memref.getLayout().isIdentity() &&
             memref.getMemorySpaceAsInt() == 0;
    };
    auto check = [&](TypeRange types, StringRef what) {
      for (auto [index, type] : llvm::enumerate(types))
        if (!isPointer(type) && !isa<IntegerType, FloatType, IndexType>(type))
          report.error(function,
                       what + " " + llvm::Twine(index) + " of '" + function.getSymName() + "' is " +
                           describe(type) + ", not a static memref of identity layout or a scalar",
                       "bufferization");
    };
    check(function.getArgumentTypes(), "argument");
    check(function.getResultTypes(), "result");
  }

  static void checkForward(ModuleOp module, ContractReport &report) {
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward)
      return report.error(module, "there is no function 'forward'", "tosa");
    if (forward.isExternal())
      return; // said already
    llvm::Expected<Signature> signature = readSignature(module);
    if (!signature)
      return report.error(module, llvm::toString(signature.takeError()), "graph");
    ArrayRef<Type> types = forward.getArgumentTypes();
    if (types.size() != signature->numForwardArguments() || forward.getNumResults() != 0)
      return report.error(
          forward,
          "'forward' must take params, " + llvm::Twine(signature->inputs.size()) + " inputs, " +
              llvm::Twine(signature->states.size()) + " states, " +
              llvm::Twine(signature->outputs.size()) +
              " outputs and the workspace, as buddy.signature says, and return nothing; it takes " +
              llvm::Twine(types.size()) + " arguments and returns " +
              llvm::Twine(forward.getNumResults()) + " values",
          "bufferization");
    size_t first = signature->firstSymbolArgument(), numSymbols = signature->symbols.size();
    for (size_t index = first; index < first + numSymbols; ++index)
      if (!types[index].isIndex())
        report.error(forward,
                     "argument " + llvm::Twine(index) + " of 'forward' is " +
                         describe(types[index]) + ", not the index that is the symbol '" +
                         signature->symbols[index - first] + "'",
                     "tosa");
    SmallVector<SignatureEntry> entries(signature->inputs);
    entries.append(signature->states);
    entries.append(signature->outputs);
    for (auto [number, entry] : llvm::enumerate(entries)) {
      size_t index = number + (number + 1 < first ? 0 : numSymbols);
      auto memref = dyn_cast<MemRefType>(types[index + 1]);
      if (!memref || memref.getShape() != entry.type.getShape() ||
          memref.getElementType() != elementInMemory(entry.type.getElementType()))
        report.error(forward,
                     "argument " + llvm::Twine(index + 1) + " of 'forward' is " +
                         describe(types[index + 1]) + ", but buddy.signature says that '" +
                         entry.name + "' is " + describe(entry.type),
                     "bufferization");
    }
    auto workspace = dyn_cast<MemRefType>(types.back());
    if (!workspace || workspace.getRank() != 1 || !workspace.getElementType().isInteger(8))
      report.error(forward,
                   "the last argument of 'forward' must be the workspace, memref<Wxi8>, not " +
                       describe(types.back()),
                   "bufferization");
    checkReadOnly(forward, signature->inputs, report);
  }

  // Booleans are bytes in memory.
  static Type elementInMemory(Type type) {
    if (type.isInteger(1))
      return IntegerType::get(type.getContext(), 8);
    return type;
  }

  // params.bin is mapped read-only and shared; the inputs are the user's.
  static void checkReadOnly(func::FuncOp forward, ArrayRef<SignatureEntry> inputs,
                            ContractReport &report) {
    for (unsigned index = 0; index <= inputs.size(); ++index) {
      ArgumentUse use = findArgumentUse(forward.getArgument(index));
      if (use.kind == ArgumentUse::Written)
        report.error(use.culprit,
                     index == 0 ? std::string("writes to the parameters, which are read-only")
                                : "writes to the user's input '" + inputs[index - 1].name + "'",
                     "bufferization");
    }
  }
};

} // namespace
