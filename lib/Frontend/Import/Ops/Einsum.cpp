// torch.einsum of two tensors, as one matrix product.
#include "buddy/Frontend/Import/OpTable.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace buddy;

static bool hasRepeatedLabel(StringRef labels) {
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels.drop_front(i + 1).contains(labels[i]))
      return true;
  return false;
}

// The tensor with its dimensions in the order kept, first, second; `first` and `second` are each
// merged into one dimension (of size 1 if they are empty). Null if that has no size.
static Value arrange(OpCall &c, Value tensor, StringRef labels, StringRef kept, StringRef first,
                     StringRef second) {
  SmallVector<int64_t> permutation;
  SmallVector<Size> shape;
  auto place = [&](StringRef group) {
    SmallVector<Size> sizes;
    for (char label : group) {
      permutation.push_back(labels.find(label));
      sizes.push_back(sizesOf(tensor)[permutation.back()]);
    }
    shape.push_back(c.joined(sizes).value_or(Size::unknown()));
  };
  for (char label : kept)
    place(StringRef(&label, 1));
  place(first);
  place(second);
  return c.b.reshape(c.b.permute(tensor, permutation, "permute"), shape, "reshape");
}

static LogicalResult importEinsum(OpCall &c) {
  std::string text = c.string("equation").str();
  llvm::erase(text, ' ');
  ArrayRef<Value> tensors = c.tensors("tensors");
  auto [inputs, out] = StringRef(text).split("->");
  auto [left, right] = inputs.split(',');
  auto isPlain = [](StringRef labels) {
    return llvm::all_of(labels, llvm::isAlpha) && !hasRepeatedLabel(labels);
  };
  if (tensors.size() != 2 || !StringRef(text).contains("->") || !isPlain(left) || !isPlain(right) ||
      !isPlain(out))
    return c.unsupported("the equation '" + text +
                             "' is not of two tensors with an explicit "
                             "result and each letter once in a term",
                         "write it with matmul, permute and sum");
  Value lhs = tensors[0], rhs = tensors[1];
  if (left.size() != sizesOf(lhs).size() || right.size() != sizesOf(rhs).size())
    return c.invalid("the equation does not fit the ranks of the operands");
  if (!isa<FloatType>(elementTypeOf(lhs)) || elementTypeOf(lhs) != elementTypeOf(rhs))
    return c.unsupported("its operands are not of one float dtype",
                         "convert both to float32 first (`.float()`)");

  // batch: in all three terms; summed: in both operands; rows and columns: in one and the result.
  std::string batch, rows, columns, summed;
  for (char label : left) {
    bool inRight = right.contains(label), inOut = out.contains(label);
    if (!inRight && !inOut)
      return c.unsupported("the equation '" + text + "' sums over a letter of one operand alone",
                           "call .sum() on that operand first");
    (inRight ? inOut ? batch : summed : rows) += label;
    if (inRight && sizesOf(lhs)[left.find(label)] != sizesOf(rhs)[right.find(label)])
      return c.unsupported("the operands have different sizes at '" + llvm::Twine(label) + "'",
                           "expand them to one size first");
  }
  for (char label : right) {
    if (left.contains(label))
      continue;
    if (!out.contains(label))
      return c.unsupported("the equation '" + text + "' sums over a letter of one operand alone",
                           "call .sum() on that operand first");
    columns += label;
  }
  std::string order = batch + rows + columns;
  if (order.size() != out.size())
    return c.invalid("the result has a letter that no operand has");

  Value product = c.b.matmul(arrange(c, lhs, left, batch, rows, summed),
                             arrange(c, rhs, right, batch, summed, columns));
  SmallVector<Size> shape;
  SmallVector<int64_t> permutation;
  for (char label : order)
    shape.push_back(left.contains(label) ? sizesOf(lhs)[left.find(label)]
                                         : sizesOf(rhs)[right.find(label)]);
  for (char label : out)
    permutation.push_back(StringRef(order).find(label));
  return c.done(c.b.permute(c.b.reshape(product, shape, "reshape"), permutation, "permute"));
}

static const OpEntry kOps[] = {
    {"einsum.default", "str equation, Tensor[] tensors, ignored path=None", importEinsum},
};

ArrayRef<OpEntry> buddy::einsumOps() { return kOps; }
