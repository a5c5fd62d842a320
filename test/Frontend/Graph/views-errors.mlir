// RUN: buddy-opt %s --split-input-file --verify-diagnostics

// Numbers at the end of 64 bits: the fuzzer's.
func.func @forward(%w: tensor<4x8xf32>, %i: tensor<2xi64>) -> tensor<2x8xf32> {
  // expected-error @+1 {{indexes 1 dimensions from 9223372036854775807 of a tensor of rank 2}}
  %0 = graph.gather %w[%i] dim 9223372036854775807 : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}

// -----

func.func @forward(%x: tensor<4x8xf32>) -> tensor<2x8xf32> {
  // expected-error @+1 {{result shape must be 1x8}}
  %0 = graph.slice %x dim 0 from 0 to 4 step 9223372036854775807 : tensor<4x8xf32> to tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}

// -----

func.func @forward(%x: tensor<9223372036854775807xf32>) -> tensor<1xf32> {
  // expected-error @+1 {{has more elements than can be counted}}
  %0 = graph.cat %x, %x dim 0 : (tensor<9223372036854775807xf32>, tensor<9223372036854775807xf32>) -> tensor<1xf32>
  return %0 : tensor<1xf32>
}
