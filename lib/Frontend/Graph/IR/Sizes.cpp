// Sizes as numbers, and back.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"
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

std::optional<int64_t> buddy::addSizes(int64_t a, int64_t b) {
  std::optional<Terms> left = readSize(a), right = readSize(b);
  std::optional<int64_t> x = left ? valueAtWitnesses(*left) : std::nullopt,
                         y = right ? valueAtWitnesses(*right) : std::nullopt;
  int64_t sum, witnesses;
  if (!x || !y || llvm::AddOverflow(a, b, sum) || llvm::AddOverflow(*x, *y, witnesses) ||
      !isReadAs(sum, witnesses))
    return std::nullopt;
  return sum;
}

std::string buddy::sizeText(int64_t size, ArrayRef<Symbol> symbols) {
  std::optional<Terms> terms = readSize(size);
  std::string text;
  for (const SizeTerm &term : terms.value_or(Terms())) {
    std::string product;
    for (unsigned symbol : term.symbols) {
      if (symbol >= symbols.size())
        return std::to_string(size);
      product += (product.empty() ? "" : "*") + symbols[symbol].name;
    }
    if (product.empty() || term.coefficient != 1)
      product = std::to_string(term.coefficient) + (product.empty() ? "" : "*") + product;
    text += (text.empty() ? "" : " + ") + product;
  }
  return text.empty() ? std::to_string(size) : text;
}

std::string buddy::withSizeTexts(StringRef message, ArrayRef<Symbol> symbols) {
  std::string text;
  while (!message.empty()) {
    StringRef digits = message.take_while([](char c) { return llvm::isDigit(c); });
    int64_t size;
    bool isSize = !digits.empty() && !digits.getAsInteger(10, size) && isSymbolic(size);
    if (digits.empty())
      text += message.front();
    else
      text += isSize ? sizeText(size, symbols) : digits.str();
    message = message.drop_front(std::max<size_t>(digits.size(), 1));
  }
  return text;
}

AffineExpr buddy::sizeExpr(MLIRContext *context, int64_t size) {
  std::optional<Terms> terms = readSize(size);
  if (!terms)
    return {};
  AffineExpr sum;
  for (const SizeTerm &term : *terms) {
    // Symbols before the factor: the form that affine expressions keep.
    AffineExpr product;
    for (unsigned symbol : term.symbols) {
      AffineExpr factor = getAffineSymbolExpr(symbol, context);
      product = product ? product * factor : factor;
    }
    product =
        product ? product * term.coefficient : getAffineConstantExpr(term.coefficient, context);
    sum = sum ? sum + product : product;
  }
  return sum;
}

AffineMap buddy::sizesMap(MLIRContext *context, ArrayRef<int64_t> sizes, unsigned numSymbols) {
  SmallVector<AffineExpr> exprs;
  for (int64_t size : sizes) {
    AffineExpr expr = sizeExpr(context, size);
    if (!expr)
      return {};
    exprs.push_back(expr);
  }
  return AffineMap::get(0, numSymbols, exprs, context);
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

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

// The bound of a sum of terms whose products are each at least or at most something.
static int64_t boundOf(ArrayRef<SizeTerm> terms, ArrayRef<Symbol> symbols, bool largest) {
  int64_t sum = 0;
  for (const SizeTerm &term : terms) {
    int64_t value = term.coefficient;
    for (unsigned symbol : term.symbols) {
      // A negative term is largest where its symbols are least.
      bool useMax = largest == (term.coefficient > 0);
      int64_t bound = symbol < symbols.size() ? (useMax ? symbols[symbol].max : symbols[symbol].min)
                                              : (useMax ? kUnbounded : 1);
      if (llvm::MulOverflow(value, bound, value))
        value = term.coefficient > 0 ? kUnbounded : -kUnbounded;
    }
    if (llvm::AddOverflow(sum, value, sum))
      sum = value > 0 ? kUnbounded : -kUnbounded;
  }
  return sum;
}

int64_t buddy::largestSize(int64_t size, ArrayRef<Symbol> symbols) {
  std::optional<Terms> terms = readSize(size);
  return terms ? boundOf(*terms, symbols, /*largest=*/true) : kUnbounded;
}

int64_t buddy::leastSize(int64_t size, ArrayRef<Symbol> symbols) {
  std::optional<Terms> terms = readSize(size);
  return terms ? boundOf(*terms, symbols, /*largest=*/false) : -kUnbounded;
}

bool buddy::isAtMost(int64_t a, int64_t b, ArrayRef<Symbol> symbols) {
  if (!isSymbolic(a) && !isSymbolic(b))
    return a <= b;
  std::optional<Terms> less = readSize(a), more = readSize(b);
  if (!less || !more)
    return false;
  // b - a, term by term.
  Terms difference = *more;
  for (const SizeTerm &term : *less) {
    auto same =
        llvm::find_if(difference, [&](const SizeTerm &one) { return one.symbols == term.symbols; });
    if (same == difference.end())
      difference.push_back({-term.coefficient, term.symbols});
    else
      same->coefficient -= term.coefficient;
  }
  return boundOf(difference, symbols, /*largest=*/false) >= 0;
}
