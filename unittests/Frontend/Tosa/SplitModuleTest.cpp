// One module to its dumps and back: splitForwardAndSubgraphs and joinModules.
#include "buddy/Frontend/Tosa/SplitModule.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <set>

using namespace mlir;

namespace {

class SplitModule : public ::testing::Test {
protected:
  SplitModule()
      : handler(&context, [this](Diagnostic &diagnostic) { errors += diagnostic.str() + "\n"; }) {
    context.loadDialect<func::FuncDialect, memref::MemRefDialect, LLVM::LLVMDialect>();
  }

  OwningOpRef<ModuleOp> parse(StringRef text) {
    auto module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
    EXPECT_TRUE(bool(module)) << errors;
    return module;
  }

  static std::string print(ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream out(text);
    module.print(out);
    return text;
  }

  // The text of each symbol, for comparisons in which order does not count.
  static std::multiset<std::string> symbols(ModuleOp module) {
    std::multiset<std::string> texts;
    for (Operation &op : *module.getBody()) {
      std::string text;
      llvm::raw_string_ostream out(text);
      op.print(out);
      texts.insert(text);
    }
    return texts;
  }

  // Splits, checks each part by itself, joins, and expects what it started with.
  std::vector<std::string> roundTrip(StringRef text) {
    OwningOpRef<ModuleOp> module = parse(text);
    auto parts = buddy::splitForwardAndSubgraphs(*module);
    std::vector<ModuleOp> modules;
    std::vector<std::string> texts;
    for (auto &[name, part] : parts) {
      names.push_back(name);
      EXPECT_TRUE(succeeded(verify(*part))) << errors;
      modules.push_back(*part);
      texts.push_back(print(*part));
    }
    FailureOr<OwningOpRef<ModuleOp>> joined = buddy::joinModules(modules);
    EXPECT_TRUE(succeeded(joined)) << errors;
    if (succeeded(joined))
      EXPECT_EQ(symbols(**joined), symbols(*module));
    return texts;
  }

  bool join(ArrayRef<StringRef> texts) {
    std::vector<OwningOpRef<ModuleOp>> owners;
    std::vector<ModuleOp> modules;
    for (StringRef text : texts) {
      owners.push_back(parse(text));
      modules.push_back(*owners.back());
    }
    return succeeded(buddy::joinModules(modules));
  }

  static bool has(const std::string &text, StringRef what) { return text.find(what) != text.npos; }

  MLIRContext context;
  std::string errors;
  std::vector<std::string> names;
  ScopedDiagnosticHandler handler;
};

TEST_F(SplitModule, PutsSymbolsWhereTheyAreUsed) {
  auto texts = roundTrip(R"mlir(module attributes {buddy.signature = "s"} {
    func.func @forward(%x: memref<2xf32>) {
      call @subgraph0(%x) : (memref<2xf32>) -> ()
      call @subgraph1(%x) : (memref<2xf32>) -> ()
      return
    }
    func.func private @subgraph0(%x: memref<2xf32>) {
      call @attention_0(%x) : (memref<2xf32>) -> ()
      return
    }
    func.func private @attention_0(%x: memref<2xf32>) {
      %0 = memref.get_global @table : memref<2xf32>
      return
    }
    memref.global "private" constant @table : memref<2xf32> = dense<1.0>
    func.func private @subgraph1(%x: memref<2xf32>) {
      call @subgraph0(%x) : (memref<2xf32>) -> ()
      return
    }
    func.func @unrelated() {
      return
    }
  })mlir");
  ASSERT_EQ(names, (std::vector<std::string>{"forward", "subgraph0", "subgraph1"}));
  for (const std::string &text : texts)
    EXPECT_TRUE(has(text, "buddy.signature = \"s\""));
  EXPECT_TRUE(has(texts[0], "func.func @forward"));
  EXPECT_TRUE(has(texts[0], "func.func private @subgraph0(memref<2xf32>)\n"));
  EXPECT_TRUE(has(texts[0], "@unrelated"));
  EXPECT_FALSE(has(texts[0], "@attention_0"));
  EXPECT_FALSE(has(texts[0], "@table"));
  EXPECT_TRUE(has(texts[1], "func.func @subgraph0(%arg0"));
  EXPECT_TRUE(has(texts[1], "func.func private @attention_0(%arg0"));
  EXPECT_TRUE(has(texts[1], "memref.global \"private\" constant @table"));
  EXPECT_FALSE(has(texts[1], "@forward"));
  EXPECT_TRUE(has(texts[2], "func.func private @subgraph0(memref<2xf32>)\n"));
  EXPECT_FALSE(has(texts[2], "@attention_0"));
}

TEST_F(SplitModule, WorksOnTheLlvmDialect) {
  auto texts = roundTrip(R"mlir(module {
    llvm.mlir.global internal constant @shared(1.0 : f32) : f32
    llvm.func @expf(f32) -> f32 attributes {sym_visibility = "private"}
    llvm.func @forward(%x: !llvm.ptr) {
      %0 = llvm.mlir.addressof @shared : !llvm.ptr
      llvm.call @subgraph0(%x) : (!llvm.ptr) -> ()
      llvm.return
    }
    llvm.func @subgraph0(%x: !llvm.ptr) attributes {sym_visibility = "private"} {
      %0 = llvm.mlir.addressof @shared : !llvm.ptr
      %1 = llvm.load %0 : !llvm.ptr -> f32
      %2 = llvm.call @expf(%1) : (f32) -> f32
      llvm.return
    }
  })mlir");
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_TRUE(has(texts[0], "@shared"));
  EXPECT_TRUE(has(texts[1], "@shared"));
  EXPECT_FALSE(has(texts[0], "@expf"));
  EXPECT_TRUE(has(texts[1], "@expf"));
}

TEST_F(SplitModule, IsOnePartWithoutSubgraphs) {
  roundTrip("func.func @forward() {\n  return\n}");
  EXPECT_EQ(names, std::vector<std::string>{"forward"});
}

TEST_F(SplitModule, LeavesTheModuleAlone) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    func.func @forward() {
      call @subgraph0() : () -> ()
      return
    }
    func.func private @subgraph0() {
      return
    })mlir");
  std::string before = print(*module);
  buddy::splitForwardAndSubgraphs(*module);
  EXPECT_EQ(print(*module), before);
}

constexpr StringLiteral caller = R"mlir(
  func.func @forward() {
    call @subgraph0() : () -> ()
    return
  }
  func.func private @subgraph0())mlir";

TEST_F(SplitModule, JoinsInAnyOrder) {
  EXPECT_TRUE(join({"func.func @subgraph0() {\n  return\n}", caller})) << errors;
}

TEST_F(SplitModule, ReportsAMissingDefinition) {
  EXPECT_FALSE(join({caller}));
  EXPECT_TRUE(has(errors, "'subgraph0' is called but none of the files defines it")) << errors;
}

TEST_F(SplitModule, ReportsAnotherType) {
  EXPECT_FALSE(join({caller, "func.func @subgraph0(%x: f32) {\n  return\n}"}));
  EXPECT_TRUE(has(errors, "'subgraph0' does not have the type it has elsewhere")) << errors;
}

TEST_F(SplitModule, ReportsTwoDefinitions) {
  EXPECT_FALSE(join({"func.func private @f(%x: f32, %y: f32) -> f32 {\n  return %x : f32\n}",
                     "func.func private @f(%x: f32, %y: f32) -> f32 {\n  return %y : f32\n}"}));
  EXPECT_TRUE(has(errors, "'f' is defined twice, and not alike")) << errors;
}

// Each file has its own key for the bytes.
constexpr StringLiteral table = R"mlir(
  memref.global "private" constant @table : memref<1xf32> = dense_resource<t>
  {-# dialect_resources: {builtin: {t: "0x040000000000803F"}} #-})mlir";

TEST_F(SplitModule, JoinsEqualResources) { EXPECT_TRUE(join({table, table})) << errors; }

TEST_F(SplitModule, ReportsDifferentResources) {
  std::string other = table.str();
  other.replace(other.find("803F"), 4, "0040");
  EXPECT_FALSE(join({table, other}));
  EXPECT_TRUE(has(errors, "'table' is defined twice, and not alike")) << errors;
}

TEST_F(SplitModule, ReportsPartsOfDifferentModules) {
  EXPECT_FALSE(join({"module attributes {buddy.target = \"a\"} {\n}",
                     "module attributes {buddy.target = \"b\"} {\n}"}));
  EXPECT_TRUE(has(errors, "the module attribute 'buddy.target' differs")) << errors;
}

TEST_F(SplitModule, NeedsAPart) { EXPECT_FALSE(join({})); }

} // namespace
