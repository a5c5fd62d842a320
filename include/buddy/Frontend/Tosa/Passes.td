// The passes that take the fused graph to TOSA and check what leaves the frontend.

#ifndef BUDDY_FRONTEND_TOSA_PASSES
#define BUDDY_FRONTEND_TOSA_PASSES

include "mlir/Pass/PassBase.td"

def GraphToTosaPass : Pass<"buddy-graph-to-tosa", "::mlir::ModuleOp"> {
  let summary = "lower the fused, partitioned graph to func and standard TOSA";
  let description = [{
    A module with i64 declares TOSA's extension for it, ranks are made equal where TOSA broadcasts,
    and `forward` gets the parameters as one tensor in front of its inputs: the entries of
    `buddy.parameters` back to back. A fused op becomes the call of a private function whose body is
    its plain TOSA meaning; equal ones share it.

    ```mlir
    func.func @forward(%x: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
      %w = graph.param "w" : tensor<8x8xf32>
      ...
    }
    func.func private @subgraph0(...) {
      %0 = graph.attention %q, %k, %v scale 0.5 causal : (...) -> tensor<1x2x4x4xf32>
    ```
    ==>
    ```mlir
    func.func @forward(%arg0: tensor<64xf32>, %x: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
      %0 = tosa.slice %arg0, ... : (tensor<64xf32>, ...) -> tensor<64xf32>
      %w = tosa.reshape %0, ... -> tensor<8x8xf32>
      ...
    }
    func.func private @subgraph0(...) {
      %0 = call @attention_0(%q, %k, %v) : (...) -> tensor<1x2x4x4xf32>
    ...
    func.func private @attention_0(...) attributes {buddy.composite = "attention", ...} {
      %0 = tosa.matmul ...
    ```
    What TOSA cannot express is reported for the whole module at once, each at its own location.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::tosa::TosaDialect"];
}

def DynamicSizesPass : Pass<"buddy-tosa-dynamic-sizes", "::mlir::ModuleOp"> {
  let summary = "sizes that each run chooses become values";
  let description = [{
    A function with symbolic sizes (numbers up to here, Frontend/Graph/IR/Sizes.h) takes the symbols as
    its last arguments, marked `buddy.symbol`; its tensors have `?` for such a size, and
    `buddy.sizes` on arguments and results says which expression it is. What TOSA cannot say of
    them (reshapes, slices, repetitions, positions) is said with tensor and linalg. In what leaves
    this pass two `?` of one operation's operands that are broadcast against each other are equal.
    Without `buddy.symbols` nothing changes.

    ```mlir
    func.func private @subgraph0(%x: tensor<1x722113583x8xf32>) ... {
      %0 = tosa.reshape %x, %shape : (...) -> tensor<722113583x8xf32>
    ```
    ==>
    ```mlir
    func.func private @subgraph0(%x: tensor<1x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (1, s0, 8)>},
                                 %s64: index {buddy.symbol = "s64"}) ... {
      %0 = tensor.collapse_shape %x [[0, 1], [2]] : tensor<1x?x8xf32> into tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def DoublesToLinalgPass : Pass<"buddy-tosa-doubles", "::mlir::ModuleOp"> {
  let summary = "what is computed in f64 leaves TOSA";
  let description = [{
    TOSA has no f64, and what a program computes in it is little: positions, a softmax. Its
    operations become what tosa-to-linalg makes of all others later on. Without f64 nothing changes.

    ```mlir
      %1 = tosa.cast %0 : (tensor<4x8xf32>) -> tensor<4x8xf64>
      %2 = tosa.exp %1 : (tensor<4x8xf64>) -> tensor<4x8xf64>
    ```
    ==>
    ```mlir
      %1 = linalg.generic ... ins(%0 : tensor<4x8xf32>) outs(...) { arith.extf ... }
      %2 = linalg.generic ... ins(%1 : tensor<4x8xf64>) outs(...) { math.exp ... }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def VerifyTosaContractPass : Pass<"buddy-tosa-contract", "::mlir::ModuleOp"> {
  let summary = "check what leaves the frontend (docs/contracts.md, section 3)";
  let description = [{
    Only func and tosa, static shapes, element types f32, i64, i32, i1 (and i8 where tosa.mul wants
    a shift); `forward` takes one f32 tensor of all parameters first and calls subgraphs; every
    composite is known and its attributes and operand types fit each other. Changes nothing; an
    error names the pass to blame.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"]; // whose sizes types are compared by
}

#endif // BUDDY_FRONTEND_TOSA_PASSES
