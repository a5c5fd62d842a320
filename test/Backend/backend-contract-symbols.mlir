// RUN: buddy-opt %s --buddy-backend-contract --split-input-file | FileCheck %s

// Symbols stand between states and outputs; what has a size that is one may have `?` for it.
// CHECK: func.func @forward
// CHECK: func.func private @subgraph0
module attributes {
    buddy.symbols = [{name = "batch", min = 1 : i64, max = 8 : i64}, {name = "s64", min = 2 : i64}],
    buddy.signature = {
      inputs = [{name = "x", type = tensor<?x?x8xf32>, sizes = affine_map<()[s0, s1] -> (s0, s1, 8)>},
                {name = "mask", type = tensor<?xi1>, sizes = affine_map<()[s0, s1] -> (s1)>}],
      states = [{name = "cache", type = tensor<4xf32>}],
      outputs = [{name = "output0", type = tensor<?xf32>, sizes = affine_map<()[s0, s1] -> (s1 + 1)>}]}} {
  func.func @forward(%params: memref<64xf32>, %x: memref<?x?x8xf32>, %mask: memref<?xi8>, %cache: memref<4xf32>,
                     %b: index {buddy.symbol = "batch"}, %s: index {buddy.symbol = "s64"}, %out: memref<?xf32>,
                     %workspace: memref<?xi8>) {
    call @subgraph0(%x, %s) : (memref<?x?x8xf32>, index) -> ()
    return
  }
  func.func private @subgraph0(%x: memref<?x?x8xf32>, %s: index {buddy.symbol = "s64"}) {
    return
  }
}
