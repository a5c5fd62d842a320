// The object stage: a small model compiled, linked, loaded and run, and what must be refused.

#include "buddy/Backend/Object.h"
#include "Compiled.h"
#include "buddy/Backend/Link.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <omp.h>
#include <thread>
#ifdef __x86_64__
#include <immintrin.h>
#endif

using namespace buddy;

namespace {

// out[i][:] = mask[i] ? x[i][:] * scale + table : -inf, through the workspace, rows in parallel.
constexpr int rows = 64, width = 32;
const char *modelIr = R"mlir(
module attributes {buddy.signature = {
    inputs = [{name = "x", type = tensor<64x32xf32>}, {name = "mask", type = tensor<64xi1>}],
    outputs = [{name = "output0", type = tensor<64x32xf32>}]}} {
  memref.global "private" constant @table : memref<32xf32> = dense_resource<table>
  func.func @forward(%params: memref<32xf32>, %x: memref<64x32xf32>, %mask: memref<64xi8>,
                     %out: memref<64x32xf32>, %workspace: memref<8192xi8>) {
    %c0 = arith.constant 0 : index
    %temporary = memref.view %workspace[%c0][] : memref<8192xi8> to memref<64x32xf32>
    call @subgraph0(%params, %x, %temporary) : (memref<32xf32>, memref<64x32xf32>, memref<64x32xf32>) -> ()
    call @subgraph1(%temporary, %mask, %out) : (memref<64x32xf32>, memref<64xi8>, memref<64x32xf32>) -> ()
    return
  }
  func.func private @subgraph0(%scale: memref<32xf32>, %x: memref<64x32xf32>, %out: memref<64x32xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %table = memref.get_global @table : memref<32xf32>
    omp.parallel {
      omp.wsloop {
        omp.loop_nest (%i) : index = (%c0) to (%c64) step (%c1) {
          memref.alloca_scope {
            %row = memref.alloca() {alignment = 64 : i64} : memref<1x32xf32>
            %a = vector.load %x[%i, %c0] : memref<64x32xf32>, vector<32xf32>
            %s = vector.load %scale[%c0] : memref<32xf32>, vector<32xf32>
            %t = vector.load %table[%c0] : memref<32xf32>, vector<32xf32>
            %m = arith.mulf %a, %s : vector<32xf32>
            %r = arith.addf %m, %t : vector<32xf32>
            vector.store %r, %row[%c0, %c0] : memref<1x32xf32>, vector<32xf32>
            %target = memref.subview %out[%i, 0] [1, 32] [1, 1] : memref<64x32xf32> to memref<1x32xf32, strided<[32, 1], offset: ?>>
            memref.copy %row, %target : memref<1x32xf32> to memref<1x32xf32, strided<[32, 1], offset: ?>>
          }
          omp.yield
        }
      }
      omp.terminator
    }
    return
  }
  func.func private @subgraph1(%x: memref<64x32xf32>, %mask: memref<64xi8>, %out: memref<64x32xf32>) {
    %c0 = arith.constant 0 : index
    %no = arith.constant 0 : i8
    %infinity = arith.constant dense<0xFF800000> : vector<32xf32>
    affine.for %i = 0 to 64 {
      %v = vector.load %x[%i, %c0] : memref<64x32xf32>, vector<32xf32>
      %byte = affine.load %mask[%i] : memref<64xi8>
      %keep = arith.cmpi ne, %byte, %no : i8
      %r = arith.select %keep, %v, %infinity : vector<32xf32>
      vector.store %r, %out[%i, %c0] : memref<64x32xf32>, vector<32xf32>
    }
    return
  }
}
{-# dialect_resources: { builtin: { table: "0x04000000)mlir";

// The model with its table: 0, 1, 2, ... as little-endian f32.
std::string modelText() {
  std::string text = modelIr;
  for (int i = 0; i < width; ++i) {
    float value = i;
    auto *bytes = reinterpret_cast<const unsigned char *>(&value);
    for (int b = 0; b < 4; ++b) {
      char hex[3];
      snprintf(hex, sizeof hex, "%02X", bytes[b]);
      text += hex;
    }
  }
  return text + "\" } } #-}\n";
}

Target hostTarget() {
  llvm::Expected<Target> target = getTarget("native");
  if (target)
    return *target;
  ADD_FAILURE() << llvm::toString(target.takeError());
  return {};
}

std::string textOf(llvm::Error error) { return llvm::toString(std::move(error)); }

// One call with its own tensors; the number of wrong elements.
int runAndCompare(Entry entry, int seed) {
  alignas(64) std::array<float, width> scale;
  alignas(64) static thread_local std::array<float, rows * width> x, out, workspace;
  std::array<int8_t, rows> mask;
  for (int j = 0; j < width; ++j)
    scale[j] = 0.25f * (j + 1);
  for (int i = 0; i < rows * width; ++i)
    x[i] = static_cast<float>((i * 7 + seed) % 31) - 15;
  for (int i = 0; i < rows; ++i)
    mask[i] = (i + seed) % 3 != 0;
  const void *inputs[] = {x.data(), mask.data()};
  void *outputs[] = {out.data()};
  entry(scale.data(), inputs, nullptr, outputs, workspace.data(), nullptr);
  int wrong = 0;
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < width; ++j) {
      // Exact in f32, fused or not.
      float expected =
          mask[i] ? x[i * width + j] * scale[j] + j : -std::numeric_limits<float>::infinity();
      wrong += out[i * width + j] != expected;
    }
  return wrong;
}

TEST(Object, CompilesLinksAndRuns) {
  Target target = hostTarget();
  TemporaryFolder folder;
  Lowered lowered(modelText());
  ASSERT_TRUE(lowered.module) << lowered.errors;
  size_t functions = std::distance(lowered.module->begin(), lowered.module->end());
  ObjectOptions options;
  options.saveLlvmIr = folder / "model.ll";
  options.saveAssembly = folder / "model.s";
  ASSERT_EQ(textOf(emitObject(*lowered.module, target, options, folder / "model.o")), "");
  ASSERT_EQ(textOf(linkShared(folder / "model.o", folder / "libmodel.so", target)), "");
  // The module is as it was.
  EXPECT_EQ(std::distance(lowered.module->begin(), lowered.module->end()),
            static_cast<long>(functions));
  EXPECT_NE(readFile(options.saveLlvmIr).find("define void @buddy_entry_forward"),
            std::string::npos);
  EXPECT_NE(readFile(options.saveAssembly).find("buddy_entry_forward:"), std::string::npos);

  auto needed = neededLibraries(folder / "libmodel.so");
  ASSERT_TRUE(bool(needed)) << textOf(needed.takeError());
  EXPECT_EQ(needed->front(), "libomp.so.5");

  Library library(folder / "libmodel.so");
  ASSERT_TRUE(library.entry());
  EXPECT_FALSE(library.symbol("forward"));
  EXPECT_FALSE(library.symbol("subgraph0"));
  for (int threads : {1, 2, 3}) {
    omp_set_num_threads(threads);
    EXPECT_EQ(runAndCompare(library.entry(), threads), 0) << threads << " threads";
  }
}

// libomp gives each calling thread a team of its own, so one model may be run from several threads.
TEST(Object, SeveralCallersAtOnce) {
  Target target = hostTarget();
  TemporaryFolder folder;
  Lowered lowered(modelText());
  ASSERT_TRUE(lowered.module) << lowered.errors;
  ASSERT_EQ(textOf(emitObject(*lowered.module, target, {}, folder / "model.o")), "");
  ASSERT_EQ(textOf(linkShared(folder / "model.o", folder / "libmodel.so", target)), "");
  Library library(folder / "libmodel.so");
  ASSERT_TRUE(library.entry());
  std::array<int, 4> wrong{};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&, caller] {
      omp_set_num_threads(1 + caller % 2);
      for (int i = 0; i < 50; ++i)
        wrong[caller] += runAndCompare(library.entry(), caller * 50 + i);
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(wrong, (std::array<int, 4>{}));
}

#ifdef __x86_64__
// A caller that rounds upwards and drops subnormal numbers gets the same bits, and has its register
// back; its threads as well, which keep what they have where nobody sets it.
TEST(Object, OwnFloatingPointControl) {
  Target target = hostTarget();
  TemporaryFolder folder;
  Lowered lowered(modelText());
  ASSERT_TRUE(lowered.module) << lowered.errors;
  ASSERT_EQ(textOf(emitObject(*lowered.module, target, {}, folder / "model.o")), "");
  ASSERT_EQ(textOf(linkShared(folder / "model.o", folder / "libmodel.so", target)), "");
  Library library(folder / "libmodel.so");
  ASSERT_TRUE(library.entry());
  alignas(64) std::array<float, width> scale;
  alignas(64) static std::array<float, rows * width> x, usual, odd, workspace;
  std::array<int8_t, rows> mask;
  mask.fill(1);
  for (int j = 0; j < width; ++j)
    scale[j] = 1.0f / (j + 3);
  for (int i = 0; i < rows * width; ++i)
    x[i] = i % width == 0 ? 1e-39f * i : 1.0f / (i + 7);
  auto run = [&](std::array<float, rows * width> &out) {
    const void *inputs[] = {x.data(), mask.data()};
    void *outputs[] = {out.data()};
    library.entry()(scale.data(), inputs, nullptr, outputs, workspace.data(), nullptr);
  };
  omp_set_num_threads(3);
  run(usual);
  constexpr unsigned flush = 0x8040, upwards = 0x4000, masked = 0x1f80, flags = 0x3f;
  unsigned before = _mm_getcsr();
  _mm_setcsr(masked | flush | upwards);
  run(odd);
  unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(after & ~flags, masked | flush | upwards);
  EXPECT_EQ(std::memcmp(usual.data(), odd.data(), sizeof usual), 0);
  EXPECT_EQ(std::fpclassify(usual[width]), FP_SUBNORMAL);
}
#endif

// Entries and the shares of threads set FPCR and give it back.
TEST(Object, FloatingPointControlOfAArch64) {
  llvm::Expected<Target> target = getTarget("aarch64");
  ASSERT_TRUE(bool(target));
  TemporaryFolder folder;
  Lowered lowered(modelText());
  ASSERT_TRUE(lowered.module) << lowered.errors;
  ObjectOptions options;
  options.saveAssembly = folder / "model.s";
  ASSERT_EQ(textOf(emitObject(*lowered.module, *target, options, folder / "model.o")), "");
  std::string assembly = readFile(options.saveAssembly);
  // Two functions: read, set, given back.
  EXPECT_EQ(llvm::StringRef(assembly).count("fpcr"), 6u);
}

TEST(Object, SameInputSameBytes) {
  for (const char *name : {"x86-64-v4", "x86-64-v3", "aarch64"}) {
    llvm::Expected<Target> target = getTarget(name);
    ASSERT_TRUE(bool(target));
    TemporaryFolder folder;
    for (const char *run : {"a", "b"}) {
      Lowered lowered(modelText());
      ASSERT_TRUE(lowered.module) << lowered.errors;
      ASSERT_EQ(
          textOf(emitObject(*lowered.module, *target, {}, folder / (run + std::string(".o")))), "");
      ASSERT_EQ(textOf(linkShared(folder / (run + std::string(".o")),
                                  folder / (run + std::string(".so")), *target)),
                "");
    }
    EXPECT_FALSE(readFile(folder / "a.o").empty());
    EXPECT_EQ(readFile(folder / "a.o"), readFile(folder / "b.o")) << name;
    EXPECT_EQ(readFile(folder / "a.so"), readFile(folder / "b.so")) << name;
  }
}

TEST(Object, WrongModulesAreRefused) {
  Target target = hostTarget();
  TemporaryFolder folder;
  auto errorFor = [&](const std::string &ir) {
    Lowered lowered(modelText()); // for its dialects
    auto module = mlir::parseSourceString<mlir::ModuleOp>(ir, &lowered.context);
    if (!module)
      return "does not parse: " + lowered.errors;
    return textOf(emitObject(*module, target, {}, folder / "x.o"));
  };
  const std::string signature = "attributes {buddy.signature = {inputs = [], outputs = []}} ";
  EXPECT_NE(errorFor("module {}").find("no llvm.func 'forward'"), std::string::npos);
  EXPECT_NE(errorFor("module { llvm.func @forward(%a: !llvm.ptr) { llvm.return } }")
                .find("buddy.signature is missing"),
            std::string::npos);
  EXPECT_NE(
      errorFor("module " + signature + "{ llvm.func @forward(%a: !llvm.ptr) { llvm.return } }")
          .find("'forward' must take 2 pointers"),
      std::string::npos);
  EXPECT_NE(errorFor("module " + signature + R"mlir({
              llvm.func @forward(%a: !llvm.ptr, %b: !llvm.ptr) { llvm.return }
              llvm.func @buddy_entry_forward() { llvm.return } })mlir")
                .find("reserved for the object stage"),
            std::string::npos);
  EXPECT_NE(errorFor("module " + signature + R"mlir({
              llvm.func @forward(%a: !llvm.ptr, %b: !llvm.ptr) { llvm.return }
              func.func @g() { return } })mlir")
                .find("cannot be translated to LLVM IR"),
            std::string::npos);
  EXPECT_FALSE(llvm::sys::fs::exists(folder / "x.o"));
}

// y[i] = params[0] * x[i] + symbols[0] for i < rows * cols, with a state that counts runs.
const std::string dynamicAttributes = R"mlir(
  buddy.entry = "stretch", buddy.symbols = [{name = "rows", min = 1 : i64}, {name = "cols", min = 1 : i64}],
  buddy.signature = {inputs = [{name = "x", type = tensor<?x?xf32>}], states = [{name = "n", type = tensor<f32>}],
                     outputs = [{name = "output0", type = tensor<?x?xf32>}]})mlir";
const std::string dynamicBody = R"mlir(
  llvm.func @forward_workspace_bytes(%rows: i64, %cols: i64) -> i64 {
    %four = llvm.mlir.constant(4 : i64) : i64
    %elements = llvm.mul %rows, %cols : i64
    %bytes = llvm.mul %elements, %four : i64
    llvm.return %bytes : i64
  }
  llvm.func @forward(%params: !llvm.ptr, %x: !llvm.ptr, %n: !llvm.ptr, %rows: i64, %cols: i64,
                     %y: !llvm.ptr, %workspace: !llvm.ptr) {
    %zero = llvm.mlir.constant(0 : i64) : i64
    %one = llvm.mlir.constant(1 : i64) : i64
    %unit = llvm.mlir.constant(1.0 : f32) : f32
    %count = llvm.mul %rows, %cols : i64
    %scale = llvm.load %params : !llvm.ptr -> f32
    %offset = llvm.sitofp %rows : i64 to f32
    %old = llvm.load %n : !llvm.ptr -> f32
    %new = llvm.fadd %old, %unit : f32
    llvm.store %new, %n : f32, !llvm.ptr
    llvm.br ^loop(%zero : i64)
  ^loop(%i: i64):
    %more = llvm.icmp "slt" %i, %count : i64
    llvm.cond_br %more, ^body, ^done
  ^body:
    %from = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %to = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %value = llvm.load %from : !llvm.ptr -> f32
    %scaled = llvm.fmul %value, %scale : f32
    %result = llvm.fadd %scaled, %offset : f32
    llvm.store %result, %to : f32, !llvm.ptr
    %next = llvm.add %i, %one : i64
    llvm.br ^loop(%next : i64)
  ^done:
    llvm.return
  })mlir";

// The symbols reach forward between the states and the outputs, and the workspace's size is there.
TEST(Object, SymbolsArePassed) {
  Target target = hostTarget();
  TemporaryFolder folder;
  Lowered lowered(modelText()); // for its dialects
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      "module attributes {" + dynamicAttributes + "} {" + dynamicBody + "}", &lowered.context);
  ASSERT_TRUE(module) << lowered.errors;
  EXPECT_EQ(entrySymbol(*module), "buddy_entry_stretch");
  ASSERT_EQ(textOf(emitObject(*module, target, {}, folder / "m.o")), "");
  ASSERT_EQ(textOf(linkShared(folder / "m.o", folder / "m.so", target)), "");
  Library library(folder / "m.so");
  auto entry = reinterpret_cast<Entry>(library.symbol("buddy_entry_stretch"));
  auto bytes = reinterpret_cast<int64_t (*)(const int64_t *)>(
      library.symbol(workspaceSymbol(*module).c_str()));
  ASSERT_TRUE(entry && bytes);
  EXPECT_FALSE(library.symbol("forward_workspace_bytes"));
  float scale = 3, n = 0, x[6] = {0, 1, 2, 3, 4, 5}, y[7] = {0, 0, 0, 0, 0, 0, -1};
  const void *inputs[] = {x};
  void *states[] = {&n}, *outputs[] = {y};
  for (auto [rows, cols] : {std::pair<int64_t, int64_t>{2, 3}, {3, 2}, {1, 4}}) {
    int64_t symbols[] = {rows, cols};
    EXPECT_EQ(bytes(symbols), 4 * rows * cols);
    entry(&scale, inputs, states, outputs, nullptr, symbols);
    for (int64_t i = 0; i < rows * cols; ++i)
      EXPECT_EQ(y[i], 3 * x[i] + rows);
  }
  EXPECT_EQ(y[6], -1);
  EXPECT_EQ(n, 3);
}

TEST(Object, WrongSymbolsAreRefused) {
  Target target = hostTarget();
  TemporaryFolder folder;
  auto errorFor = [&](const std::string &from, const std::string &to) {
    std::string ir = "module attributes {" + dynamicAttributes + "} {" + dynamicBody + "}";
    size_t at = ir.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    ir.replace(at, from.size(), to);
    Lowered lowered(modelText());
    auto module = mlir::parseSourceString<mlir::ModuleOp>(ir, &lowered.context);
    if (!module)
      return "does not parse: " + lowered.errors;
    return textOf(emitObject(*module, target, {}, folder / "x.o"));
  };
  auto expectError = [&](const std::string &from, const std::string &to, const std::string &part) {
    std::string error = errorFor(from, to);
    EXPECT_NE(error.find(part), std::string::npos) << error;
  };
  expectError(
      "buddy.symbols =", "buddy.other =", "'forward' must take 5 pointers (params, 1 inputs");
  expectError("{name = \"rows\", min = 1 : i64}, ", "",
              "'forward' must take 5 pointers (params, 1 inputs, 1 states, 1 symbols as i64, 1 "
              "outputs, workspace");
  expectError("{name = \"rows\", min = 1 : i64}", "3", "buddy.symbols must be a list of");
  expectError("buddy.symbols = [", "buddy.symbols = 3, buddy.other = [",
              "buddy.symbols must be a list of");
  expectError("%rows: i64, %cols: i64,\n                     %y: !llvm.ptr",
              "%y: !llvm.ptr, %rows: i64,\n                     %cols: i64",
              "'forward' must take 5 pointers");
  expectError("@forward_workspace_bytes", "@bytes", "no llvm.func 'forward_workspace_bytes'");
  expectError("@forward_workspace_bytes(%rows: i64, %cols: i64)",
              "@forward_workspace_bytes(%rows: i64, %cols: i64, %more: i64)",
              "'forward_workspace_bytes' must take 2 i64");
  expectError("llvm.func @forward_workspace_bytes",
              "llvm.func @buddy_workspace_stretch() { llvm.return } llvm.func "
              "@forward_workspace_bytes",
              "'buddy_workspace_stretch' already");
}

TEST(Object, UnwritableFilesAreErrors) {
  Target target = hostTarget();
  Lowered lowered(modelText());
  ASSERT_TRUE(lowered.module) << lowered.errors;
  EXPECT_NE(textOf(emitObject(*lowered.module, target, {}, "/nonexistent/model.o"))
                .find("cannot write '/nonexistent/model.o'"),
            std::string::npos);
  ObjectOptions options;
  options.saveLlvmIr = "/nonexistent/model.ll";
  TemporaryFolder folder;
  EXPECT_NE(textOf(emitObject(*lowered.module, target, options, folder / "model.o"))
                .find("cannot write '/nonexistent/model.ll'"),
            std::string::npos);
  // A full disk.
  if (llvm::sys::fs::exists("/dev/full"))
    EXPECT_NE(textOf(emitObject(*lowered.module, target, {}, "/dev/full")).find("No space left"),
              std::string::npos);
}

} // namespace
