// Numbers that stand for symbolic sizes -> `?` with the map that says which.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_NAMESIZESPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {
struct NameSizesPass : impl::NameSizesPassBase<NameSizesPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    MLIRContext *context = &getContext();
    unsigned symbols = symbolsOf(module).size();
    if (!symbols)
      return;
    bool ok = true;
    module.walk([&](Operation *op) {
      SmallVector<NamedAttribute> named;
      for (NamedAttribute attribute : op->getAttrs()) {
        auto number = dyn_cast<IntegerAttr>(attribute.getValue());
        if (!number || !number.getType().isInteger(64) || !isSymbolic(number.getInt()))
          continue;
        AffineMap map = sizesMap(context, {number.getInt()}, symbols);
        if (!map) // a number of the program's own, beyond what sizes can be
          continue;
        named.push_back({attribute.getName(), AffineMapAttr::get(map)});
      }
      if (named.empty())
        return;
      for (const NamedAttribute &attribute : named)
        op->setAttr(attribute.getName(), IntegerAttr::get(IntegerType::get(context, 64), 0));
      op->setAttr("buddy.sizes", DictionaryAttr::get(context, named));
    });
    AttrTypeReplacer types;
    types.addReplacement([&](RankedTensorType type) -> std::optional<Type> {
      if (!isSymbolic(type))
        return std::nullopt;
      AffineMap map = sizesMap(context, type.getShape(), symbols);
      ok &= bool(map);
      if (!map)
        return std::nullopt;
      SmallVector<int64_t> shape(type.getShape());
      for (int64_t &size : shape)
        if (isSymbolic(size))
          size = ShapedType::kDynamic;
      return RankedTensorType::get(shape, type.getElementType(), AffineMapAttr::get(map));
    });
    types.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                       /*replaceTypes=*/true);
    if (!ok) {
      module.emitError("a size cannot be read as an expression of the symbols; a pass of the graph "
                       "is to blame");
      signalPassFailure();
    }
  }
};
} // namespace
} // namespace buddy::graph
