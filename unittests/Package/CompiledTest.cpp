// From the backend's IR with symbols to a run: the object, the library, the package and the runtime
// agree on what they call each other with.
#include "Checksum.h"
#include "Fixture.h"
#include "buddy/Backend/Link.h"
#include "buddy/Backend/Object.h"
#include "buddy/runtime.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace buddy;
using namespace buddy::test;

namespace {

// y[i] = ids[i] + 1000 * batch + s64 + 10 * runs for all elements, through a workspace that is as
// large as forward_workspace_bytes says; the state counts runs. y has one more column, left alone.
constexpr const char *ir = R"mlir(
module attributes {
  buddy.symbols = [{name = "batch", min = 1 : i64}, {name = "s64", min = 2 : i64, max = 100 : i64}],
  buddy.signature = {
    inputs = [{name = "ids", type = tensor<?x?xi64>, sizes = affine_map<()[s0, s1] -> (s0, s1)>}],
    states = [{name = "runs", type = tensor<i64>}],
    outputs = [{name = "output0", type = tensor<?x?xi64>, sizes = affine_map<()[s0, s1] -> (s0, s1 + 1)>}]},
  buddy.parameters = [], buddy.params = [], buddy.params_bytes = 0 : i64} {
  llvm.func @forward_workspace_bytes(%batch: i64, %s64: i64) -> i64 {
    %eight = llvm.mlir.constant(8 : i64) : i64
    %elements = llvm.mul %batch, %s64 : i64
    %bytes = llvm.mul %elements, %eight : i64
    llvm.return %bytes : i64
  }
  llvm.func @forward(%params: !llvm.ptr, %ids: !llvm.ptr, %runs: !llvm.ptr, %batch: i64, %s64: i64,
                     %y: !llvm.ptr, %workspace: !llvm.ptr) {
    %zero = llvm.mlir.constant(0 : i64) : i64
    %one = llvm.mlir.constant(1 : i64) : i64
    %ten = llvm.mlir.constant(10 : i64) : i64
    %thousand = llvm.mlir.constant(1000 : i64) : i64
    %count = llvm.mul %batch, %s64 : i64
    %thousands = llvm.mul %batch, %thousand : i64
    %sizes = llvm.add %thousands, %s64 : i64
    %old = llvm.load %runs : !llvm.ptr -> i64
    %tens = llvm.mul %old, %ten : i64
    %offset = llvm.add %sizes, %tens : i64
    %new = llvm.add %old, %one : i64
    llvm.store %new, %runs : i64, !llvm.ptr
    llvm.br ^loop(%zero : i64)
  ^loop(%i: i64):
    %more = llvm.icmp "slt" %i, %count : i64
    llvm.cond_br %more, ^body, ^done
  ^body:
    %from = llvm.getelementptr %ids[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i64
    %scratch = llvm.getelementptr %workspace[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i64
    %id = llvm.load %from : !llvm.ptr -> i64
    %value = llvm.add %id, %offset : i64
    llvm.store volatile %value, %scratch : i64, !llvm.ptr
    %kept = llvm.load volatile %scratch : !llvm.ptr -> i64
    %row = llvm.sdiv %i, %s64 : i64
    %at = llvm.add %i, %row : i64
    %to = llvm.getelementptr %y[%at] : (!llvm.ptr, i64) -> !llvm.ptr, i64
    llvm.store %kept, %to : i64, !llvm.ptr
    %next = llvm.add %i, %one : i64
    llvm.br ^loop(%next : i64)
  ^done:
    llvm.return
  }
})mlir";

TEST(Compiled, RunsAtEachSize) {
  TemporaryFolder folder;
  std::string object = folder.path + "/m.o", library = folder.path + "/m.so",
              package = folder.path + "/layer.buddy";
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<mlir::LLVM::LLVMDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(ir, &context);
  ASSERT_TRUE(module);
  auto target = getTarget("native");
  ASSERT_TRUE(static_cast<bool>(target)) << llvm::toString(target.takeError());
  Weights weights;
  int64_t none = 0;
  Weight runs;
  runs.name = runs.fileName = "runs";
  runs.dtype = DType::I64;
  runs.file = {reinterpret_cast<const char *>(&none), sizeof none};
  runs.fileCrc32 = runtime::crc32Of({runs.file.data(), runs.file.size()});
  weights.store.add(std::move(runs));
  auto written = [&]() -> llvm::Error {
    if (llvm::Error error = emitObject(*module, *target, {}, object))
      return error;
    if (llvm::Error error = linkShared(object, library, *target))
      return error;
    return writePackage(*module, weights.store, *target, library, package);
  };
  llvm::Error error = written();
  ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));

  BuddyModel *model = nullptr;
  BuddyContext *run = nullptr;
  ASSERT_EQ(buddy_model_load(package.c_str(), nullptr, &model), BUDDY_OK) << buddy_last_error();
  ASSERT_EQ(buddy_context_create(model, 1, &run), BUDDY_OK) << buddy_last_error();
  int64_t number = 0;
  for (auto [batch, length] : {std::pair<int64_t, int64_t>{2, 3}, {1, 100}, {7, 2}}) {
    std::vector<int64_t> ids(batch * length), y(batch * (length + 1));
    for (size_t i = 0; i < ids.size(); ++i)
      ids[i] = 5 * i;
    int64_t shape[2] = {batch, length}, outShape[2];
    DLTensor in = {ids.data(), {kDLCPU, 0}, 2, {kDLInt, 64, 1}, shape, nullptr, 0};
    DLTensor *inputs[1] = {&in};
    ASSERT_EQ(buddy_model_entry_output_shape(model, 0, inputs, 1, 0, outShape), BUDDY_OK);
    EXPECT_EQ(outShape[1], length + 1);
    DLTensor out = {y.data(), {kDLCPU, 0}, 2, {kDLInt, 64, 1}, outShape, nullptr, 0};
    DLTensor *outputs[1] = {&out};
    ASSERT_EQ(buddy_context_run(run, inputs, 1, outputs, 1), BUDDY_OK) << buddy_last_error();
    for (int64_t i = 0; i < batch * length; ++i)
      ASSERT_EQ(y[i + i / length], ids[i] + 1000 * batch + length + 10 * number);
    ++number;
  }
  buddy_context_destroy(run);
  buddy_model_destroy(model);
}

} // namespace
