// Reads buddy.signature, buddy.symbols and buddy.parameters.
#include "Signature.h"
#include "AffineSize.h"
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
  if (dtype == "bool")
    return "i8";
  return dtype;
}

// The sizes of the type and of the member `sizes`, which may not contradict each other.
static std::optional<std::vector<runtime::SizeExpression>>
readShape(RankedTensorType type, DictionaryAttr dictionary, size_t numSymbols) {
  auto map = dictionary.getAs<AffineMapAttr>("sizes");
  if (!map) {
    if (!type.hasStaticShape() || dictionary.contains("sizes"))
      return std::nullopt;
    return std::vector<runtime::SizeExpression>(type.getShape().begin(), type.getShape().end());
  }
  auto sizes = sizesOf(map.getValue(), numSymbols);
  if (!sizes || sizes->size() != static_cast<size_t>(type.getRank()))
    return std::nullopt;
  for (auto [size, expression] : llvm::zip_equal(type.getShape(), *sizes))
    if (expression.constant().value_or(ShapedType::kDynamic) != size)
      return std::nullopt;
  return sizes;
}

// array<i64: ...>, or an affine_map of the symbols to the numbers if they depend on them.
static std::optional<std::vector<runtime::SizeExpression>> readNumbers(Attribute attribute,
                                                                       size_t numSymbols) {
  if (auto array = dyn_cast_or_null<DenseI64ArrayAttr>(attribute))
    return std::vector<runtime::SizeExpression>(array.asArrayRef().begin(),
                                                array.asArrayRef().end());
  auto map = dyn_cast_or_null<AffineMapAttr>(attribute);
  return map ? sizesOf(map.getValue(), numSymbols) : std::nullopt;
}

// First, count, lowest and highest, of which the last two may depend on symbols.
static std::optional<IndexRange> readRange(Attribute attribute, size_t numSymbols) {
  auto read = readNumbers(attribute, numSymbols);
  std::vector<runtime::SizeExpression> numbers = read.value_or(decltype(numbers)());
  auto first = numbers.size() == 4 ? numbers[0].constant() : std::nullopt;
  auto count = numbers.size() == 4 ? numbers[1].constant() : std::nullopt;
  // The count -1: all elements, and the first is one of them.
  if (!first || !count || *first < 0 || *count < (*first ? 0 : -1))
    return std::nullopt;
  return IndexRange{*first, *count, numbers[2], numbers[3]};
}

static llvm::Error readTensors(Attribute attribute, llvm::StringRef what, size_t numSymbols,
                               std::vector<SignatureTensor> &tensors) {
  auto list = dyn_cast_or_null<ArrayAttr>(attribute);
  if (!list)
    return missingAttribute("buddy.signature", ("has no list '" + what + "'").str());
  for (Attribute item : list) {
    auto dictionary = dyn_cast<DictionaryAttr>(item);
    auto name = dictionary ? dictionary.getAs<StringAttr>("name") : StringAttr();
    auto typeAttr = dictionary ? dictionary.getAs<TypeAttr>("type") : TypeAttr();
    auto type = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType();
    if (!name || !type)
      return missingAttribute("buddy.signature",
                              ("has an entry of '" + what + "' without name or type").str());
    auto shape = readShape(type, dictionary, numSymbols);
    if (!shape)
      return missingAttribute("buddy.signature",
                              ("gives '" + name.getValue() +
                               "' a shape that is neither static nor has the member 'sizes': an "
                               "affine_map of the symbols of buddy.symbols to as many sums and "
                               "products as the type has dimensions, numbers where it has them")
                                  .str());
    std::string dtype = dtypeOf(type.getElementType());
    if (dtype.empty())
      return missingAttribute(
          "buddy.signature",
          ("gives '" + name.getValue() + "' an element type that packages do not have").str());
    tensors.push_back({name.getValue().str(), dtype, storedOf(dtype), std::move(*shape), {}});
    auto ranges = dictionary.getAs<ArrayAttr>("ranges");
    for (Attribute item : ranges ? ranges.getValue() : ArrayRef<Attribute>()) {
      auto range = readRange(item, numSymbols);
      if (!range || (dtype != "i64" && dtype != "i32"))
        return missingAttribute(
            "buddy.signature",
            ("gives '" + name.getValue() +
             "' a range that is not first, count, lowest and highest of integers")
                .str());
      tensors.back().ranges.push_back(*range);
    }
  }
  return llvm::Error::success();
}

// The member `checks` of the last output, which is none of the user's then.
static llvm::Error takeChecks(DictionaryAttr signature, PackageSignature &read) {
  auto outputs = signature.getAs<ArrayAttr>("outputs");
  auto last =
      outputs.empty() ? DictionaryAttr() : dyn_cast<DictionaryAttr>(outputs.getValue().back());
  auto checks = last ? last.getAs<ArrayAttr>("checks") : ArrayAttr();
  if (!checks)
    return llvm::Error::success();
  for (Attribute item : checks) {
    auto check = dyn_cast<DictionaryAttr>(item);
    auto op = check ? check.getAs<StringAttr>("op") : StringAttr();
    auto location = check ? check.getAs<StringAttr>("location") : StringAttr();
    size_t symbols = read.symbols.size();
    auto range = check ? readNumbers(check.get("range"), symbols) : std::nullopt;
    auto shape = check ? readNumbers(check.get("shape"), symbols) : std::nullopt;
    if (!op || !range || range->size() != 2 || !shape)
      return missingAttribute("buddy.signature", "has a check without op, range and shape");
    read.checks.push_back(
        {op.str(), location ? location.str() : "", (*range)[0], (*range)[1], std::move(*shape)});
  }
  read.outputs.pop_back();
  return llvm::Error::success();
}

std::vector<std::string> symbolNames(const PackageSignature &signature) {
  std::vector<std::string> names;
  for (const SignatureSymbol &symbol : signature.symbols)
    names.push_back(symbol.name);
  return names;
}

// What manifests and C have for a name.
static bool isIdentifier(llvm::StringRef name) {
  auto isPart = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  return !name.empty() && !llvm::isDigit(name[0]) && llvm::all_of(name, isPart);
}

static llvm::Error readSymbols(ModuleOp module, std::vector<SignatureSymbol> &symbols) {
  Attribute attribute = module->getAttr("buddy.symbols");
  if (!attribute)
    return llvm::Error::success();
  auto list = dyn_cast<ArrayAttr>(attribute);
  if (!list)
    return missingAttribute("buddy.symbols", "is no list");
  for (Attribute item : list) {
    auto dictionary = dyn_cast<DictionaryAttr>(item);
    auto name = dictionary ? dictionary.getAs<StringAttr>("name") : StringAttr();
    if (!name || !isIdentifier(name))
      return missingAttribute("buddy.symbols", "has an entry without a name that is an identifier");
    auto min = integerAttribute(dictionary.get("min")),
         max = integerAttribute(dictionary.get("max"));
    if (!min || *min < 0 || (max && *max < *min) || (!max && dictionary.contains("max")))
      return missingAttribute(
          "buddy.symbols", ("gives '" + name.getValue() + "' no range of sizes, min to max").str());
    if (llvm::any_of(symbols, [&](const auto &other) { return other.name == name.getValue(); }))
      return missingAttribute("buddy.symbols", ("has '" + name.getValue() + "' twice").str());
    symbols.push_back({name.str(), *min, max});
  }
  return llvm::Error::success();
}

// The runtime reads a symbol's value off an input's dimension that is the symbol alone.
static llvm::Error checkSources(const PackageSignature &signature) {
  for (size_t i = 0; i < signature.symbols.size(); ++i)
    if (llvm::none_of(signature.inputs, [&](const SignatureTensor &input) {
          return llvm::is_contained(input.shape, runtime::SizeExpression::symbol(i));
        }))
      return missingAttribute("buddy.symbols", "has '" + signature.symbols[i].name +
                                                   "', which no dimension of an input is equal to");
  return llvm::Error::success();
}

llvm::Expected<PackageSignature> readPackageSignature(ModuleOp module) {
  auto dictionary = module->getAttrOfType<DictionaryAttr>("buddy.signature");
  if (!dictionary)
    return missingAttribute("buddy.signature", "is missing");
  PackageSignature signature;
  if (llvm::Error error = readSymbols(module, signature.symbols))
    return std::move(error);
  auto read = [&](llvm::StringRef what, size_t numSymbols, std::vector<SignatureTensor> &tensors) {
    return readTensors(dictionary.get(what), what, numSymbols, tensors);
  };
  size_t numSymbols = signature.symbols.size();
  if (llvm::Error error = read("inputs", numSymbols, signature.inputs))
    return std::move(error);
  if (llvm::Error error = read("outputs", numSymbols, signature.outputs))
    return std::move(error);
  if (llvm::Error error = takeChecks(dictionary, signature))
    return std::move(error);
  if (dictionary.contains("states"))
    if (llvm::Error error = read("states", 0, signature.states))
      return std::move(error);
  if (llvm::Error error = checkSources(signature))
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
