// Reads buddy.params and checks that it makes sense.
#include "Errors.h"
#include "Params.h"
#include "Signature.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace buddy {

constexpr int64_t elementBytes = sizeof(float);
constexpr int64_t pageBytes = 4096;
constexpr int64_t offsetAlignment = 64;
constexpr int64_t largest = int64_t(1) << 46; // keeps products below in 63 bits

static llvm::Error bad(size_t index, const llvm::Twine &what) {
  return missingAttribute("buddy.params", ("has entry " + llvm::Twine(index) + " " + what).str());
}

static llvm::Expected<ParamRecipe> readRecipe(Attribute attribute, size_t index) {
  auto dictionary = dyn_cast<DictionaryAttr>(attribute);
  if (!dictionary)
    return bad(index, "that is no dictionary");
  ParamRecipe recipe;
  auto kind = dictionary.getAs<StringAttr>("kind");
  if (kind && kind.getValue() == "panels")
    recipe.kind = ParamRecipe::Kind::Panels;
  else if (!kind || kind.getValue() != "plain")
    return bad(index, "of unknown kind");
  auto sources = dictionary.getAs<ArrayAttr>("sources");
  if (!sources || sources.empty())
    return bad(index, "without sources");
  for (Attribute item : sources) {
    auto name = dyn_cast<StringAttr>(item);
    if (!name)
      return bad(index, "with a source that is no string");
    recipe.sources.push_back(name.getValue().str());
  }
  if (auto transposed = dictionary.getAs<BoolAttr>("transposed"))
    recipe.transposed = transposed.getValue();

  auto read = [&](llvm::StringRef name, int64_t least, int64_t &value) {
    auto found = integerAttribute(dictionary.get(name));
    value = found.value_or(-1);
    return found && value >= least && value <= largest;
  };
  if (!read("offset", 0, recipe.offset) || recipe.offset % offsetAlignment)
    return bad(index, "whose offset is no multiple of 64");
  if (!read("bytes", 0, recipe.bytes))
    return bad(index, "without bytes");
  if (recipe.kind == ParamRecipe::Kind::Plain) {
    if (!read("elements", 0, recipe.elements) || recipe.bytes < recipe.elements * elementBytes)
      return bad(index, "whose elements do not fit in its bytes");
    return recipe;
  }
  if (!read("rows", 1, recipe.rows) || !read("cols", 1, recipe.cols) ||
      !read("tile", 1, recipe.tile))
    return bad(index, "without rows, cols or tile");
  int64_t packed = 0;
  if (__builtin_mul_overflow(llvm::alignTo(recipe.rows, recipe.tile), recipe.cols, &packed) ||
      __builtin_mul_overflow(packed, elementBytes, &packed) || recipe.bytes < packed)
    return bad(index, "whose panels do not fit in its bytes");
  return recipe;
}

llvm::Expected<ParamLayout> readParamLayout(ModuleOp module) {
  auto list = module->getAttrOfType<ArrayAttr>("buddy.params");
  auto bytes = integerAttribute(module->getAttr("buddy.params_bytes"));
  if (!list)
    return missingAttribute("buddy.params", "is missing");
  if (!bytes || *bytes < 0 || *bytes > largest)
    return missingAttribute("buddy.params_bytes", "is missing or no size");
  ParamLayout layout;
  layout.bytes = llvm::alignTo(*bytes, pageBytes);
  for (auto [index, attribute] : llvm::enumerate(list)) {
    auto recipe = readRecipe(attribute, index);
    if (!recipe)
      return recipe.takeError();
    layout.recipes.push_back(std::move(*recipe));
  }
  llvm::sort(layout.recipes, [](const ParamRecipe &a, const ParamRecipe &b) {
    return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
  });
  int64_t end = 0;
  for (const ParamRecipe &recipe : layout.recipes) {
    if (recipe.offset < end)
      return missingAttribute("buddy.params", "has entries that overlap");
    end = recipe.offset + recipe.bytes;
  }
  if (end > layout.bytes)
    return missingAttribute("buddy.params", "goes beyond buddy.params_bytes");
  return layout;
}

} // namespace buddy
