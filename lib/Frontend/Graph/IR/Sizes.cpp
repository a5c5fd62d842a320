// Sizes as numbers, and back.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace buddy;

// Primes far enough from small multiples and sums of one another;
// unittests/Frontend/Graph/SizesTest goes through all forms that readSize tells apart.
static constexpr int64_t kStandIns[kMostSymbols] = {722113583, 659309107, 595010107};
static constexpr int64_t kLargestFactor = 1 << 20; // of a product of symbols
static constexpr int64_t kLargestOffset = 1 << 20; // of a multiple of one symbol
static constexpr int64_t kLargestMultiple = 16;    // that has an offset
static constexpr int64_t kLargestSumOffset = 1 << 16;
static constexpr int64_t kLargestSumFactor = 8;

static constexpr int64_t kWitnesses[kMostSymbols] = {1000003, 899981, 799979};

int64_t buddy::standIn(unsigned symbol) { return kStandIns[symbol]; }
int64_t buddy::witness(unsigned symbol) { return kWitnesses[symbol]; }

bool buddy::isSymbolic(Type type) {
  auto tensor = dyn_cast_or_null<RankedTensorType>(type);
  return tensor && isSymbolic(tensor.getShape());
}

//===----------------------------------------------------------------------===//
// The module's list
//===----------------------------------------------------------------------===//

SmallVector<Symbol> buddy::symbolsOf(ModuleOp module) {
  SmallVector<Symbol> symbols;
  auto list = module ? module->getAttrOfType<ArrayAttr>(kSymbolsAttr) : ArrayAttr();
  for (Attribute item : list ? list.getValue() : ArrayRef<Attribute>()) {
    auto fields = dyn_cast<DictionaryAttr>(item);
    auto name = fields ? fields.getAs<StringAttr>("name") : StringAttr();
    auto min = fields ? fields.getAs<IntegerAttr>("min") : IntegerAttr();
    auto max = fields ? fields.getAs<IntegerAttr>("max") : IntegerAttr();
    if (!name || !min || symbols.size() == kMostSymbols)
      return {};
    symbols.push_back({name.str(), min.getInt(), max ? max.getInt() : kUnbounded});
  }
  return symbols;
}

SmallVector<Symbol> buddy::symbolsAround(Operation *op) {
  auto module = dyn_cast_or_null<ModuleOp>(op);
  return symbolsOf(module || !op ? module : op->getParentOfType<ModuleOp>());
}

ArrayAttr buddy::symbolsAttr(MLIRContext *context, ArrayRef<Symbol> symbols) {
  Builder b(context);
  SmallVector<Attribute> list;
  for (const Symbol &symbol : symbols) {
    NamedAttrList fields;
    fields.set("name", b.getStringAttr(symbol.name));
    fields.set("min", b.getI64IntegerAttr(symbol.min));
    if (symbol.max != kUnbounded)
      fields.set("max", b.getI64IntegerAttr(symbol.max));
    list.push_back(fields.getDictionary(context));
  }
  return b.getArrayAttr(list);
}

//===----------------------------------------------------------------------===//
// Numbers to expressions
//===----------------------------------------------------------------------===//

namespace {
using Terms = SmallVector<SizeTerm>;
} // namespace

static Terms withOffset(Terms terms, int64_t offset) {
  if (offset)
    terms.push_back({offset, {}});
  return terms;
}

static std::optional<Terms> readPositive(int64_t size) {
  // Products of two symbols, which just fit in 64 bits, then one: a multiple of the one is none of
  // the other, for the factor would be a stand-in.
  for (unsigned i = 0; i < kMostSymbols; ++i)
    for (unsigned j = i; j < kMostSymbols; ++j)
      if (int64_t product = kStandIns[i] * kStandIns[j];
          size % product == 0 && size / product <= kLargestFactor)
        return Terms{{size / product, {i, j}}};
  for (unsigned i = 0; i < kMostSymbols; ++i)
    if (size % kStandIns[i] == 0 && size / kStandIns[i] <= kLargestFactor)
      return Terms{{size / kStandIns[i], {i}}};
  for (unsigned symbol = 0; symbol < kMostSymbols; ++symbol) {
    // The nearest multiple.
    int64_t prime = kStandIns[symbol], factor = size / prime + (size % prime + prime / 2) / prime;
    if (factor < 1 || factor > kLargestMultiple)
      continue;
    if (int64_t offset = size - factor * prime; std::abs(offset) <= kLargestOffset)
      return withOffset({{factor, {symbol}}}, offset);
  }
  for (unsigned i = 0; i < kMostSymbols; ++i)
    for (unsigned j = i + 1; j < kMostSymbols; ++j)
      for (int64_t a = 1; a <= kLargestSumFactor; ++a)
        for (int64_t b = 1; b <= kLargestSumFactor; ++b) {
          int64_t offset = size - a * kStandIns[i] - b * kStandIns[j];
          if (std::abs(offset) <= kLargestSumOffset)
            return withOffset({{a, {i}}, {b, {j}}}, offset);
        }
  return std::nullopt;
}

std::optional<Terms> buddy::readSize(int64_t size) {
  if (!isSymbolic(size))
    return Terms{{size, {}}};
  if (size == std::numeric_limits<int64_t>::min())
    return std::nullopt;
  std::optional<Terms> terms = readPositive(std::abs(size));
  if (terms && size < 0)
    for (SizeTerm &term : *terms)
      term.coefficient = -term.coefficient;
  return terms;
}

// At the witnesses; nothing if that is beyond 64 bits.
static std::optional<int64_t> valueAtWitnesses(const Terms &terms) {
  int64_t sum = 0;
  for (const SizeTerm &term : terms) {
    int64_t product = term.coefficient;
    for (unsigned symbol : term.symbols)
      if (llvm::MulOverflow(product, kWitnesses[symbol], product))
        return std::nullopt;
    if (llvm::AddOverflow(sum, product, sum))
      return std::nullopt;
  }
  return sum;
}

bool buddy::isReadAs(int64_t size, int64_t withWitnesses) {
  std::optional<Terms> terms = readSize(size);
  return terms && valueAtWitnesses(*terms) == withWitnesses;
}

AffineMap buddy::sizesMap(MLIRContext *context, ArrayRef<int64_t> sizes, unsigned numSymbols) {
  SmallVector<Size> values;
  for (int64_t size : sizes)
    values.push_back(sizeOfNumber(context, size));
  return affineMapOf(context, values, numSymbols);
}

// At other numbers for the symbols.
static std::optional<int64_t> valueAt(AffineExpr expr, ArrayRef<int64_t> numbers) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbol.getPosition() < kMostSymbols ? std::optional(numbers[symbol.getPosition()])
                                               : std::nullopt;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary || (expr.getKind() != AffineExprKind::Add && expr.getKind() != AffineExprKind::Mul))
    return std::nullopt;
  std::optional<int64_t> lhs = valueAt(binary.getLHS(), numbers),
                         rhs = valueAt(binary.getRHS(), numbers);
  int64_t result;
  if (!lhs || !rhs ||
      (expr.getKind() == AffineExprKind::Add ? llvm::AddOverflow(*lhs, *rhs, result)
                                             : llvm::MulOverflow(*lhs, *rhs, result)))
    return std::nullopt;
  return result;
}

std::optional<int64_t> buddy::sizeOf(AffineExpr expr) {
  std::optional<int64_t> size = valueAt(expr, kStandIns), other = valueAt(expr, kWitnesses);
  return size && other && isReadAs(*size, *other) ? size : std::nullopt;
}
