// Reading `buddy.signature`.

#include "Signature.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace buddy::backend;

static llvm::Error malformed(const llvm::Twine &what) {
  return llvm::createStringError("module attribute buddy.signature " + what +
                                 "; it must be {inputs = [{name = \"x\", type = tensor<2xf32>}], "
                                 "outputs = [...]}");
}

static llvm::Error readEntries(DictionaryAttr signature, llvm::StringRef key,
                               llvm::SmallVectorImpl<SignatureEntry> &entries) {
  auto list = signature.getAs<ArrayAttr>(key);
  if (!list)
    return malformed("has no list '" + key + "'");
  for (auto [index, attribute] : llvm::enumerate(list)) {
    auto entry = dyn_cast<DictionaryAttr>(attribute);
    auto name = entry ? entry.getAs<StringAttr>("name") : StringAttr();
    auto type = entry ? entry.getAs<TypeAttr>("type") : TypeAttr();
    auto tensor = type ? dyn_cast<RankedTensorType>(type.getValue()) : RankedTensorType();
    if (!name || !tensor)
      return malformed("has no name or no ranked tensor type in entry " + llvm::Twine(index) +
                       " of '" + key + "'");
    entries.push_back({name.str(), tensor});
  }
  return llvm::Error::success();
}

llvm::Expected<Signature> buddy::backend::readSignature(ModuleOp module) {
  auto attribute = module->getAttrOfType<DictionaryAttr>("buddy.signature");
  if (!attribute)
    return malformed("is missing");
  Signature signature;
  if (llvm::Error error = readEntries(attribute, "inputs", signature.inputs))
    return std::move(error);
  if (attribute.contains("states"))
    if (llvm::Error error = readEntries(attribute, "states", signature.states))
      return std::move(error);
  if (llvm::Error error = readEntries(attribute, "outputs", signature.outputs))
    return std::move(error);
  return signature;
}
