// Predicates over (query, key) positions.
#include "buddy/Frontend/Graph/Transforms/Predicate.h"
#include "buddy/Frontend/Graph/IR/SizeBounds.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"

using namespace mlir;

namespace buddy::graph {

Predicate Predicate::constant(bool value) {
  Predicate predicate;
  predicate.kind = value ? True : False;
  return predicate;
}

Predicate Predicate::leaf(Value value) {
  Predicate predicate;
  predicate.kind = Leaf;
  predicate.value = value;
  predicate.shape.assign(sizesOf(value).begin(), sizesOf(value).end());
  return predicate;
}

static Predicate triangle(Predicate::Kind kind, Size diagonal, Size queries, Size keys) {
  Predicate predicate;
  predicate.kind = kind;
  predicate.diagonal = diagonal;
  predicate.queries = queries;
  predicate.keys = keys;
  return predicate;
}

// a >= b, for whatever the symbols are.
static bool isAtLeast(Size a, Size b) { return isAtMost(b, a, {}); }

Predicate Predicate::lower(Size diagonal, Size queries, Size keys) {
  if (isAtLeast(diagonal, keys - 1))
    return constant(true);
  if (isAtLeast(-queries, diagonal))
    return constant(false);
  return triangle(Lower, diagonal, queries, keys);
}

Predicate Predicate::upper(Size diagonal, Size queries, Size keys) {
  if (isAtLeast(Size(1) - queries, diagonal))
    return constant(true);
  if (isAtLeast(diagonal, keys))
    return constant(false);
  return triangle(Upper, diagonal, queries, keys);
}

static Predicate join(Predicate::Kind kind, std::vector<Predicate> children) {
  Predicate::Kind neutral = kind == Predicate::And ? Predicate::True : Predicate::False;
  Predicate::Kind absorbing = kind == Predicate::And ? Predicate::False : Predicate::True;
  Predicate joined;
  joined.kind = kind;
  auto add = [&](Predicate &child) {
    if (child.kind != neutral && !llvm::is_contained(joined.children, child))
      joined.children.push_back(std::move(child));
  };
  for (Predicate &child : children) {
    if (child.kind == absorbing)
      return child;
    if (child.kind == kind)
      llvm::for_each(child.children, add);
    else
      add(child);
  }
  if (joined.children.empty())
    return Predicate::constant(neutral == Predicate::True);
  if (joined.children.size() == 1)
    return Predicate(joined.children.front());
  return joined;
}

Predicate Predicate::all(std::vector<Predicate> children) { return join(And, std::move(children)); }
Predicate Predicate::any(std::vector<Predicate> children) { return join(Or, std::move(children)); }

Predicate Predicate::negate() const {
  switch (kind) {
  case True:
  case False:
    return constant(kind == False);
  case Leaf: {
    Predicate result = *this;
    result.negated = !negated;
    return result;
  }
  case Lower: // not key <= query + d
    return upper(diagonal + 1, queries, keys);
  case Upper:
    return lower(diagonal - 1, queries, keys);
  case And:
  case Or:
    break;
  }
  std::vector<Predicate> negatedChildren;
  for (const Predicate &child : children)
    negatedChildren.push_back(child.negate());
  return kind == And ? any(std::move(negatedChildren)) : all(std::move(negatedChildren));
}

bool Predicate::hasTriangle() const {
  return kind == Lower || kind == Upper ||
         llvm::any_of(children, [](const Predicate &child) { return child.hasTriangle(); });
}

bool Predicate::operator==(const Predicate &other) const {
  return kind == other.kind && value == other.value && shape == other.shape &&
         negated == other.negated && diagonal == other.diagonal && queries == other.queries &&
         keys == other.keys && children == other.children;
}

std::optional<Predicate> Predicate::reshaped(ArrayRef<Size> from, ArrayRef<Size> to) const {
  Predicate result = *this;
  if (kind == Lower || kind == Upper) {
    if (!sameTrailing(from, to, 2))
      return std::nullopt;
    return result;
  }
  if (kind == Leaf) {
    std::optional<SmallVector<int64_t>> match = matchUnitDims(from, to);
    if (!match || shape.size() > from.size())
      return std::nullopt;
    result.shape.assign(to.size(), 1);
    int64_t missing = from.size() - shape.size();
    for (auto [d, source] : llvm::enumerate(*match))
      if (source >= missing)
        result.shape[d] = shape[source - missing];
    // A size that belonged to a dropped dimension is 1, so no elements are lost.
    return result;
  }
  for (Predicate &child : result.children) {
    std::optional<Predicate> mapped = child.reshaped(from, to);
    if (!mapped)
      return std::nullopt;
    child = std::move(*mapped);
  }
  return result;
}

std::optional<Predicate> Predicate::expanded(ArrayRef<Size> from, ArrayRef<Size> to) const {
  if (hasTriangle() && !sameTrailing(from, to, 2))
    return std::nullopt;
  return *this;
}

Value Predicate::materialize(OpBuilder &builder, Location loc) const {
  auto constantOf = [&](bool bit, ArrayRef<Size> sizes) -> Value {
    RankedTensorType type = tensorOf(sizes, builder.getI1Type());
    return ConstantOp::create(builder, loc, type, DenseElementsAttr::get(type, bit));
  };
  switch (kind) {
  case True:
  case False:
    return constantOf(kind == True, {1});
  case Leaf: {
    Value result = reshapeTo(builder, loc, value, shape);
    return negated ? LogicalNotOp::create(builder, loc, result.getType(), result).getResult()
                   : result;
  }
  case Lower:
  case Upper: {
    Value ones = isOpen({queries, keys})
                     ? expandTo(builder, loc, constantOf(true, {1, 1}), {queries, keys})
                     : constantOf(true, {queries, keys});
    if (kind == Lower)
      return TrilOp::create(builder, loc, ones.getType(), ones, diagonal);
    return TriuOp::create(builder, loc, ones.getType(), ones, diagonal);
  }
  case And:
  case Or:
    break;
  }
  Value result;
  for (const Predicate &child : children) {
    Value next = child.materialize(builder, loc);
    if (!result)
      result = next;
    else if (kind == And)
      result = createBinary<LogicalAndOp>(builder, loc, result, next);
    else
      result = createBinary<LogicalOrOp>(builder, loc, result, next);
  }
  return result;
}

} // namespace buddy::graph
