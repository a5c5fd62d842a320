// torch.nn.functional.scaled_dot_product_attention, kept whole.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/OpTable.h"
#include "buddy/Frontend/Import/Signature.h"

using namespace mlir;
using namespace buddy;

// With a dimension of size 1 before the last two.
static Value withSingleHeads(GraphBuilder &b, Value value) {
  if (!value || sizesOf(value).size() < 3)
    return value;
  SmallVector<Size> shape(sizesOf(value));
  shape.insert(shape.end() - 2, 1);
  return b.reshape(value, shape, "unsqueeze");
}

static LogicalResult importSdpa(OpCall &c) {
  Value query = c.tensor("query"), key = c.tensor("key"), value = c.tensor("value");
  Value mask = c.tensor("attn_mask");
  if (c.number("dropout_p") != 0)
    return c.unsupported("it drops out with probability " +
                             llvm::Twine(std::to_string(c.number("dropout_p"))),
                         "export the model for inference: `model.eval()`, and dropout_p=0.0");
  Type type = elementTypeOf(query);
  if (!isa<FloatType>(type) || elementTypeOf(key) != type || elementTypeOf(value) != type)
    return c.unsupported("query, key and value are not of one float dtype",
                         "convert them to float32 first (`.float()`)");
  ArrayRef<Size> q = sizesOf(query), k = sizesOf(key), v = sizesOf(value);
  if (q.size() < 2 || k.size() != q.size() || v.size() != q.size())
    return c.unsupported("query, key and value do not have one rank of at least 2",
                         "give all three the same number of dimensions");

  if (isOpen({q.back(), v.back()}))
    return c.unsupported("the size of its heads is dynamic", "export with a fixed size there");
  // Heads of a dynamic number are a batch of single ones: [N, S, D] as [N, 1, S, D].
  if (q.size() > 2 && q[q.size() - 3].isOpen()) {
    for (Value *each : {&query, &key, &value, &mask})
      *each = withSingleHeads(c.b, *each);
    q = sizesOf(query), k = sizesOf(key), v = sizesOf(value);
  }
  // graph.sdpa broadcasts no batch dimension, and no head but those that share keys and values.
  bool grouped = c.boolean("enable_gqa");
  size_t leading = q.size() - 2;
  SmallVector<Size> lead, keyLead;
  for (size_t i = 0; i < leading; ++i) {
    bool isHead = i + 1 == leading;
    // What is not 1 decides.
    Size size = q[i] != 1 ? q[i] : k[i] != 1 ? k[i] : v[i], keySize = size;
    if (isHead && grouped && divideExactly(q[i], k[i]) && k[i] == v[i]) {
      size = q[i], keySize = k[i];
    } else if (llvm::any_of(ArrayRef<Size>{q[i], k[i], v[i]},
                            [&](Size own) { return own != size && own != 1; })) {
      return c.unsupported("query, key and value differ in dimension " + llvm::Twine(i) + " (" +
                               c.text(q[i]) + ", " + c.text(k[i]) + ", " + c.text(v[i]) + ")",
                           "expand them to one size, or pass enable_gqa=True for grouped heads");
    } else if (isHead && k[i] == 1 && v[i] == 1 && size != 1) {
      grouped = true, keySize = 1;
    }
    lead.push_back(size);
    keyLead.push_back(keySize);
  }
  // What comes before the heads becomes one batch.
  if (leading > 0 && !c.joined(ArrayRef<Size>(lead).drop_back()))
    return failure();
  auto stretched = [&](Value value, SmallVector<Size> shape) {
    llvm::append_range(shape, sizesOf(value).take_back(2));
    return c.b.expand(value, shape);
  };
  query = stretched(query, lead), key = stretched(key, keyLead), value = stretched(value, keyLead);
  if (!query || !key || !value)
    return c.invalid("expanded to one batch its operands are larger than any memory");
  q = sizesOf(query), k = sizesOf(key), v = sizesOf(value);
  if (q[leading + 1] != k[leading + 1] || k[leading] != v[leading])
    return c.invalid("the sizes of query, key and value do not fit together");

  SmallVector<Size> scores(q), shape(q);
  scores.back() = k[leading];
  shape.back() = v.back();
  if (mask) {
    if (!elementTypeOf(mask).isInteger(1) && elementTypeOf(mask) != type)
      return c.unsupported("its mask is neither bool nor of the query's dtype",
                           "convert the mask to bool or float32");
    if (!graph::broadcastsTo(sizesOf(mask), scores))
      return c.invalid("its mask does not broadcast to the shape of the scores");
  }
  FloatAttr scale;
  if (!c.isNone("scale"))
    scale = c.b.builder.getF64FloatAttr(c.number("scale"));
  RankedTensorType result = makeTensorType(shape, type);
  if (!result)
    return c.done(Value());
  Value attended = graph::SdpaOp::create(c.b.builder, c.b.loc, result, query, key, value, mask,
                                         c.boolean("is_causal"), grouped, scale)
                       .getResult();
  bool isAdded = int64_t(shape.size()) > tensorType(c.tensor("query")).getRank();
  return c.done(isAdded ? c.b.dropDims(attended, shape.size() - 3) : attended);
}

static const OpEntry kOps[] = {
    {"scaled_dot_product_attention.default",
     "Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, "
     "bool is_causal=False, float? scale=None, bool enable_gqa=False",
     importSdpa},
};

ArrayRef<OpEntry> buddy::attentionOps() { return kOps; }
