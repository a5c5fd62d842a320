// RUN: buddy-opt %s --buddy-graph-partition --buddy-graph-contract --split-input-file | FileCheck %s

// Unused inputs stay in @forward's signature; parameters come by first use, joined ones as one.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%[[X:.*]]: tensor<5x4xf32> {buddy.name = "x"}, %{{.*}}: tensor<3xi64> {buddy.name = "unused"}) -> (tensor<5x8xf32> {buddy.name = "output0"})
// CHECK-NEXT: %[[Q:.*]] = graph.param "q.weight"
// CHECK-NEXT: %[[K:.*]] = graph.param "k.weight"
// CHECK-NEXT: %[[W:.*]] = graph.cat %[[Q]], %[[K]] dim 0
// CHECK-NEXT: %[[R:.*]] = call @subgraph0(%[[X]], %[[W]])
// CHECK-NEXT: return %[[R]]
// CHECK-LABEL: func.func private @subgraph0
// CHECK-SAME: (%[[X:.*]]: tensor<5x4xf32> {buddy.name = "x"}, %[[W:.*]]: tensor<8x4xf32> {buddy.name = "q.weight+k.weight"})
// CHECK: graph.constant
// CHECK: graph.linear %[[X]], %[[W]]
func.func @forward(%x: tensor<5x4xf32> {buddy.name = "x"}, %u: tensor<3xi64> {buddy.name = "unused"}) -> (tensor<5x8xf32> {buddy.name = "output0"}) {
  %q = graph.param "q.weight" : tensor<6x4xf32>
  %k = graph.param "k.weight" : tensor<2x4xf32>
  %dead = graph.param "dead" : tensor<2x4xf32>
  %w = graph.cat %q, %k dim 0 : (tensor<6x4xf32>, tensor<2x4xf32>) -> tensor<8x4xf32>
  %c = graph.constant dense<2.0> : tensor<5x8xf32>
  %y = graph.linear %x, %w : (tensor<5x4xf32>, tensor<8x4xf32>) -> tensor<5x8xf32>
  %z = graph.mul %y, %c : (tensor<5x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
  return %z : tensor<5x8xf32>
}

// -----

// Results that are an input, a parameter, or the same value twice go through @subgraph0 as well.
// CHECK-LABEL: func.func @forward
// CHECK: %[[B:.*]] = graph.param "b"
// CHECK-NEXT: %[[R:.*]]:3 = call @subgraph0(%arg0, %[[B]])
// CHECK-NEXT: return %[[R]]#0, %[[R]]#1, %[[R]]#2
// CHECK-LABEL: func.func private @subgraph0
// CHECK-NEXT: return %arg0, %arg1, %arg0
func.func @forward(%x: tensor<5x4xf32>) -> (tensor<5x4xf32>, tensor<4xf32>, tensor<5x4xf32>) {
  %b = graph.param "b" : tensor<4xf32>
  return %x, %b, %x : tensor<5x4xf32>, tensor<4xf32>, tensor<5x4xf32>
}

// -----

// A parameter that is rearranged is rearranged where it is used: the package only joins.
// CHECK-LABEL: func.func @forward
// CHECK-NEXT: graph.param
// CHECK-NEXT: call
// CHECK-LABEL: func.func private @subgraph0
// CHECK-SAME: {buddy.name = "w"}
// CHECK-NEXT: graph.permute
func.func @forward(%x: tensor<5x4xf32>) -> tensor<5x6xf32> {
  %w = graph.param "w" : tensor<6x4xf32>
  %t = graph.permute %w [1, 0] : tensor<6x4xf32> to tensor<4x6xf32>
  %y = graph.matmul %x, %t : (tensor<5x4xf32>, tensor<4x6xf32>) -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}
