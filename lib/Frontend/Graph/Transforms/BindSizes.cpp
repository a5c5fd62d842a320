// Symbolic sizes -> the numbers that stand for them.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_BINDSIZESPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {
struct BindSizesPass : impl::BindSizesPassBase<BindSizesPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    size_t symbols = symbolsOf(module).size();
    if (!symbols) {
      if (module->hasAttr(kSymbolsAttr)) {
        module.emitError(kSymbolsAttr)
            << " must be a list of at most " << kMostSymbols << " {name = \"s0\", min = 1 : i64}";
        return signalPassFailure();
      }
      return;
    }
    bool ok = true;
    auto fail = [&](const Twine &what) {
      if (ok)
        module.emitError(what) << "; a size is a sum or product of the " << symbols
                               << " symbols of " << kSymbolsAttr;
      ok = false;
    };
    AttrTypeReplacer types;
    types.addReplacement([&](RankedTensorType type) -> std::optional<Type> {
      auto map = dyn_cast_or_null<AffineMapAttr>(type.getEncoding());
      if (!map)
        return std::nullopt;
      if (int64_t(map.getAffineMap().getNumResults()) != type.getRank()) {
        fail("a tensor's map of sizes does not have its rank");
        return std::nullopt;
      }
      SmallVector<int64_t> shape;
      for (AffineExpr expr : map.getAffineMap().getResults()) {
        std::optional<int64_t> size = sizeOf(expr);
        if (!size || !readSize(*size) || map.getAffineMap().getNumSymbols() > symbols) {
          fail("a tensor's map of sizes cannot be read");
          return std::nullopt;
        }
        shape.push_back(*size);
      }
      return RankedTensorType::get(shape, type.getElementType());
    });
    types.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                       /*replaceTypes=*/true);
    module.walk([&](Operation *op) {
      auto sizes = op->getAttrOfType<DictionaryAttr>("buddy.sizes");
      if (!sizes)
        return;
      for (NamedAttribute size : sizes) {
        auto map = dyn_cast<AffineMapAttr>(size.getValue());
        std::optional<int64_t> number = map && map.getAffineMap().getNumResults() == 1
                                            ? sizeOf(map.getAffineMap().getResult(0))
                                            : std::nullopt;
        auto old = op->getAttrOfType<IntegerAttr>(size.getName());
        if (!number || !old)
          return fail("an operation's buddy.sizes cannot be read");
        op->setAttr(size.getName(), IntegerAttr::get(old.getType(), *number));
      }
      op->removeAttr("buddy.sizes");
    });
    if (!ok)
      signalPassFailure();
  }
};
} // namespace
} // namespace buddy::graph
