// RUN: buddy-opt %s --split-input-file --verify-diagnostics

func.func @types(%x: tensor<4x8xf32>, %i: tensor<2xi64>, %s: tensor<2x8xi32>) -> tensor<4x8xf32> {
  // expected-error@+1 {{input and result must have one type, the source its element type}}
  %0 = graph.index_copy %x[%i], %s dim 0 : (tensor<4x8xf32>, tensor<2xi64>, tensor<2x8xi32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}
// -----

func.func @dim(%x: tensor<4x8xf32>, %i: tensor<2xi64>, %s: tensor<2x8xf32>) -> tensor<4x8xf32> {
  // expected-error@+1 {{dim}}
  %0 = graph.index_copy %x[%i], %s dim 2 : (tensor<4x8xf32>, tensor<2xi64>, tensor<2x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}
// -----

func.func @index(%x: tensor<4x8xf32>, %i: tensor<1x2xi64>, %s: tensor<2x8xf32>) -> tensor<4x8xf32> {
  // expected-error@+1 {{needs an index of one dimension}}
  %0 = graph.index_copy %x[%i], %s dim 0 : (tensor<4x8xf32>, tensor<1x2xi64>, tensor<2x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}
// -----

func.func @source(%x: tensor<4x8xf32>, %i: tensor<2xi64>, %s: tensor<3x8xf32>) -> tensor<4x8xf32> {
  // expected-error@+1 {{source shape must be 2x8}}
  %0 = graph.index_copy %x[%i], %s dim 0 : (tensor<4x8xf32>, tensor<2xi64>, tensor<3x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}
