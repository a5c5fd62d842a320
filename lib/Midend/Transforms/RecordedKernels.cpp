// Reads the module attribute buddy.kernels.
#include "buddy/Midend/Transforms/Kernels.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace buddy;

static std::optional<RecordedKernel> readKernel(DictionaryAttr entry) {
  auto text = [&](StringRef key) {
    auto value = entry ? entry.getAs<StringAttr>(key) : StringAttr();
    return value ? value.str() : std::string();
  };
  RecordedKernel kernel{text("name"), text("kind"), text("location"), {}, {}};
  if (kernel.name.empty() || kernel.kind.empty())
    return std::nullopt;
  kernel.flops = entry.get("flops");
  if (kernel.flops && !isa<IntegerAttr, AffineMapAttr>(kernel.flops))
    return std::nullopt;
  if (auto bytes = entry.getAs<IntegerAttr>("bytes"); bytes && bytes.getType().isInteger(64))
    kernel.bytes = bytes.getInt();
  return kernel;
}

llvm::Expected<std::vector<RecordedKernel>> buddy::readRecordedKernels(ModuleOp module) {
  std::vector<RecordedKernel> kernels;
  Attribute attribute = module->getAttr(kKernelsAttr);
  auto list = dyn_cast_or_null<ArrayAttr>(attribute);
  if (attribute && !list)
    return llvm::createStringError("the module's attribute " + kKernelsAttr + " is no array");
  for (Attribute item : list ? list.getValue() : ArrayRef<Attribute>()) {
    std::optional<RecordedKernel> kernel = readKernel(dyn_cast<DictionaryAttr>(item));
    if (!kernel)
      return llvm::createStringError("the module's attribute " + kKernelsAttr + " has entry " +
                                     std::to_string(kernels.size()) + " without name and kind");
    kernels.push_back(std::move(*kernel));
  }
  return kernels;
}
