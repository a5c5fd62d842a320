// With symbols: they are the last arguments, and what TOSA cannot say of sizes is said with tensor, linalg,
// arith and scf.
// RUN: buddy-opt %s --buddy-tosa-contract | FileCheck %s

module attributes {buddy.symbols = [{name = "s64", min = 2 : i64}], buddy.parameters = [],
                   buddy.signature = {inputs = [{name = "x", type = tensor<?x8xf32>, sizes = affine_map<()[s0] -> (s0, 8)>}],
                                      outputs = [{name = "output0", type = tensor<?xf32>, sizes = affine_map<()[s0] -> (s0 * 8)>}]}} {
  // CHECK: func.func @forward
  func.func @forward(%p: tensor<1xf32>, %x: tensor<?x8xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 8)>}, %s: index {buddy.symbol = "s64"})
      -> (tensor<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0 * 8)>}) {
    %0 = call @subgraph0(%x, %s) : (tensor<?x8xf32>, index) -> tensor<?xf32>
    return %0 : tensor<?xf32>
  }
  // CHECK: func.func private @subgraph0
  func.func private @subgraph0(%x: tensor<?x8xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 8)>}, %s: index {buddy.symbol = "s64"})
      -> (tensor<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0 * 8)>}) {
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty(%s) : tensor<?x8xf32>
    %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x8xf32>) -> tensor<?x8xf32>
    %0 = tosa.add %x, %fill : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %1 = tensor.collapse_shape %0 [[0, 1]] : tensor<?x8xf32> into tensor<?xf32>
    return %1 : tensor<?xf32>
  }
}
