// Convolutions as matrix products: every output position is a row of the input's window under it.
// Where windows do not overlap (a patch embedding) the rows are the input in another order; else
// they are gathered from one shifted slice per element of the kernel.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/OpTable.h"

using namespace mlir;
using namespace buddy;

namespace {
// Each window element is a slice; a larger window wants a kernel of its own. Up to so many groups
// each is a product of its own, which packs its weight.
constexpr int64_t kMaxWindow = 256, kMaxGroups = 16;

struct Convolution {
  SmallVector<int64_t> stride, before, after, dilation; // one for each spatial dimension
  int64_t groups = 1;
};
} // namespace

// `value` with zeros around dimension `dim`.
static Value padded(GraphBuilder &b, Value value, int64_t dim, int64_t before, int64_t after) {
  auto zeros = [&](int64_t count) {
    SmallVector<Size> shape(sizesOf(value));
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
  SmallVector<Size> split(sizesOf(input).take_front(2));
  SmallVector<int64_t> order = {0}, inner = {1};
  for (size_t i = 0; i < window.size(); ++i) {
    input = b.slice(input, 2 + i, 0, positions[i] * window[i], 1);
    split.append({positions[i], window[i]});
    order.push_back(2 + 2 * i);
    inner.push_back(3 + 2 * i);
  }
  llvm::append_range(order, inner);
  return b.permute(b.reshape(input, split, "unfold"), order, "unfold");
}

// What lies at one element of the window, under every position: [B, C, positions...].
static Value atElement(GraphBuilder &b, Value input, int64_t element, ArrayRef<int64_t> window,
                       ArrayRef<int64_t> positions, const Convolution &conv) {
  for (int64_t i = window.size() - 1; i >= 0; --i) {
    int64_t start = element % window[i] * conv.dilation[i];
    element /= window[i];
    input = b.slice(input, 2 + i, start, start + (positions[i] - 1) * conv.stride[i] + 1,
                    conv.stride[i]);
  }
  return input;
}

// A window for each channel: the sum over its elements, [B, C, positions...].
static Value depthwise(GraphBuilder &b, Value input, Value weight, Value bias,
                       ArrayRef<int64_t> window, ArrayRef<int64_t> positions,
                       const Convolution &conv) {
  Size channels = sizesOf(weight)[0];
  int64_t elements = llvm::product_of(window);
  SmallVector<Size> perChannel(window.size() + 1, 1);
  perChannel[0] = channels;
  Value matrix = b.reshape(weight, {channels, elements}, "flatten"), sum;
  for (int64_t element = 0; element < elements; ++element) {
    Value factor = b.reshape(b.slice(matrix, 1, element, element + 1, 1), perChannel, "view");
    Value part =
        b.binary<graph::MulOp>(atElement(b, input, element, window, positions, conv), factor);
    sum = sum ? b.binary<graph::AddOp>(sum, part) : part;
  }
  return bias ? b.binary<graph::AddOp>(sum, b.reshape(bias, perChannel, "view")) : sum;
}

// The same for any windows, as [B, positions..., C, window].
static Value windows(GraphBuilder &b, Value input, ArrayRef<int64_t> window,
                     ArrayRef<int64_t> positions, const Convolution &conv) {
  int64_t elements = llvm::product_of(window);
  SmallVector<Value> slices;
  for (int64_t element = 0; element < elements; ++element) {
    Value slice = atElement(b, input, element, window, positions, conv);
    if (!slice)
      return {};
    SmallVector<Size> shape(sizesOf(slice));
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

// The rows' products with the weight, [frame..., O], where `frame` is [B, positions...]: a linear
// for each group.
static Value productPerGroup(GraphBuilder &b, Value rows, SmallVector<Size> frame, Value weight,
                             Value bias, int64_t groups) {
  int64_t outputs = sizesOf(weight)[0].getNumber() / groups, last = frame.size();
  int64_t depth = productOf(sizesOf(weight).drop_front()).getNumber();
  frame.push_back(groups * depth);
  rows = b.reshape(rows, frame, "unfold");
  Value matrix = b.reshape(weight, {sizesOf(weight)[0], depth}, "flatten");
  SmallVector<Value> results;
  for (int64_t g = 0; g < groups; ++g)
    results.push_back(
        b.linear(b.slice(rows, last, g * depth, (g + 1) * depth, 1),
                 b.slice(matrix, 0, g * outputs, (g + 1) * outputs, 1),
                 bias ? b.slice(bias, 0, g * outputs, (g + 1) * outputs, 1) : Value()));
  return b.cat(results, last);
}

// The same for many small groups, as one elementwise product and a sum: of [frame..., G, 1, depth]
// and [G, O / G, depth].
static Value productOfGroups(GraphBuilder &b, Value rows, SmallVector<Size> frame, Value weight,
                             Value bias, int64_t groups) {
  int64_t outputs = sizesOf(weight)[0].getNumber() / groups, last = frame.size() + 2;
  int64_t depth = productOf(sizesOf(weight).drop_front()).getNumber();
  SmallVector<Size> grouped(frame);
  grouped.append({groups, 1, depth});
  Value products = b.binary<graph::MulOp>(b.reshape(rows, grouped, "unfold"),
                                          b.reshape(weight, {groups, outputs, depth}, "flatten"));
  frame.push_back(groups * outputs);
  Value sum =
      b.reshape(b.reduce<graph::SumOp>(products, {last}, /*keepDims=*/false), frame, "view");
  return bias ? b.binary<graph::AddOp>(sum, bias) : sum;
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
  bool isBatched = sizesOf(input).size() == spatial + 2;
  if (!isBatched && sizesOf(input).size() != spatial + 1)
    return c.invalid("its input has the wrong number of dimensions");
  if (!isBatched) {
    SmallVector<Size> shape = {1};
    llvm::append_range(shape, sizesOf(input));
    input = b.reshape(input, shape, "unsqueeze");
  }
  if (sizesOf(weight).size() != spatial + 2)
    return c.invalid("its weight has the wrong number of dimensions");
  if (isOpen(sizesOf(input).drop_front(2)) || isOpen(sizesOf(weight).drop_front(2)))
    return c.unsupported("it slides over a dynamic size, or its kernel has one",
                         "export with a fixed size of the images; the batch may be dynamic");
  if (isOpen(sizesOf(input)[1]) || isOpen(sizesOf(weight).take_front(2)))
    return c.unsupported("it has a dynamic number of channels", "export with a fixed size there");
  SmallVector<int64_t> kernel =
      llvm::map_to_vector(sizesOf(weight), [](Size size) { return size.getNumber(); });
  int64_t channels = sizesOf(input)[1].getNumber(), groups = conv.groups;
  if (groups < 1 || channels < 1 || channels % groups != 0 || kernel[1] != channels / groups ||
      kernel[0] % groups != 0 || (bias && sizesOf(bias) != sizesOf(weight).take_front(1)))
    return c.invalid("the shapes of input, weight and bias do not fit together");

  SmallVector<Size> row(sizesOf(weight).drop_front());
  row[0] = channels;
  if (!c.joined(row))
    return failure();
  ArrayRef<int64_t> window = ArrayRef(kernel).drop_front(2);
  SmallVector<int64_t> positions;
  int64_t elements = 1;
  for (size_t i = 0; i < spatial; ++i) {
    if (conv.stride[i] < 1 || conv.dilation[i] < 1 || conv.before[i] < 0 || conv.after[i] < 0)
      return c.invalid("stride and dilation must be positive, padding not negative");
    input = padded(b, input, 2 + i, conv.before[i], conv.after[i]);
    if (!input)
      return c.done(Value());
    int64_t reach = conv.dilation[i] * (window[i] - 1) + 1;
    int64_t length = sizesOf(input)[2 + i].getNumber();
    if (window[i] < 1 || length < reach)
      return c.invalid("its kernel is larger than the padded input");
    positions.push_back((length - reach) / conv.stride[i] + 1);
    elements *= window[i];
  }
  Value rows = patches(b, input, window, positions, conv);
  if (!rows && elements > kMaxWindow)
    return c.unsupported("its kernel has " + llvm::Twine(elements) +
                             " elements, and its windows overlap",
                         "use at most " + llvm::Twine(kMaxWindow) + " elements");
  if (!rows && groups == channels && kernel[0] == channels) {
    Value result = depthwise(b, input, weight, bias, window, positions, conv);
    return c.done(isBatched ? result : b.dropDims(result, {0}));
  }
  if (!rows)
    rows = windows(b, input, window, positions, conv);
  SmallVector<Size> frame = {sizesOf(input)[0]};
  llvm::append_range(frame, positions);
  Value result = groups <= kMaxGroups ? productPerGroup(b, rows, frame, weight, bias, groups)
                                      : productOfGroups(b, rows, frame, weight, bias, groups);
  // [B, positions..., O] -> [B, O, positions...]
  int64_t last = frame.size();
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

// The form of all of them, whose weight says how many dimensions it slides over.
static LogicalResult importGeneralConvolution(OpCall &c) {
  if (c.boolean("transposed"))
    return c.unsupported("it is transposed (ConvTranspose)",
                         "use interpolate and an ordinary convolution");
  switch (sizesOf(c.tensor("weight")).size()) {
  case 3:
    return importConvolution<1>(c);
  case 4:
    return importConvolution<2>(c);
  case 5:
    return importConvolution<3>(c);
  default:
    return c.invalid("its weight has the wrong number of dimensions");
  }
}

// padding is "valid", or "same": the output's size is the input's, the odd zero comes last.
template <size_t spatial> static LogicalResult importPaddedConvolution(OpCall &c) {
  FailureOr<SmallVector<int64_t>> stride = perDimension(c, "stride", spatial),
                                  dilation = perDimension(c, "dilation", spatial);
  if (failed(stride) || failed(dilation))
    return failure();
  StringRef padding = c.string("padding");
  ArrayRef<Size> kernel = sizesOf(c.tensor("weight"));
  if ((padding != "valid" && padding != "same") || kernel.size() != spatial + 2)
    return c.invalid("its padding must be \"valid\" or \"same\"");
  Convolution conv = {*stride, {}, {}, *dilation, c.integer("groups")};
  for (size_t i = 0; i < spatial; ++i) {
    bool isPadded = padding == "same" && kernel[2 + i].isNumber(); // convolve() refuses others
    int64_t total = isPadded ? conv.dilation[i] * (kernel[2 + i].getNumber() - 1) : 0;
    conv.before.push_back(total / 2);
    conv.after.push_back(total - total / 2);
  }
  return convolve(c, conv);
}

// unfold: the window under every position as a column, [N, C * window, positions].
static LogicalResult importIm2col(OpCall &c) {
  Value input = c.tensor("self");
  SmallVector<int64_t> window(c.integers("kernel_size")), positions;
  FailureOr<SmallVector<int64_t>> stride = perDimension(c, "stride", 2),
                                  padding = perDimension(c, "padding", 2),
                                  dilation = perDimension(c, "dilation", 2);
  if (failed(stride) || failed(padding) || failed(dilation))
    return failure();
  if (window.size() != 2 || sizesOf(input).size() != 4)
    return c.unsupported("its input is not [N, C, H, W]", "add the dimensions with `unsqueeze`");
  if (isOpen(sizesOf(input).drop_front(2)))
    return c.unsupported("it slides over a dynamic size",
                         "export with a fixed size of the images; the batch may be dynamic");
  Convolution conv = {*stride, *padding, *padding, *dilation, 1};
  int64_t elements = window[0] * window[1], count = 1;
  for (size_t i = 0; i < 2; ++i) {
    int64_t reach = conv.dilation[i] * (window[i] - 1) + 1;
    if (conv.stride[i] < 1 || conv.dilation[i] < 1 || conv.before[i] < 0 || window[i] < 1)
      return c.invalid("sizes, strides and dilations must be positive, padding not negative");
    input = padded(c.b, input, 2 + i, conv.before[i], conv.after[i]);
    if (!input || sizesOf(input)[2 + i].getNumber() < reach)
      return c.invalid("its kernel is larger than the padded input");
    positions.push_back((sizesOf(input)[2 + i].getNumber() - reach) / conv.stride[i] + 1);
    count *= positions.back();
  }
  if (elements > kMaxWindow)
    return c.unsupported("its kernel has " + llvm::Twine(elements) + " elements",
                         "use at most " + llvm::Twine(kMaxWindow));
  std::optional<Size> column = c.joined({sizesOf(input)[1], elements});
  if (!column)
    return failure();
  // [N, H, W, C, window] -> [N, C, window, H, W]
  Value rows = c.b.permute(windows(c.b, input, window, positions, conv), {0, 3, 4, 1, 2}, c.aten);
  return c.done(c.b.reshape(rows, {sizesOf(input)[0], *column, count}, c.aten));
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
    {"conv3d.default",
     "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, int[] padding=0, "
     "int[] dilation=1, int groups=1",
     importConvolution<3>},
    {"conv3d.padding",
     "Tensor input, Tensor weight, Tensor? bias=None, int[] stride=1, str padding=valid, "
     "int[] dilation=1, int groups=1",
     importPaddedConvolution<3>},
    {"convolution.default",
     "Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, "
     "bool transposed, ignored output_padding, int groups",
     importGeneralConvolution},
    {"im2col.default",
     "Tensor self, int[] kernel_size, int[] dilation, int[] padding, int[] stride", importIm2col},
};

ArrayRef<OpEntry> buddy::convolutionOps() { return kOps; }
