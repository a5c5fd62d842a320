// RUN: buddy-opt %s --buddy-graph-partition --buddy-graph-contract --split-input-file | FileCheck %s

// Each layer has a state of its own: one subgraph, to which each call passes its layer's. What the
// layers share under another shape stands before the first one.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[K0:[^:]*]]: tensor<6x4xf32> {buddy.name = "layers.0.keys", buddy.state = 1 : i64}
// CHECK-SAME: %[[K1:[^:]*]]: tensor<6x4xf32> {buddy.name = "layers.1.keys", buddy.state = 2 : i64}
// CHECK: %[[T:.*]] = call @subgraph0
// CHECK: %[[A:.*]]:2 = call @subgraph1(%{{.*}}, %{{.*}}, %[[K0]], %[[T]],
// CHECK: %[[B:.*]]:2 = call @subgraph1(%[[A]]#{{[01]}}, %{{.*}}, %[[K1]], %[[T]],
// CHECK: return %{{.*}}, %[[A]]#[[N:[01]]], %[[B]]#[[N]]
// CHECK: func.func private @subgraph1({{.*}}%[[K:[^:]*]]: tensor<6x4xf32> {buddy.name = "layers.*.keys", buddy.state = [[N]] : i64}
// CHECK: %[[C:.*]] = graph.index_copy %[[K]]
// CHECK: graph.matmul
func.func @forward(%x: tensor<1x4xf32> {buddy.name = "x"}, %i: tensor<1xi64> {buddy.name = "i"},
    %k0: tensor<6x4xf32> {buddy.name = "layers.0.keys", buddy.state = 1 : i64},
    %k1: tensor<6x4xf32> {buddy.name = "layers.1.keys", buddy.state = 2 : i64})
    -> (tensor<1x6xf32>, tensor<6x4xf32>, tensor<6x4xf32>) {
  %t = graph.param "table" : tensor<4xf32>
  %w0 = graph.param "layers.0.w" : tensor<4x4xf32>
  %w1 = graph.param "layers.1.w" : tensor<4x4xf32>
  %cos = graph.cos %t : tensor<4xf32>
  %a0 = graph.linear %x, %w0 : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32>
  %row = graph.reshape %cos : tensor<4xf32> to tensor<1x4xf32>
  %b0 = graph.mul %a0, %row : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %c0 = graph.index_copy %k0[%i], %b0 dim 0 : (tensor<6x4xf32>, tensor<1xi64>, tensor<1x4xf32>) -> tensor<6x4xf32>
  %d0 = graph.permute %c0 [1, 0] : tensor<6x4xf32> to tensor<4x6xf32>
  %e0 = graph.matmul %b0, %d0 : (tensor<1x4xf32>, tensor<4x6xf32>) -> tensor<1x6xf32>
  %f0 = graph.slice %e0 dim 1 from 0 to 4 step 1 : tensor<1x6xf32> to tensor<1x4xf32>
  %a1 = graph.linear %f0, %w1 : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32>
  %b1 = graph.mul %a1, %row : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %c1 = graph.index_copy %k1[%i], %b1 dim 0 : (tensor<6x4xf32>, tensor<1xi64>, tensor<1x4xf32>) -> tensor<6x4xf32>
  %d1 = graph.permute %c1 [1, 0] : tensor<6x4xf32> to tensor<4x6xf32>
  %e1 = graph.matmul %b1, %d1 : (tensor<1x4xf32>, tensor<4x6xf32>) -> tensor<1x6xf32>
  %f1 = graph.slice %e1 dim 1 from 0 to 4 step 1 : tensor<1x6xf32> to tensor<1x4xf32>
  %g = graph.linear %f1, %w0 : (tensor<1x4xf32>, tensor<4x4xf32>) -> tensor<1x4xf32>
  %h = graph.cat %g, %f1 dim 1 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x8xf32>
  %o = graph.slice %h dim 1 from 0 to 6 step 1 : tensor<1x8xf32> to tensor<1x6xf32>
  return %o, %c0, %c1 : tensor<1x6xf32>, tensor<6x4xf32>, tensor<6x4xf32>
}
