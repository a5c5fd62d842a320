// Elementwise ops on host tensors.
#include "buddy/Frontend/Graph/Transforms/HostLoops.h"
#include <cmath>
#include <limits>

using namespace mlir;

// a * b + c must stay two roundings, whatever the machine this is built for has.
#pragma STDC FP_CONTRACT OFF

namespace buddy::graph {

// As the machine converts: what does not fit becomes the smallest integer (undefined in C++).
template <typename Int> static Int toInteger(double value) {
  constexpr double low = double(std::numeric_limits<Int>::min());
  if (value >= low && value < -low)
    return Int(value);
  return std::numeric_limits<Int>::min();
}

static std::optional<HostTensor> evaluateConvert(ConvertOp op, const HostTensor &in) {
  RankedTensorType type = op.getResult().getType();
  std::optional<HostTensor> out;
  bool isBool = type.getElementType().isInteger(1);
  dispatchElement(in.element, [&](auto from) {
    using From = decltype(from);
    dispatchElement(type.getElementType(), [&](auto to) {
      using To = decltype(to);
      out = mapHost<To, From>(
          type.getElementType(), type.getShape(),
          [&](From x) -> To {
            if (isBool)
              return x != From(0);
            if constexpr (std::is_same_v<To, float>)
              if (isHalf(type.getElementType()))
                return roundedTo(type.getElementType(), float(x));
            if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>)
              return sizeof(To) == 1 ? To(x != 0) : toInteger<To>(x);
            else
              return static_cast<To>(x);
          },
          in);
    });
  });
  return out;
}

// Computed in double, rounded once.
static double (*inDouble(Operation *op))(double) {
  using F = double (*)(double);
  if (isa<ExpOp>(op))
    return F([](double x) { return std::exp(x); });
  if (isa<LogOp>(op))
    return F([](double x) { return std::log(x); });
  if (isa<SqrtOp>(op))
    return F([](double x) { return std::sqrt(x); });
  if (isa<RsqrtOp>(op))
    return F([](double x) { return 1.0 / std::sqrt(x); });
  if (isa<ReciprocalOp>(op))
    return F([](double x) { return 1.0 / x; });
  if (isa<CosOp>(op))
    return F([](double x) { return std::cos(x); });
  if (isa<SinOp>(op))
    return F([](double x) { return std::sin(x); });
  if (isa<TanhOp>(op))
    return F([](double x) { return std::tanh(x); });
  if (isa<ErfOp>(op))
    return F([](double x) { return std::erf(x); });
  if (isa<FloorOp>(op))
    return F([](double x) { return std::floor(x); });
  if (isa<SigmoidOp>(op))
    return F([](double x) { return 1.0 / (1.0 + std::exp(-x)); });
  return nullptr;
}

static std::optional<HostTensor> evaluateUnary(Operation *op, const HostTensor &in,
                                               RankedTensorType type) {
  Type element = type.getElementType();
  ArrayRef<int64_t> shape = type.getShape();
  if (isa<LogicalNotOp>(op))
    return mapHost<uint8_t, uint8_t>(element, shape, [](uint8_t x) -> uint8_t { return !x; }, in);
  std::optional<HostTensor> out;
  auto function = inDouble(op);
  dispatchElement(element, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      if (function)
        out = mapHost<T, T>(element, shape, [&](T x) { return T(function(double(x))); }, in);
      else if (isa<NegOp>(op))
        out = mapHost<T, T>(element, shape, [](T x) { return -x; }, in);
      else if (isa<AbsOp>(op))
        out = mapHost<T, T>(element, shape, [](T x) { return std::fabs(x); }, in);
    } else {
      using U = std::make_unsigned_t<T>; // wraps, as ATen does
      if (isa<NegOp>(op))
        out = mapHost<T, T>(element, shape, [](T x) { return T(U(0) - U(x)); }, in);
      else if (isa<AbsOp>(op))
        out = mapHost<T, T>(element, shape, [](T x) { return x < 0 ? T(U(0) - U(x)) : x; }, in);
    }
  });
  return out;
}

// The arithmetic of `op` on T; null if the op is not defined on T.
template <typename T> static T (*arithmetic(Operation *op))(T, T) {
  using F = T (*)(T, T);
  if constexpr (std::is_floating_point_v<T>) {
    if (isa<AddOp>(op))
      return F([](T a, T b) { return T(a + b); });
    if (isa<SubOp>(op))
      return F([](T a, T b) { return T(a - b); });
    if (isa<MulOp>(op))
      return F([](T a, T b) { return T(a * b); });
    if (isa<DivOp>(op))
      return F([](T a, T b) { return T(a / b); });
    if (isa<PowOp>(op))
      return F([](T a, T b) { return T(std::pow(double(a), double(b))); });
    // A NaN on either side wins.
    if (isa<MaximumOp>(op))
      return F([](T a, T b) { return a != a || a > b ? a : b; });
    if (isa<MinimumOp>(op))
      return F([](T a, T b) { return a != a || a < b ? a : b; });
  } else if constexpr (sizeof(T) == 1) {
    if (isa<AddOp, LogicalOrOp, MaximumOp>(op))
      return F([](T a, T b) { return T(a | b); });
    if (isa<MulOp, LogicalAndOp, MinimumOp>(op))
      return F([](T a, T b) { return T(a & b); });
    if (isa<LogicalXorOp>(op))
      return F([](T a, T b) { return T(a ^ b); });
  } else {
    using U = std::make_unsigned_t<T>; // wraps, as ATen does
    if (isa<AddOp>(op))
      return F([](T a, T b) { return T(U(a) + U(b)); });
    if (isa<SubOp>(op))
      return F([](T a, T b) { return T(U(a) - U(b)); });
    if (isa<MulOp>(op))
      return F([](T a, T b) { return T(U(a) * U(b)); });
    if (isa<FloorDivOp>(op))
      return F([](T a, T b) {
        if (b == 0 || b == -1) // the quotient of the least integer wraps
          return b == 0 ? T(0) : T(U(0) - U(a));
        return T(a / b - (a % b != 0 && (a < 0) != (b < 0)));
      });
    if (isa<MaximumOp>(op))
      return F([](T a, T b) { return std::max(a, b); });
    if (isa<MinimumOp>(op))
      return F([](T a, T b) { return std::min(a, b); });
  }
  return nullptr;
}

template <typename T> static uint8_t (*comparison(Operation *op))(T, T) {
  using F = uint8_t (*)(T, T);
  if (isa<EqOp>(op))
    return F([](T a, T b) -> uint8_t { return a == b; });
  if (isa<NeOp>(op))
    return F([](T a, T b) -> uint8_t { return a != b; });
  if (isa<LtOp>(op))
    return F([](T a, T b) -> uint8_t { return a < b; });
  if (isa<LeOp>(op))
    return F([](T a, T b) -> uint8_t { return a <= b; });
  if (isa<GtOp>(op))
    return F([](T a, T b) -> uint8_t { return a > b; });
  if (isa<GeOp>(op))
    return F([](T a, T b) -> uint8_t { return a >= b; });
  return nullptr;
}

static std::optional<HostTensor> evaluateBinary(Operation *op, const HostTensor &lhs,
                                                const HostTensor &rhs, RankedTensorType type) {
  std::optional<HostTensor> out;
  dispatchElement(lhs.element, [&](auto zero) {
    using T = decltype(zero);
    if (auto compare = comparison<T>(op))
      out = mapHost<uint8_t, T, T>(type.getElementType(), type.getShape(), compare, lhs, rhs);
    else if (auto function = arithmetic<T>(op))
      out = mapHost<T, T, T>(type.getElementType(), type.getShape(), function, lhs, rhs);
  });
  return out;
}

std::optional<HostTensor> evaluateElementwise(Operation *op, ArrayRef<HostTensor> operands) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (auto convert = dyn_cast<ConvertOp>(op))
    return evaluateConvert(convert, operands[0]);
  if (isa<WhereOp>(op)) {
    std::optional<HostTensor> out;
    dispatchElement(type.getElementType(), [&](auto zero) {
      using T = decltype(zero);
      out = mapHost<T, uint8_t, T, T>(
          type.getElementType(), type.getShape(), [](uint8_t c, T a, T b) { return c ? a : b; },
          operands[0], operands[1], operands[2]);
    });
    return out;
  }
  if (isa<NegOp, AbsOp, ExpOp, LogOp, SqrtOp, RsqrtOp, ReciprocalOp, CosOp, SinOp, TanhOp,
          SigmoidOp, ErfOp, FloorOp, LogicalNotOp>(op))
    return evaluateUnary(op, operands[0], type);
  if (isa<AddOp, SubOp, MulOp, DivOp, FloorDivOp, PowOp, MaximumOp, MinimumOp, LogicalAndOp,
          LogicalOrOp, LogicalXorOp, EqOp, NeOp, LtOp, LeOp, GtOp, GeOp>(op))
    return evaluateBinary(op, operands[0], operands[1], type);
  return std::nullopt;
}

} // namespace buddy::graph
