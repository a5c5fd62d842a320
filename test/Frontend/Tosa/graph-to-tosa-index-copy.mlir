// RUN: buddy-opt %s --buddy-graph-to-tosa --canonicalize --split-input-file | FileCheck %s

// What is before the dimension is N, what is after it C.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[X:[^:]*]]: tensor<2x3x8x4xf32>, %[[I:[^:]*]]: tensor<5xi64>, %[[S:[^:]*]]: tensor<2x3x5x4xf32>
// CHECK: %[[V:.*]] = tosa.reshape %[[X]], {{.*}} -> tensor<6x8x4xf32>
// CHECK: tosa.scatter %{{.*}}, %{{.*}}, %{{.*}} : (tensor<6x8x4xf32>, tensor<6x5xi32>, tensor<6x5x4xf32>) -> tensor<6x8x4xf32>
func.func @forward(%x: tensor<2x3x8x4xf32>, %i: tensor<5xi64>, %s: tensor<2x3x5x4xf32>) -> tensor<2x3x8x4xf32> {
  %0 = graph.index_copy %x[%i], %s dim 2 : (tensor<2x3x8x4xf32>, tensor<5xi64>, tensor<2x3x5x4xf32>) -> tensor<2x3x8x4xf32>
  return %0 : tensor<2x3x8x4xf32>
}
// -----

// Booleans have no scatter of their own; an index that may be negative is counted from the front.
// CHECK-LABEL: func.func @forward
// CHECK: tosa.greater_equal
// CHECK: tosa.select
// CHECK: tosa.scatter {{.*}} : (tensor<1x8x4xi32>, tensor<1x2xi32>, tensor<1x2x4xi32>) -> tensor<1x8x4xi32>
// CHECK: tosa.greater
func.func @forward(%x: tensor<8x4xi1>, %i: tensor<2xi64>, %s: tensor<2x4xi1>) -> tensor<8x4xi1> {
  %0 = graph.index_copy %x[%i], %s dim 0 wrap : (tensor<8x4xi1>, tensor<2xi64>, tensor<2x4xi1>) -> tensor<8x4xi1>
  return %0 : tensor<8x4xi1>
}
