// Interpolation to another size: along each dimension every result is a weighted sum of a few
// elements, whose places and weights are known when compiling.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/OpTable.h"
#include <cmath>

using namespace mlir;
using namespace buddy;

namespace {
enum class Mode { Nearest, Linear, Cubic };

// Places and weights of all results are constants.
constexpr int64_t kLongest = 1 << 20;

// One element of each of the sums along a dimension, and its weight there.
struct Tap {
  SmallVector<int64_t> places;
  SmallVector<double> weights;
};
} // namespace

// Where result i lies among the elements.
static double sourceOf(int64_t i, int64_t from, int64_t to, bool alignCorners) {
  if (alignCorners)
    return to > 1 ? double(i) * (from - 1) / (to - 1) : 0;
  return (i + 0.5) * from / to - 0.5;
}

// Keys' convolution kernel with a = -0.75: R. Keys, "Cubic Convolution Interpolation for Digital
// Image Processing", 1981.
static double cubicWeight(double distance) {
  constexpr double a = -0.75;
  double x = std::fabs(distance);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static SmallVector<Tap> tapsOf(Mode mode, int64_t from, int64_t to, bool alignCorners) {
  int64_t first = mode == Mode::Cubic ? -1 : 0;
  int64_t count = mode == Mode::Cubic ? 4 : mode == Mode::Linear ? 2 : 1;
  SmallVector<Tap> taps(count);
  for (int64_t i = 0; i < to; ++i) {
    double source = sourceOf(i, from, to, alignCorners);
    if (mode == Mode::Linear)
      source = std::max(source, 0.0);
    // ATen finds the nearest in float, whatever the dtype.
    if (mode == Mode::Nearest)
      source = std::floor(float(i) * (float(from) / float(to)));
    int64_t base = std::floor(source);
    for (auto [number, tap] : llvm::enumerate(taps)) {
      int64_t place = base + first + int64_t(number);
      double distance = source - place;
      tap.places.push_back(std::clamp<int64_t>(place, 0, from - 1));
      tap.weights.push_back(mode == Mode::Nearest  ? 1
                            : mode == Mode::Linear ? 1 - std::fabs(distance)
                                                   : cubicWeight(distance));
    }
    // Beyond the last element both are that one: of two halves the sum is exact.
    if (mode == Mode::Linear && taps[0].places[i] == taps[1].places[i] && taps[1].weights[i] != 0)
      taps[0].weights[i] = taps[1].weights[i] = 0.5;
  }
  return taps;
}

// `x` with dimension `dim` resampled to `to` elements.
static Value resampled(GraphBuilder &b, Value x, int64_t dim, int64_t to, Mode mode,
                       bool alignCorners) {
  SmallVector<Size> shape(sizesOf(x));
  SmallVector<int64_t> weightShape(sizesOf(x).size() - dim, 1);
  int64_t from = shape[dim].getNumber();
  if (from == to && mode != Mode::Cubic)
    return x; // every result lies on its element
  shape[dim] = to;
  weightShape[0] = to;
  RankedTensorType type = makeTensorType(shape, elementTypeOf(x));
  if (!type)
    return {};
  Value sum;
  for (const Tap &tap : tapsOf(mode, from, to, alignCorners)) {
    Value places = graph::ConstantOp::create(
        b.builder, b.loc,
        DenseElementsAttr::get(RankedTensorType::get({to}, b.i64()), ArrayRef(tap.places)));
    Value part = graph::GatherOp::create(b.builder, b.loc, type, x, places, dim, /*wrap=*/false,
                                         StringAttr());
    if (mode != Mode::Nearest) {
      SmallVector<float> weights(tap.weights.begin(), tap.weights.end());
      Value factor = graph::ConstantOp::create(
          b.builder, b.loc,
          DenseElementsAttr::get(RankedTensorType::get(weightShape, b.f32()), ArrayRef(weights)));
      part = b.binary<graph::MulOp>(part, factor);
    }
    sum = sum ? b.binary<graph::AddOp>(sum, part) : part;
  }
  return sum;
}

// The input's dimensions after batch and channel, the last one first.
template <Mode mode, size_t spatial> static LogicalResult importUpsample(OpCall &c) {
  Value input = c.tensor("input");
  ArrayRef<int64_t> size = c.integers("output_size");
  if (c.isNone("output_size") || size.size() != spatial || sizesOf(input).size() != spatial + 2)
    return c.unsupported("its result's size is given by a factor",
                         "give it as a size (`size=` instead of `scale_factor=`)");
  if (!elementTypeOf(input).isF32())
    return c.unsupported("it is applied to another dtype than float32",
                         "convert to float32 first (`.float()`)");
  bool alignCorners = mode != Mode::Nearest && c.boolean("align_corners");
  // To a result that lies on its element ATen adds 0 times its neighbour, which may be the same:
  // infinity becomes NaN.
  auto images = sizesOf(input).drop_front(2);
  if (mode == Mode::Linear && llvm::any_of(llvm::zip(images, size), [](auto pair) {
        return std::get<0>(pair) == Size(std::get<1>(pair));
      }))
    input = c.b.binary<graph::AddOp>(
        input, c.b.binary<graph::MulOp>(input, c.b.constant(Scalar::ofFloat(0), c.b.f32())));
  for (int64_t i = spatial - 1; i >= 0; --i) {
    if (size[i] < 1 || sizesOf(input)[2 + i] == 0)
      return c.invalid("its sizes must be positive");
    if (size[i] > kLongest)
      return c.unsupported("its result has " + llvm::Twine(size[i]) + " elements in a dimension",
                           "resample to at most " + llvm::Twine(kLongest));
    if (sizesOf(input)[2 + i].isOpen())
      return c.unsupported("it resamples a dynamic size",
                           "export with a fixed size of the images; the batch may be dynamic");
    input = resampled(c.b, input, 2 + i, size[i], mode, alignCorners);
    if (!input)
      return c.invalid("its result is larger than any memory");
  }
  return c.done(input);
}

#define SIZES "Tensor input, int[]? output_size, "
#define FACTORS "ignored? scale_factors=None"

static const OpEntry kOps[] = {
    {"upsample_nearest1d.vec", SIZES FACTORS, importUpsample<Mode::Nearest, 1>},
    {"upsample_nearest2d.vec", SIZES FACTORS, importUpsample<Mode::Nearest, 2>},
    {"upsample_linear1d.vec", SIZES "bool align_corners, " FACTORS,
     importUpsample<Mode::Linear, 1>},
    {"upsample_bilinear2d.vec", SIZES "bool align_corners, " FACTORS,
     importUpsample<Mode::Linear, 2>},
    {"upsample_bicubic2d.vec", SIZES "bool align_corners, " FACTORS,
     importUpsample<Mode::Cubic, 2>},
};

ArrayRef<OpEntry> buddy::resamplingOps() { return kOps; }
