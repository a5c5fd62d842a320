// Convolutions as matrix products: every output position is a row of the input's window under it.
// Where windows do not overlap (a patch embedding) the rows are the input in another order; else
// they are gathered from one shifted slice per element of the kernel.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

namespace {
// Each window element is a slice, each group a product; larger ones want a kernel of their own.
constexpr int64_t kMaxWindow = 256, kMaxGroups = 16;

struct Convolution {
  SmallVector<int64_t> stride, before, after, dilation; // one for each spatial dimension
  int64_t groups = 1;
};
} // namespace

// `value` with zeros around dimension `dim`.
static Value padded(GraphBuilder &b, Value value, int64_t dim, int64_t before, int64_t after) {
  auto zeros = [&](int64_t count) {
    SmallVector<int64_t> shape(shapeOf(value));
    shape[dim] = count;
    return b.full(shape, Scalar::ofInt(0), elementTypeOf(value));
  };
  SmallVector<Value> parts;
  if (before)
    parts.push_back(zeros(before));
  parts.push_back(value);
  if (after)
    parts.push_back(zeros(after));
  return b.cat(parts, dim);
}

// The rows [B, positions..., C * window] of non-overlapping windows; null if they overlap or leave
// something out between them.
static Value patches(GraphBuilder &b, Value input, ArrayRef<int64_t> window,
                     ArrayRef<int64_t> positions, const Convolution &conv) {
  for (size_t i = 0; i < window.size(); ++i)
    if (conv.stride[i] != window[i] || conv.dilation[i] != 1)
      return {};
  // [B, C, P0, W0, P1, W1, ...] -> [B, P0, P1, ..., C, W0, W1, ...]
  SmallVector<int64_t> split(shapeOf(input).take_front(2)), order = {0}, inner = {1};
  for (size_t i = 0; i < window.size(); ++i) {
    input = b.slice(input, 2 + i, 0, positions[i] * window[i], 1);
    split.append({positions[i], window[i]});
    order.push_back(2 + 2 * i);
    inner.push_back(3 + 2 * i);
  }
  llvm::append_range(order, inner);
  return b.permute(b.reshape(input, split, "unfold"), order, "unfold");
}

// The same for any windows, as [B, positions..., C, window].
static Value windows(GraphBuilder &b, Value input, ArrayRef<int64_t> window,
                     ArrayRef<int64_t> positions, const Convolution &conv) {
  int64_t elements = 1;
  for (int64_t size : window)
    elements *= size;
  SmallVector<Value> slices;
  for (int64_t element = 0; element < elements; ++element) {
    Value slice = input;
    int64_t rest = element;
    for (int64_t i = window.size() - 1; i >= 0; --i) {
      int64_t start = rest % window[i] * conv.dilation[i];
      rest /= window[i];
      slice = b.slice(slice, 2 + i, start, start + (positions[i] - 1) * conv.stride[i] + 1,
                      conv.stride[i]);
    }
    if (!slice)
      return {};
    SmallVector<int64_t> shape(shapeOf(slice));
    shape.insert(shape.begin() + 2, 1);
    slices.push_back(b.reshape(slice, shape, "unfold"));
  }
  // [B, C, window, positions...] -> [B, positions..., C, window]
  SmallVector<int64_t> order = {0};
  for (size_t i = 0; i < window.size(); ++i)
    order.push_back(3 + i);
  order.append({1, 2});
  return b.permute(b.cat(slices, 2), order, "unfold");
}

// input [B, C, spatial...], weight [O, C / groups, window...], bias [O].
static LogicalResult convolve(OpCall &c, const Convolution &conv) {
  GraphBuilder &b = c.b;
  Value input = c.tensor("input"), weight = c.tensor("weight"), bias = c.tensor("bias");
  size_t spatial = conv.stride.size();
  Type type = elementTypeOf(input);
  if (!isa<FloatType>(type) || elementTypeOf(weight) != type ||
      (bias && elementTypeOf(bias) != type))
    return c.unsupported("its operands are not of one float dtype",
                         "convert all to float32 first (`.float()`)");
  bool isBatched = shapeOf(input).size() == spatial + 2;
  if (!isBatched && shapeOf(input).size() != spatial + 1)
    return c.invalid("its input has the wrong number of dimensions");
  if (!isBatched) {
    SmallVector<int64_t> shape = {1};
    llvm::append_range(shape, shapeOf(input));
    input = b.reshape(input, shape, "unsqueeze");
  }
  if (isSymbolic(shapeOf(input).drop_front(2)))
    return c.unsupported("it slides over a dynamic size",
                         "export with a fixed size of the images; the batch may be dynamic");
  ArrayRef<int64_t> kernel = shapeOf(weight);
  int64_t channels = shapeOf(input)[1], groups = conv.groups;
  if (kernel.size() != spatial + 2 || groups < 1 || kernel[1] * groups != channels ||
      kernel[0] % groups != 0 || (bias && shapeOf(bias) != kernel.take_front(1)))
    return c.invalid("the shapes of input, weight and bias do not fit together");

  ArrayRef<int64_t> window = kernel.drop_front(2);
  SmallVector<int64_t> positions;
  int64_t elements = 1;
  for (size_t i = 0; i < spatial; ++i) {
    if (conv.stride[i] < 1 || conv.dilation[i] < 1 || conv.before[i] < 0 || conv.after[i] < 0)
      return c.invalid("stride and dilation must be positive, padding not negative");
    input = padded(b, input, 2 + i, conv.before[i], conv.after[i]);
    if (!input)
      return c.done(Value());
    int64_t reach = conv.dilation[i] * (window[i] - 1) + 1;
    if (window[i] < 1 || shapeOf(input)[2 + i] < reach)
      return c.invalid("its kernel is larger than the padded input");
    positions.push_back((shapeOf(input)[2 + i] - reach) / conv.stride[i] + 1);
    elements *= window[i];
  }
  Value rows = patches(b, input, window, positions, conv);
  if (!rows && (elements > kMaxWindow || groups > kMaxGroups))
    return c.unsupported("its kernel has " + llvm::Twine(elements) + " elements in " +
                             llvm::Twine(groups) + " groups with overlapping windows",
                         "use at most " + llvm::Twine(kMaxWindow) + " elements and " +
                             llvm::Twine(kMaxGroups) + " groups");
  if (groups > kMaxGroups)
    return c.unsupported("it has " + llvm::Twine(groups) + " groups",
                         "use at most " + llvm::Twine(kMaxGroups));
  if (!rows)
    rows = windows(b, input, window, positions, conv);

  SmallVector<int64_t> rowShape = {shapeOf(input)[0]};
  llvm::append_range(rowShape, positions);
  rowShape.push_back(channels * elements);
  rows = b.reshape(rows, rowShape, "unfold");
  int64_t depth = kernel[1] * elements, outputs = kernel[0] / groups, last = rowShape.size() - 1;
  Value matrix = b.reshape(weight, {kernel[0], depth}, "flatten");
  SmallVector<Value> results;
  for (int64_t g = 0; g < groups; ++g)
    results.push_back(
        b.linear(b.slice(rows, last, g * depth, (g + 1) * depth, 1),
                 b.slice(matrix, 0, g * outputs, (g + 1) * outputs, 1),
                 bias ? b.slice(bias, 0, g * outputs, (g + 1) * outputs, 1) : Value()));
  Value result = b.cat(results, last);
  // [B, positions..., O] -> [B, O, positions...]
  SmallVector<int64_t> order = {0, last};
  for (int64_t i = 1; i < last; ++i)
    order.push_back(i);
  result = b.permute(result, order, c.aten);
  return c.done(isBatched ? result : b.dropDims(result, {0}));
}

// A list for every spatial dimension, or one number for all.
static FailureOr<SmallVector<int64_t>> perDimension(OpCall &c, StringRef name, size_t spatial) {
  SmallVector<int64_t> values(c.integers(name));
  if (values.size() == 1)
    values.resize(spatial, values[0]);
  if (values.size() != spatial)
    return c.invalid("'" + name + "' must have a number for each of " + llvm::Twine(spatial) +
                     " dimensions");
  return values;
}

template <size_t spatial> static LogicalResult importConvolution(OpCall &c) {
  FailureOr<SmallVector<int64_t>> stride = perDimension(c, "stride", spatial),
                                  padding = perDimension(c, "padding", spatial),
                                  dilation = perDimension(c, "dilation", spatial);
  if (failed(stride) || failed(padding) || failed(dilation))
    return failure();
  return convolve(c, {*stride, *padding, *padding, *dilation, c.integer("groups")});
}

// padding is "valid", or "same": the output's size is the input's, the odd zero comes last.
template <size_t spatial> static LogicalResult importPaddedConvolution(OpCall &c) {
  FailureOr<SmallVector<int64_t>> stride = perDimension(c, "stride", spatial),
                                  dilation = perDimension(c, "dilation", spatial);
  if (failed(stride) || failed(dilation))
    return failure();
  StringRef padding = c.string("padding");
  ArrayRef<int64_t> kernel = shapeOf(c.tensor("weight"));
  if ((padding != "valid" && padding != "same") || kernel.size() != spatial + 2)
    return c.invalid("its padding must be \"valid\" or \"same\"");
  Convolution conv = {*stride, {}, {}, *dilation, c.integer("groups")};
  for (size_t i = 0; i < spatial; ++i) {
    int64_t total = padding == "same" ? conv.dilation[i] * (kernel[2 + i] - 1) : 0;
    conv.before.push_back(total / 2);
    conv.after.push_back(total - total / 2);
  }
  return convolve(c, conv);
}

static const OpEntry kOps[] = {
    {"conv1d.default",
     "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, int[] padding=0, "
     "int[] dilation=1, int groups=1",
     importConvolution<1>},
    {"conv1d.padding",
     "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, str padding=valid, "
     "int[] dilation=1, int groups=1",
     importPaddedConvolution<1>},
    {"conv2d.default",
     "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, int[] padding=0, "
     "int[] dilation=1, int groups=1",
     importConvolution<2>},
    {"conv2d.padding",
     "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, str padding=valid, "
     "int[] dilation=1, int groups=1",
     importPaddedConvolution<2>},
};

ArrayRef<OpEntry> buddy::convolutionOps() { return kOps; }
