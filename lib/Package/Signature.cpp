// Reads buddy.signature and buddy.parameters.
#include "Signature.h"
#include "Errors.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace buddy {

llvm::Error missingAttribute(llvm::StringRef name, llvm::StringRef what) {
  return packageError(PackageFailure::Internal, "the module's attribute " + name + " " + what +
                                                    " (docs/contracts.md says what it holds)");
}

std::optional<int64_t> integerAttribute(Attribute attribute) {
  auto integer = dyn_cast_or_null<IntegerAttr>(attribute);
  if (!integer || !integer.getValue().isSignedIntN(64))
    return std::nullopt;
  return integer.getValue().getSExtValue();
}

static std::string dtypeOf(Type type) {
  if (type.isF32())
    return "f32";
  if (type.isF64())
    return "f64";
  if (type.isF16())
    return "f16";
  if (type.isBF16())
    return "bf16";
  if (type.isInteger(64))
    return "i64";
  if (type.isInteger(32))
    return "i32";
  if (type.isInteger(1))
    return "bool";
  return "";
}

static std::string storedOf(const std::string &dtype) {
  if (dtype == "i64")
    return "i32";
  if (dtype == "bool")
    return "i8";
  return dtype;
}

static llvm::Error readTensors(Attribute attribute, llvm::StringRef what,
                               std::vector<SignatureTensor> &tensors) {
  auto list = dyn_cast_or_null<ArrayAttr>(attribute);
  if (!list)
    return missingAttribute("buddy.signature", ("has no list '" + what + "'").str());
  for (Attribute item : list) {
    auto dictionary = dyn_cast<DictionaryAttr>(item);
    auto name = dictionary ? dictionary.getAs<StringAttr>("name") : StringAttr();
    auto typeAttr = dictionary ? dictionary.getAs<TypeAttr>("type") : TypeAttr();
    auto type = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType();
    if (!name || !type || !type.hasStaticShape())
      return missingAttribute("buddy.signature",
                              ("has an entry of '" + what + "' without name or static type").str());
    std::string dtype = dtypeOf(type.getElementType());
    if (dtype.empty())
      return missingAttribute(
          "buddy.signature",
          ("gives '" + name.getValue() + "' an element type that packages do not have").str());
    tensors.push_back({name.getValue().str(), dtype, storedOf(dtype), type.getShape().vec(), {}});
    auto ranges = dictionary.getAs<ArrayAttr>("ranges");
    for (Attribute item : ranges ? ranges.getValue() : ArrayRef<Attribute>()) {
      auto range = dyn_cast<DenseI64ArrayAttr>(item);
      if (!range || range.size() != 4 || (dtype != "i64" && dtype != "i32"))
        return missingAttribute(
            "buddy.signature",
            ("gives '" + name.getValue() +
             "' a range that is not first, count, lowest and highest of integers")
                .str());
      tensors.back().ranges.push_back({range[0], range[1], range[2], range[3]});
    }
  }
  return llvm::Error::success();
}

llvm::Expected<PackageSignature> readPackageSignature(ModuleOp module) {
  auto dictionary = module->getAttrOfType<DictionaryAttr>("buddy.signature");
  if (!dictionary)
    return missingAttribute("buddy.signature", "is missing");
  PackageSignature signature;
  if (llvm::Error error = readTensors(dictionary.get("inputs"), "inputs", signature.inputs))
    return std::move(error);
  if (llvm::Error error = readTensors(dictionary.get("outputs"), "outputs", signature.outputs))
    return std::move(error);
  if (dictionary.contains("states"))
    if (llvm::Error error = readTensors(dictionary.get("states"), "states", signature.states))
      return std::move(error);
  return signature;
}

llvm::Expected<std::vector<Parameter>> readParameters(ModuleOp module) {
  auto list = module->getAttrOfType<ArrayAttr>("buddy.parameters");
  if (!list)
    return missingAttribute("buddy.parameters", "is missing");
  std::vector<Parameter> parameters;
  for (Attribute item : list) {
    auto dictionary = dyn_cast<DictionaryAttr>(item);
    auto name = dictionary ? dictionary.getAs<StringAttr>("name") : StringAttr();
    auto typeAttr = dictionary ? dictionary.getAs<TypeAttr>("type") : TypeAttr();
    auto type = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType();
    if (!name || !type || !type.hasStaticShape() || !type.getElementType().isF32())
      return missingAttribute("buddy.parameters", "has an entry without name or static f32 type");
    parameters.push_back({name.getValue().str(), type.getShape().vec()});
  }
  return parameters;
}

} // namespace buddy
