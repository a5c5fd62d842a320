// Attributes for LLVM on the arguments of functions, as far as they are known to hold.

#include "ArgumentUse.h"
#include "buddy/Backend/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace buddy::backend {
#define GEN_PASS_DEF_ANNOTATEARGUMENTSPASS
#include "buddy/Backend/Passes.h.inc"
} // namespace buddy::backend

using namespace mlir;

namespace {

using LLVM::LLVMDialect;

// The size of a static memref of byte-sized elements; nullopt for any other.
std::optional<int64_t> byteSize(MemRefType type) {
  if (!type.hasStaticShape() || !type.getElementType().isIntOrFloat() ||
      type.getElementTypeBitWidth() % 8 != 0)
    return std::nullopt;
  return type.getNumElements() * (type.getElementTypeBitWidth() / 8);
}

struct AnnotateArgumentsPass
    : buddy::backend::impl::AnnotateArgumentsPassBase<AnnotateArgumentsPass> {
  void runOnOperation() override {
    Builder builder(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      for (BlockArgument argument : function.getArguments())
        if (auto type = dyn_cast<MemRefType>(argument.getType()))
          annotate(function, argument, type, builder);
      if (function.getSymName() == "forward")
        annotateForward(function, builder);
    }
  }

  void annotate(func::FuncOp function, BlockArgument argument, MemRefType type, Builder &builder) {
    unsigned index = argument.getArgNumber();
    auto set = [&](StringRef name, Attribute value) { function.setArgAttr(index, name, value); };
    set(LLVMDialect::getNoUndefAttrName(), builder.getUnitAttr());
    // The memory of a tensor without elements may be a null pointer.
    if (std::optional<int64_t> bytes = byteSize(type); bytes && *bytes > 0) {
      set(LLVMDialect::getNonNullAttrName(), builder.getUnitAttr());
      set(LLVMDialect::getDereferenceableAttrName(), builder.getI64IntegerAttr(*bytes));
    }
    if (buddy::backend::findArgumentUse(argument).kind == buddy::backend::ArgumentUse::ReadOnly)
      set(LLVMDialect::getReadonlyAttrName(), builder.getUnitAttr());
  }

  // The parameters come first and the workspace last. The runtime maps the one and allocates the
  // other, each on a boundary of at least 64 bytes.
  void annotateForward(func::FuncOp function, Builder &builder) {
    if (function.getNumArguments() < 2)
      return;
    for (unsigned index : {0u, function.getNumArguments() - 1}) {
      function.setArgAttr(index, LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
      function.setArgAttr(index, LLVMDialect::getAlignAttrName(), builder.getI64IntegerAttr(64));
    }
  }
};

} // namespace
