// RUN: buddy-opt %s --buddy-lower-leftovers --verify-diagnostics

// Only what is in memory can become loops.
func.func @tensors(%x: tensor<4xf32>, %zero: f32) -> tensor<4xf32> {
  // expected-error @+1 {{cannot be written as affine loops}}
  %0 = linalg.fill ins(%zero : f32) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
