// x / 2 (1 + erf(x / sqrt 2)) and its approximation with tanh, in any order of factors  ==>
// graph.gelu
#include "buddy/Frontend/Graph/IR/GraphOps.h"
#include "buddy/Frontend/Graph/Transforms/Fixpoint.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "buddy/Frontend/Graph/Transforms/Shapes.h"
#include "mlir/IR/PatternMatch.h"
#include <array>
#include <cmath>

using namespace mlir;

namespace buddy::graph {
#define GEN_PASS_DEF_FUSEGELUPASS
#include "buddy/Frontend/Graph/Transforms/Passes.h.inc"

namespace {

// Coefficients of 1, x, x^2, x^3.
using Polynomial = std::array<double, 4>;

// A formula is a handful of ops; more is something else.
constexpr int kMaxDepth = 12;

std::optional<Polynomial> product(const Polynomial &a, const Polynomial &b) {
  Polynomial result = {};
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) {
      double term = a[i] * b[j];
      if (i + j < 4)
        result[i + j] += term;
      else if (term != 0)
        return std::nullopt; // a higher degree
    }
  return result;
}

// `value` as a polynomial of `x`, or nothing.
std::optional<Polynomial> polynomialOf(Value value, Value x, int depth = 0) {
  if (value == x)
    return Polynomial{0, 1, 0, 0};
  if (std::optional<double> number = splatValue(value))
    return Polynomial{*number, 0, 0, 0};
  Operation *op = value.getDefiningOp();
  if (!op || depth > kMaxDepth || !isa<AddOp, SubOp, MulOp, DivOp, NegOp>(op))
    return std::nullopt;
  std::optional<Polynomial> a = polynomialOf(op->getOperand(0), x, depth + 1);
  if (!a)
    return std::nullopt;
  if (isa<NegOp>(op))
    return product(*a, {-1, 0, 0, 0});
  std::optional<Polynomial> b = polynomialOf(op->getOperand(1), x, depth + 1);
  if (!b)
    return std::nullopt;
  if (isa<MulOp>(op))
    return product(*a, *b);
  if (isa<DivOp>(op)) {
    if ((*b)[0] == 0 || (*b)[1] != 0 || (*b)[2] != 0 || (*b)[3] != 0)
      return std::nullopt;
    return product(*a, {1 / (*b)[0], 0, 0, 0});
  }
  for (int i = 0; i < 4; ++i)
    (*a)[i] += isa<SubOp>(op) ? -(*b)[i] : (*b)[i];
  return a;
}

// Whether the coefficients are these, as well as float32 literals can say it.
bool isPolynomial(const std::optional<Polynomial> &polynomial, const Polynomial &wanted) {
  if (!polynomial)
    return false;
  for (int i = 0; i < 4; ++i)
    if (!(std::abs((*polynomial)[i] - wanted[i]) <= 1e-6 * std::abs(wanted[i])))
      return false;
  return true;
}

// The factors of a product, a quotient by a constant among them.
void collectFactors(Value value, Value x, SmallVectorImpl<Value> &factors, double &number,
                    int depth = 0) {
  if (std::optional<double> constant = value == x ? std::nullopt : splatValue(value)) {
    number *= *constant;
    return;
  }
  if (value != x && depth <= kMaxDepth) {
    if (auto mul = value.getDefiningOp<MulOp>()) {
      collectFactors(mul.getLhs(), x, factors, number, depth + 1);
      collectFactors(mul.getRhs(), x, factors, number, depth + 1);
      return;
    }
    if (auto div = value.getDefiningOp<DivOp>())
      if (std::optional<double> divisor = splatValue(div.getRhs()); divisor && *divisor != 0) {
        number /= *divisor;
        collectFactors(div.getLhs(), x, factors, number, depth + 1);
        return;
      }
  }
  factors.push_back(value);
}

// f, if `value` is 1 + f.
Value oneMore(Value value) {
  auto add = value.getDefiningOp<AddOp>();
  if (!add)
    return {};
  for (auto [one, other] :
       {std::pair(add.getLhs(), add.getRhs()), std::pair(add.getRhs(), add.getLhs())})
    if (splatValue(one) == 1.0)
      return other;
  return {};
}

// "none" or "tanh", if `value` is 1 + that function of x.
StringRef distribution(Value value, Value x) {
  Value f = oneMore(value);
  if (!f || f.getType() != x.getType())
    return "";
  if (auto erf = f.getDefiningOp<ErfOp>())
    return isPolynomial(polynomialOf(erf.getInput(), x), {0, std::sqrt(0.5), 0, 0}) ? "none" : "";
  if (auto tanh = f.getDefiningOp<TanhOp>()) {
    double slope = std::sqrt(2 / M_PI);
    return isPolynomial(polynomialOf(tanh.getInput(), x), {0, slope, 0, slope * 0.044715}) ? "tanh"
                                                                                           : "";
  }
  return "";
}

// What the product could be a gelu of: its factors, and the factors of those.
void collectCandidates(Value value, SmallVectorImpl<Value> &candidates, int depth = 0) {
  if (depth > 4 || splatValue(value))
    return;
  candidates.push_back(value);
  Operation *op = value.getDefiningOp();
  if (op && isa<MulOp, DivOp>(op))
    for (Value operand : op->getOperands())
      collectCandidates(operand, candidates, depth + 1);
}

template <typename Root> struct FuseGelu : OpRewritePattern<Root> {
  using OpRewritePattern<Root>::OpRewritePattern;

  LogicalResult matchAndRewrite(Root op, PatternRewriter &rewriter) const override {
    SmallVector<Value> candidates;
    for (Value operand : op->getOperands())
      collectCandidates(operand, candidates);
    for (Value x : candidates) {
      if (x.getType() != op.getType())
        continue;
      SmallVector<Value> factors;
      double number = 1;
      collectFactors(op.getResult(), x, factors, number);
      if (factors.size() != 2 || std::abs(number - 0.5) > 1e-6)
        continue;
      for (auto [straight, curved] :
           {std::pair(factors[0], factors[1]), std::pair(factors[1], factors[0])}) {
        StringRef approximate = straight == x ? distribution(curved, x) : StringRef();
        if (approximate.empty())
          continue;
        rewriter.replaceOpWithNewOp<GeluOp>(op, op.getType(), x,
                                            rewriter.getStringAttr(approximate));
        return success();
      }
    }
    return rewriter.notifyMatchFailure(op, "not x / 2 times 1 + erf or tanh of x");
  }
};

struct FuseGeluPass : impl::FuseGeluPassBase<FuseGeluPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseGelu<MulOp>, FuseGelu<DivOp>>(&getContext());
    if (failed(rewriteToFixpoint(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace buddy::graph
