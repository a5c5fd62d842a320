// RUN: buddy-opt %s --buddy-graph-indices-to-views --split-input-file | FileCheck %s

// padding[batch, key] as the mask-building code of transformers reads it.
// CHECK-LABEL: @padding
// CHECK: %[[V:.*]] = graph.reshape %arg0 : tensor<2x3xi1> to tensor<2x1x1x3xi1>
// CHECK-NEXT: return %[[V]]
func.func @padding(%m: tensor<2x3xi1>) -> tensor<2x1x1x3xi1> {
  %b = graph.constant dense<[[[[0]]], [[[1]]]]> : tensor<2x1x1x1xi64>
  %s = graph.constant dense<[[[[0, 1, 2]]]]> : tensor<1x1x1x3xi64>
  %y = graph.gather %m[%b, %s] dim 0 wrap : (tensor<2x3xi1>, tensor<2x1x1x1xi64>, tensor<1x1x1x3xi64>) -> tensor<2x1x1x3xi1>
  return %y : tensor<2x1x1x3xi1>
}
// -----

// The second index counts along the first dimension of the result; a step of two.
// CHECK-LABEL: @permuted
// CHECK: %[[S:.*]] = graph.slice %arg0 dim 1 from 1 to 6 step 2 : tensor<5x6xf32> to tensor<5x3xf32>
// CHECK: %[[P:.*]] = graph.permute %[[S]] [1, 0]
// CHECK-NEXT: return %[[P]]
func.func @permuted(%x: tensor<5x6xf32>) -> tensor<3x5xf32> {
  %i = graph.constant dense<[0, 1, 2, 3, 4]> : tensor<5xi64>
  %j = graph.constant dense<[[1], [3], [5]]> : tensor<3x1xi64>
  %y = graph.gather %x[%i, %j] dim 0 wrap : (tensor<5x6xf32>, tensor<5xi64>, tensor<3x1xi64>) -> tensor<3x5xf32>
  return %y : tensor<3x5xf32>
}
// -----

// From the end, between whole dimensions; and one row for every place.
// CHECK-LABEL: @last
// CHECK: graph.slice %arg0 dim 1 from 3 to 4 step 1 : tensor<2x4x8xf32> to tensor<2x1x8xf32>
// CHECK: graph.expand %{{.*}} : tensor<1x8xf32> to tensor<3x8xf32>
func.func @last(%x: tensor<2x4x8xf32>, %w: tensor<4x8xf32>) -> (tensor<2x1x8xf32>, tensor<3x8xf32>) {
  %i = graph.constant dense<-1> : tensor<1xi64>
  %y = graph.gather %x[%i] dim 1 wrap : (tensor<2x4x8xf32>, tensor<1xi64>) -> tensor<2x1x8xf32>
  %j = graph.constant dense<2> : tensor<3xi64>
  %z = graph.gather %w[%j] dim 0 : (tensor<4x8xf32>, tensor<3xi64>) -> tensor<3x8xf32>
  return %y, %z : tensor<2x1x8xf32>, tensor<3x8xf32>
}
// -----

// The diagonal, a count downwards, an index beyond the end, one that is not known: no views.
// CHECK-LABEL: @others
// CHECK-COUNT-4: graph.gather
func.func @others(%x: tensor<4x4xf32>, %k: tensor<3xi64>) -> (tensor<4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<3x4xf32>) {
  %i = graph.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
  %a = graph.gather %x[%i, %i] dim 0 wrap : (tensor<4x4xf32>, tensor<4xi64>, tensor<4xi64>) -> tensor<4xf32>
  %down = graph.constant dense<[3, 2]> : tensor<2xi64>
  %b = graph.gather %x[%down] dim 0 wrap : (tensor<4x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  %far = graph.constant dense<[3, 4]> : tensor<2xi64>
  %c = graph.gather %x[%far] dim 0 wrap : (tensor<4x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  %d = graph.gather %x[%k] dim 0 : (tensor<4x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
  return %a, %b, %c, %d : tensor<4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<3x4xf32>
}
