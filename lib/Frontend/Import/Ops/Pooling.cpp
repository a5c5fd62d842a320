// The largest of every window.
#include "buddy/Frontend/Graph/IR/Sizes.h"
#include "buddy/Frontend/Import/OpTable.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace buddy;

namespace {
// The windows along one dimension.
struct Windows {
  int64_t size, stride, padding, dilation;
};
} // namespace

// How many windows there are, as ATen counts; with `ceil` one may reach beyond the end, but begins
// in the tensor or the padding before it. Not positive: the windows are larger than all that.
static int64_t countOf(const Windows &w, int64_t length, bool ceil) {
  int64_t room = length + 2 * w.padding - w.dilation * (w.size - 1) - 1;
  int64_t count = llvm::divideFloorSigned(room + (ceil ? w.stride - 1 : 0), w.stride) + 1;
  return ceil && (count - 1) * w.stride >= length + w.padding ? count - 1 : count;
}

// The largest of every window along `dim`, with what is smaller than any number around.
static Value largest(GraphBuilder &b, Value x, int64_t dim, const Windows &w, int64_t count) {
  auto around = [&](int64_t places) {
    SmallVector<Size> shape(sizesOf(x));
    shape[dim] = places;
    return b.full(shape, Scalar::ofFloat(-INFINITY), elementTypeOf(x));
  };
  int64_t reach = (count - 1) * w.stride + w.dilation * (w.size - 1) + 1;
  int64_t after = reach - w.padding - sizesOf(x)[dim].getNumber();
  SmallVector<Value> parts = {x};
  if (w.padding > 0)
    parts.insert(parts.begin(), around(w.padding));
  if (after > 0)
    parts.push_back(around(after));
  x = b.cat(parts, dim);
  Value result;
  for (int64_t i = 0; i < w.size && x; ++i) {
    int64_t start = i * w.dilation;
    Value part = b.slice(x, dim, start, start + (count - 1) * w.stride + 1, w.stride);
    result = result ? b.binary<graph::MaximumOp>(result, part) : part;
  }
  return result;
}

template <size_t spatial> static LogicalResult importMaxPool(OpCall &c) {
  Value x = c.tensor("self");
  int64_t first = int64_t(sizesOf(x).size()) - int64_t(spatial);
  if (first < 1)
    return c.invalid("it needs channels before the dimensions that it pools");
  if (!isa<FloatType>(elementTypeOf(x)))
    return c.unsupported("it is applied to integers", "convert to float first (`.float()`)");
  if (isOpen(sizesOf(x).drop_front(first)))
    return c.unsupported("it slides over a dynamic size",
                         "export with a fixed size of the images; the batch may be dynamic");
  auto of = [&](StringRef name, size_t i, int64_t otherwise) {
    ArrayRef<int64_t> given = c.integers(name);
    return given.empty() ? otherwise : given[std::min(i, given.size() - 1)];
  };
  for (size_t i = 0; i < spatial; ++i) {
    int64_t size = of("kernel_size", i, 0);
    Windows w = {size, of("stride", i, size), of("padding", i, 0), of("dilation", i, 1)};
    if (size < 1 || w.stride < 1 || w.dilation < 1 || w.padding < 0 || w.padding > size / 2)
      return c.invalid("its sizes must be positive, and its padding at most half a window");
    int64_t count = countOf(w, sizesOf(x)[first + i].getNumber(), c.boolean("ceil_mode"));
    if (count < 1)
      return c.invalid("its windows are larger than the padded input");
    // Every place of a window is an op.
    if (size > 256)
      return c.unsupported("its windows have " + llvm::Twine(size) + " places along a dimension",
                           "use amax, or at most 256");
    x = largest(c.b, x, first + i, w, count);
    if (!x)
      break;
  }
  return c.done(x);
}

#define WINDOWS                                                                                    \
  "Tensor self, int[] kernel_size, int[] stride=[], int[] padding=0, int[] dilation=1, "           \
  "bool ceil_mode=False"

static const OpEntry kOps[] = {
    {"max_pool1d.default", WINDOWS, importMaxPool<1>},
    {"max_pool2d.default", WINDOWS, importMaxPool<2>},
    {"max_pool3d.default", WINDOWS, importMaxPool<3>},
};

ArrayRef<OpEntry> buddy::poolingOps() { return kOps; }
