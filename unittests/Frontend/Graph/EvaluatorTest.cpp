// The evaluator's numbers, bit for bit, and its use of buffers.
#include "buddy/Frontend/Graph/Transforms/Evaluator.h"
#include "buddy/Frontend/Graph/Transforms/Passes.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace buddy::graph;

namespace {

struct Evaluated : testing::Test {
  Evaluated() { context.loadDialect<GraphDialect, func::FuncDialect>(); }

  // The values of the first returned tensor, after each op of @f was evaluated in turn.
  template <typename T> std::vector<T> run(const std::string &body, const std::string &type) {
    std::string text =
        "func.func @f() -> " + type + " {\n" + body + "\nreturn %r : " + type + "\n}";
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    if (!module)
      return {};
    llvm::DenseMap<Value, HostTensor> values;
    std::vector<T> result;
    module->walk([&](Operation *op) {
      if (auto constant = dyn_cast<ConstantOp>(op)) {
        values[constant] = *hostTensor(constant.getValue());
      } else if (isa<func::ReturnOp>(op)) {
        const HostTensor &tensor = values[op->getOperand(0)];
        HostTensor full = compactHost(tensor);
        EXPECT_EQ(full.shape, tensor.shape) << "expected no repetition here";
        result.assign(full.data<T>(), full.data<T>() + full.type().getNumElements());
      } else if (canEvaluate(op)) {
        SmallVector<HostTensor> operands;
        for (Value operand : op->getOperands())
          operands.push_back(values[operand]);
        std::optional<HostTensor> value = evaluate(op, operands);
        ASSERT_TRUE(value.has_value());
        values[op->getResult(0)] = *value;
      }
    });
    return result;
  }

  MLIRContext context;
};

TEST_F(Evaluated, TablesAreDoublesRoundedOnce) {
  std::string angles = "%p = graph.arange 0.0 : f64 step 1.0 : f64 : tensor<32768xf32>\n"
                       "%f = graph.constant dense<0.749894202> : tensor<f32>\n"
                       "%a = graph.mul %p, %f : (tensor<32768xf32>, tensor<f32>) -> "
                       "tensor<32768xf32>\n";
  for (bool cosine : {true, false}) {
    std::string op = cosine ? "%r = graph.cos" : "%r = graph.sin";
    auto got = run<float>(angles + op + " %a : tensor<32768xf32>", "tensor<32768xf32>");
    ASSERT_EQ(got.size(), 32768u);
    for (int i = 0; i < 32768; ++i) {
      float angle = float(i) * 0.749894202f; // the product is rounded to float first
      float want = float(cosine ? std::cos(double(angle)) : std::sin(double(angle)));
      ASSERT_EQ(std::memcmp(&got[i], &want, sizeof(float)), 0) << i;
    }
  }
}

TEST_F(Evaluated, SumAndProductAreTwoRoundings) {
  auto got = run<float>("%a = graph.constant dense<[1.00000012, 3.0]> : tensor<2xf32>\n"
                        "%m = graph.mul %a, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>\n"
                        "%c = graph.constant dense<[-1.00000024, 0.1]> : tensor<2xf32>\n"
                        "%r = graph.add %m, %c : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>",
                        "tensor<2xf32>");
  EXPECT_EQ(got, (std::vector<float>{0.0f, 9.0f + 0.1f})); // an fma would leave 2^-46 in the first
}

// Along the middle of three dimensions, from values that repeat, by an index from the end.
TEST_F(Evaluated, IndexCopy) {
  auto got =
      run<float>("%x = graph.constant dense<1.0> : tensor<2x3x2xf32>\n"
                 "%i = graph.constant dense<[-1, 0]> : tensor<2xi64>\n"
                 "%v = graph.constant dense<[[[2.0], [3.0]]]> : tensor<1x2x1xf32>\n"
                 "%s = graph.expand %v : tensor<1x2x1xf32> to tensor<2x2x2xf32>\n"
                 "%r = graph.index_copy %x[%i], %s dim 1 wrap : (tensor<2x3x2xf32>, tensor<2xi64>, "
                 "tensor<2x2x2xf32>) -> tensor<2x3x2xf32>",
                 "tensor<2x3x2xf32>");
  EXPECT_EQ(got, (std::vector<float>{3, 3, 1, 1, 2, 2, 3, 3, 1, 1, 2, 2}));
}

TEST_F(Evaluated, ArangeIsNotAccumulated) {
  auto got = run<float>("%r = graph.arange 0.0 : f64 step 0.1 : f64 : tensor<1000xf32>",
                        "tensor<1000xf32>");
  ASSERT_EQ(got.size(), 1000u);
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(got[i], float(0.1 * i)) << i;
  auto wide =
      run<double>("%r = graph.arange 1.0 : f64 step 0.3 : f64 : tensor<3xf64>", "tensor<3xf64>");
  EXPECT_EQ(wide, (std::vector<double>{1.0, 1.0 + 0.3, 1.0 + 0.3 * 2}));
}

TEST_F(Evaluated, ConversionsBetweenAllTypes) {
  std::string from = "%a = graph.constant dense<[-2.5, 0.0, 1.0e10]> : tensor<3xf64>\n"
                     "%r = graph.convert %a : tensor<3xf64> to ";
  EXPECT_EQ(run<float>(from + "tensor<3xf32>", "tensor<3xf32>"),
            (std::vector<float>{-2.5f, 0.0f, 1.0e10f}));
  EXPECT_EQ(run<int64_t>(from + "tensor<3xi64>", "tensor<3xi64>"),
            (std::vector<int64_t>{-2, 0, 10000000000}));
  EXPECT_EQ(run<int32_t>(from + "tensor<3xi32>", "tensor<3xi32>"),
            (std::vector<int32_t>{-2, 0, INT32_MIN}));
  EXPECT_EQ(run<uint8_t>(from + "tensor<3xi1>", "tensor<3xi1>"), (std::vector<uint8_t>{1, 0, 1}));
}

TEST_F(Evaluated, SoftmaxOfAFilledRowIsNaN) {
  auto got = run<float>("%a = graph.constant dense<[[0xFF800000, 0xFF800000], [0xFF800000, 1.0]]> :"
                        " tensor<2x2xf32>\n%r = graph.softmax %a dim 1 : tensor<2x2xf32>",
                        "tensor<2x2xf32>");
  ASSERT_EQ(got.size(), 4u);
  EXPECT_TRUE(std::isnan(got[0]) && std::isnan(got[1]));
  EXPECT_EQ(got[2], 0.0f);
  EXPECT_EQ(got[3], 1.0f);
}

// A buffer is read and evaluated, a weight is not; a buffer that cannot be read is an error.
struct Buffers : Evaluated {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"(
    module attributes {buddy.parameters = [
        {name = "w", kind = "parameter", type = tensor<2xf32>},
        {name = "b", kind = "buffer", type = tensor<2xf32>}]} {
      func.func @forward() -> (tensor<2xf32>, tensor<2xf32>) {
        %w = graph.param "w" : tensor<2xf32>
        %b = graph.param "b" : tensor<2xf32>
        %0 = graph.neg %w : tensor<2xf32>
        %1 = graph.neg %b : tensor<2xf32>
        return %0, %1 : tensor<2xf32>, tensor<2xf32>
      }
    })",
                                                             &context);
};

TEST_F(Buffers, AreReadByName) {
  PassManager manager(&context);
  manager.addPass(createEvaluateConstantsPass([](StringRef name, MutableArrayRef<char> out) {
    EXPECT_EQ(name, "b");
    float values[] = {1.5f, -2.0f};
    EXPECT_EQ(out.size(), sizeof(values));
    std::memcpy(out.data(), values, sizeof(values));
    return llvm::Error::success();
  }));
  ASSERT_TRUE(succeeded(manager.run(*module)));
  SmallVector<ConstantOp> constants;
  SmallVector<NegOp> negs;
  module->walk([&](Operation *op) {
    if (auto constant = dyn_cast<ConstantOp>(op))
      constants.push_back(constant);
    if (auto neg = dyn_cast<NegOp>(op))
      negs.push_back(neg);
  });
  ASSERT_EQ(constants.size(), 1u);
  EXPECT_EQ(negs.size(), 1u);
  std::optional<HostTensor> value = hostTensor(constants[0].getValue());
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->data<float>()[0], -1.5f);
  EXPECT_EQ(value->data<float>()[1], 2.0f);
}

TEST_F(Buffers, ThatCannotBeReadAreAnError) {
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    message += diagnostic.str();
    return success();
  });
  PassManager manager(&context);
  manager.addPass(createEvaluateConstantsPass([](StringRef, MutableArrayRef<char>) {
    return llvm::createStringError("its checksum is wrong");
  }));
  EXPECT_TRUE(failed(manager.run(*module)));
  EXPECT_NE(message.find("cannot read buffer 'b': its checksum is wrong"), std::string::npos)
      << message;
}

} // namespace
