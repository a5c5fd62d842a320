// Whole imports: programs that are wrong, unsupported, or right.
#include "Contains.h"
#include "TestArchive.h"
#include <gtest/gtest.h>

using namespace buddy::test;

static ImportOutcome importText(const std::string &json) {
  TestArchive test;
  return import(test.addFrame()
                    .add("models/model.json", json)
                    .add("data/weights/model_weights_config.json",
                         "{\"config\": {" + weightConfig("w", "weight_0", tensorMeta("4,3")) + "}}")
                    .add("data/weights/weight_0", std::string(48, '\0'))
                    .write());
}
static ImportOutcome importProgram(const ProgramJson &program) { return importText(program.str()); }

// A program of one node that gives y.
static ProgramJson oneNode(const std::string &node, const std::string &meta) {
  ProgramJson program;
  program.nodes = node;
  program.tensorValues = "\"y\": " + meta;
  return program;
}
static std::string named(const std::string &name, const std::string &value) {
  return R"({"name": ")" + name + R"(", "arg": )" + value + R"(, "kind": 1})";
}

TEST(Program, Linear) {
  ProgramJson program = oneNode(node("torch.ops.aten.mm.default",
                                     tensorArg("self", "x") + "," + tensorArg("mat2", "p_w"), "y",
                                     12, "return x @ self.w"),
                                tensorMeta("2,3"));
  program.withWeight = true;
  ImportOutcome outcome = importProgram(program);
  EXPECT_EQ(outcome.diagnostics, "");
  EXPECT_CONTAINS(outcome.module, "graph.matmul", "graph.param \"w\" : tensor<4x3xf32>",
                  "buddy.name = \"x\"",
                  "{kind = \"parameter\", name = \"w\", type = tensor<4x3xf32>}",
                  "outputs = [{name = \"output0\", type = tensor<2x3xf32>}]",
                  "loc(\"/home/me/model.py\":12:0)", "loc(\"attn\"(#loc");
}

TEST(Program, PositionalArgumentsAndDefaults) {
  ImportOutcome outcome =
      importProgram(oneNode(node("torch.ops.aten.slice.Tensor",
                                 tensorArg("", "x") + "," + named("", R"({"as_int": 1})") + "," +
                                     named("", R"({"as_int": -2})"),
                                 "y"),
                            tensorMeta("2,2")));
  EXPECT_EQ(outcome.diagnostics, "");
  EXPECT_CONTAINS(outcome.module, "dim 1 from 2 to 4 step 1");
}

TEST(Program, InfinityAsString) {
  ImportOutcome outcome = importProgram(oneNode(
      node("torch.ops.aten.add.Tensor",
           tensorArg("self", "x") + "," + named("other", R"({"as_float": "-Infinity"})"), "y"),
      tensorMeta("2,4")));
  EXPECT_EQ(outcome.diagnostics, "");
  EXPECT_CONTAINS(outcome.module, "0xFF800000");
}

TEST(Program, EverythingUnsupportedInOneReport) {
  ProgramJson program;
  program.nodes =
      node("torch.ops.aten.cumprod.default", tensorArg("self", "x"), "a", 3, "a = x.cumprod(0)") +
      "," + node("torch.ops.mylib.special.default", tensorArg("", "a"), "b", 4, "b = special(a)") +
      "," +
      node("torch.ops.aten.cumprod.default", tensorArg("self", "b"), "c", 5, "c = b.cumprod(1)") +
      "," +
      node("torch.ops.aten.dropout.default",
           tensorArg("input", "c") + "," + named("p", R"({"as_float": 0.5})") + "," +
               named("train", R"({"as_bool": true})"),
           "d", 6) +
      "," + node("torch.ops.aten.cumprod_.default", tensorArg("self", "d"), "y", 7);
  std::string meta = tensorMeta("2,4");
  program.tensorValues = "\"a\": " + meta + ", \"b\": " + meta + ", \"c\": " + meta +
                         ", \"d\": " + meta + ", \"y\": " + meta;
  std::string text = importProgram(program).diagnostics;
  EXPECT_CONTAINS(text, "the program has 5 operations that cannot be compiled yet",
                  "aten.cumprod.default, 2 times",
                  "/home/me/model.py:3: a = x.cumprod(0) (in module 'attn')",
                  "/home/me/model.py:5: c = b.cumprod(1)", "mylib.special.default, once",
                  "only operations of PyTorch itself", "`model.eval()`", "in place");
  EXPECT_EQ(text.find("the program has"), text.rfind("the program has"));
  EXPECT_EQ(text.find("torch/nn/functional.py"), std::string::npos);
}

TEST(Program, SchemaVersion) {
  ProgramJson program;
  program.schemaMajor = "7";
  EXPECT_CONTAINS(importProgram(program).diagnostics, "schema version 7",
                  "Export the model with PyTorch 2.13");
}

TEST(Program, BrokenJson) {
  EXPECT_CONTAINS(importText("{").diagnostics, "models/model.json is not valid JSON");
  EXPECT_CONTAINS(importText(std::string(5000, '[') + std::string(5000, ']')).diagnostics,
                  "levels deep");
  EXPECT_CONTAINS(importText("[]").diagnostics, "must be an object");
  EXPECT_CONTAINS(importText(R"({"schema_version": {"major": 8}})").diagnostics,
                  "'graph_module' is missing");
  std::string text = ProgramJson().str();
  text.replace(text.find("\"nodes\": []"), 11, "\"nodes\": 42");
  EXPECT_CONTAINS(importText(text).diagnostics, "'graph_module.graph.nodes' must be an array");
}

TEST(Program, DeclaredTypeDiffers) {
  std::string relu = node("torch.ops.aten.relu.default", tensorArg("self", "x"), "y", 8);
  EXPECT_CONTAINS(importProgram(oneNode(relu, tensorMeta("4,2"))).diagnostics, "/home/me/model.py",
                  "computes 'tensor<2x4xf32>'", "declares tensor<4x2xfloat32>");
  EXPECT_CONTAINS(importProgram(oneNode(relu, tensorMeta("2,4", 5))).diagnostics,
                  "declares tensor<2x4xint64>");
}

TEST(Program, InvalidCalls) {
  auto diagnostics = [](const std::string &target, const std::string &inputs) {
    return importProgram(oneNode(node(target, inputs, "y"), tensorMeta("2,4"))).diagnostics;
  };
  EXPECT_CONTAINS(diagnostics("torch.ops.aten.relu.default", tensorArg("self", "nobody")),
                  "uses 'nobody', which nothing before it computes");
  EXPECT_CONTAINS(diagnostics("torch.ops.aten.relu.default", ""), "'self' is missing");
  EXPECT_CONTAINS(
      diagnostics("torch.ops.aten.permute.default",
                  tensorArg("self", "x") + "," + named("dims", R"({"as_ints": [0, 0]})")),
      "named twice");
  EXPECT_CONTAINS(diagnostics("torch.ops.aten.permute.default",
                              tensorArg("self", "x") + "," + named("dims", R"({"as_ints": [0]})")),
                  "do not fit together");
  EXPECT_CONTAINS(diagnostics("torch.ops.aten.view.default",
                              tensorArg("self", "x") + "," +
                                  named("size", R"({"as_ints": [4294967296, 4294967296]})")),
                  "is not a valid call");
  EXPECT_CONTAINS(diagnostics("torch.ops.aten.expand.default",
                              tensorArg("self", "x") + "," +
                                  named("size", R"({"as_ints": [9223372036854775807, 2, 4]})")),
                  "do not fit together");
  EXPECT_CONTAINS(diagnostics("torch.ops.aten.select.int",
                              tensorArg("self", "x") + "," + named("dim", R"({"as_int": 0})") +
                                  "," + named("index", R"({"as_int": 2})")),
                  "outside a dimension of size 2");
  EXPECT_CONTAINS(diagnostics("torch.ops.aten.unsqueeze.default",
                              tensorArg("self", "x") + "," + named("dim", R"({"as_string": "a"})")),
                  "must be an integer");
}

// Numbers at the ends of 64 bits, which importers compute with.
TEST(Program, NumbersBeyondMeasure) {
  const char *const largest = "9223372036854775807", *const least = "-9223372036854775808";
  auto integer = [](const char *name, const std::string &number) {
    return "," + named(name, "{\"as_int\": " + number + "}");
  };
  auto list = [](const char *name, const std::string &numbers) {
    return "," + named(name, "{\"as_ints\": [" + numbers + "]}");
  };
  // Of x [2, 4], or of another shape.
  auto expectRefused = [&](const char *target, const std::string &inputs, const char *why,
                           const char *shape = "2,4") {
    ProgramJson program =
        oneNode(node(std::string("torch.ops.aten.") + target, tensorArg("self", "x") + inputs, "y"),
                tensorMeta("2,4"));
    program.inputMeta = tensorMeta(shape);
    EXPECT_CONTAINS(importProgram(program).diagnostics, why);
  };
  for (const char *number : {largest, least}) {
    std::string why = std::string("has the number ") + number + ", which is beyond 32 bits";
    expectRefused("pad.default", list("pad", number + std::string(", -1")), why.c_str());
    expectRefused("roll.default", list("shifts", number) + list("dims", "0"), why.c_str());
    expectRefused("max_pool1d.default", list("kernel_size", "2") + list("dilation", number),
                  why.c_str());
    expectRefused("select.int", integer("dim", "0") + integer("index", number),
                  "is outside a dimension of size 2");
  }
  expectRefused("narrow.default",
                integer("dim", "0") + integer("start", largest) + integer("length", largest),
                "lies outside a dimension of size 2");
  expectRefused("split.sizes",
                list("split_size", std::string(largest) + "," + largest) + integer("dim", "0"),
                "do not add up");
  // What rolls has no elements; the archive says that there are some.
  expectRefused("roll.default", list("shifts", "1") + list("dims", "0"), "declares", "0,4");
  std::string convolution = "," + tensorArg("weight", "x") + integer("groups", largest);
  ProgramJson program =
      oneNode(node("torch.ops.aten.conv1d.default", tensorArg("input", "x") + convolution, "y"),
              tensorMeta("2,4"));
  program.inputMeta = tensorMeta("2,3,4");
  EXPECT_CONTAINS(importProgram(program).diagnostics, "do not fit together");
}

// Shapes that importers compute with: of single numbers, of nothing, of more than any memory has.
TEST(Program, ShapesBeyondMeasure) {
  auto integer = [](const char *name, const char *number) {
    return "," + named(name, std::string("{\"as_int\": ") + number + "}");
  };
  auto list = [](const char *name, const char *numbers) {
    return "," + named(name, std::string("{\"as_ints\": [") + numbers + "]}");
  };
  // Of x, a = first(x), then y = second(...).
  auto diagnostics = [&](const char *x, int dtype, const std::string &first, const char *a,
                         const char *second, const std::string &inputs) {
    ProgramJson program;
    program.inputMeta = tensorMeta(x, dtype);
    program.nodes = first + (first.empty() ? "" : ",") +
                    node(std::string("torch.ops.aten.") + second, inputs, "y");
    program.tensorValues = "\"a\": " + tensorMeta(a, dtype) + ", \"y\": " + tensorMeta("2,4");
    return importProgram(program).diagnostics;
  };
  std::string self = tensorArg("self", "x"), source = self + "," + tensorArg("src", "x");
  EXPECT_CONTAINS(diagnostics("", 7, "", "", "slice_scatter.default", source + integer("dim", "0")),
                  "at least one dimension");
  EXPECT_CONTAINS(diagnostics("", 7, "", "", "select_scatter.default",
                              source + integer("dim", "0") + integer("index", "0")),
                  "at least one dimension");
  EXPECT_CONTAINS(
      diagnostics("", 7, "", "", "roll.default", self + list("shifts", "1") + list("dims", "0")),
      "at least one dimension");
  EXPECT_CONTAINS(diagnostics("2,4", 7, "", "", "diff.default", self + integer("n", "1001")),
                  "at most 1000 times");
  std::string image = tensorArg("input", "x");
  EXPECT_CONTAINS(diagnostics("1,1,1,1", 7, "", "", "upsample_nearest2d.vec",
                              image + list("output_size", "1,2097152")),
                  "resample to at most 1048576");
  EXPECT_CONTAINS(diagnostics("268435456,1048576,1,1", 7, "", "", "upsample_nearest2d.vec",
                              image + list("output_size", "1,2")),
                  "larger than any memory");
  // A kernel without outputs; the archive says that there are some.
  std::string cut = node("torch.ops.aten.slice.Tensor", self + integer("end", "0"), "a");
  EXPECT_CONTAINS(diagnostics("2,3,4", 7, cut, "0,3,4", "conv1d.default",
                              image + "," + tensorArg("weight", "a")),
                  "declares");
  // Copies that would be larger than their operands.
  std::string turned =
      node("torch.ops.aten.transpose.int", self + integer("dim0", "0") + integer("dim1", "2"), "a");
  EXPECT_CONTAINS(diagnostics("1,1,268435456,1", 7, turned, "268435456,1,1,1",
                              "scaled_dot_product_attention.default",
                              tensorArg("query", "a") + "," + tensorArg("key", "x") + "," +
                                  tensorArg("value", "x")),
                  "larger than any memory");
  std::string stretched =
      node("torch.ops.aten.expand.default", self + list("size", "1048576,268435456"), "a");
  EXPECT_CONTAINS(diagnostics("268435456", 5, stretched, "1048576,268435456", "index_copy.default",
                              tensorArg("self", "a") + integer("dim", "0") + "," +
                                  tensorArg("index", "x") + "," + tensorArg("source", "a")),
                  "do not fit together");
}

TEST(Program, Signature) {
  std::string relu = node("torch.ops.aten.relu.default", tensorArg("self", "x"), "y");
  ProgramJson f16 = oneNode(relu, tensorMeta("2,4", 6));
  f16.inputMeta = tensorMeta("2,4", 6);
  EXPECT_CONTAINS(importProgram(f16).diagnostics, "input 'x' has the dtype float16",
                  "`model.float()`");

  ProgramJson dynamic = oneNode(relu, tensorMeta("2,4"));
  size_t size = dynamic.inputMeta.find(R"({"as_int": 2})");
  dynamic.inputMeta.replace(size, 13,
                            R"json({"as_expr": {"expr_str": "Symbol('s0', integer=True)"}})json");
  // Nobody declares what s0 can be.
  EXPECT_CONTAINS(importProgram(dynamic).diagnostics, "input 'x' has the size s0",
                  "export with fixed sizes");

  ProgramJson mutated = oneNode(relu, tensorMeta("2,4"));
  mutated.outputSpec = R"({"parameter_mutation": {"arg": {"name": "y"}, "parameter_name": "w"}})";
  EXPECT_CONTAINS(importProgram(mutated).diagnostics,
                  "changes its parameter 'w', which is not supported", "register_buffer");

  ProgramJson number = oneNode(relu, tensorMeta("2,4"));
  number.outputSpec = R"({"user_output": {"arg": {"as_int": 3}}})";
  EXPECT_CONTAINS(importProgram(number).diagnostics, "is not a tensor");

  ProgramJson none = oneNode(relu, tensorMeta("2,4"));
  none.outputSpec = R"({"user_output": {"arg": {"as_none": true}}},
                       {"user_output": {"arg": {"as_tensor": {"name": "y"}}}})";
  EXPECT_CONTAINS(importProgram(none).module, "outputs = [{name = \"output0\"");
}

TEST(Program, ParameterThatDiffersFromItsWeight) {
  ProgramJson program =
      oneNode(node("torch.ops.aten.relu.default", tensorArg("self", "x"), "y"), tensorMeta("2,4"));
  program.withWeight = true;
  std::string text = program.str();
  std::string meta = "\"p_w\": " + tensorMeta("4,3");
  text.replace(text.find(meta), meta.size(), "\"p_w\": " + tensorMeta("3,4"));
  EXPECT_CONTAINS(importText(text).diagnostics, "parameter 'w' has another shape");
}
