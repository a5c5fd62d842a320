// Reading `buddy.signature` and `buddy.symbols`.

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

static llvm::Error readSymbols(ModuleOp module, llvm::SmallVectorImpl<std::string> &symbols) {
  Attribute attribute = module->getAttr("buddy.symbols");
  if (!attribute)
    return llvm::Error::success();
  auto list = dyn_cast<ArrayAttr>(attribute);
  for (Attribute item : list ? list.getValue() : ArrayRef<Attribute>()) {
    auto entry = dyn_cast<DictionaryAttr>(item);
    auto name = entry ? entry.getAs<StringAttr>("name") : StringAttr();
    if (name)
      symbols.push_back(name.str());
  }
  if (list && list.size() == symbols.size())
    return llvm::Error::success();
  return llvm::createStringError("module attribute buddy.symbols must be a list of "
                                 "{name = \"s64\", min = 2 : i64, max = 32768 : i64}");
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
  if (llvm::Error error = readSymbols(module, signature.symbols))
    return std::move(error);
  return signature;
}
