// RUN: buddy-opt %s --buddy-tensor-contract --split-input-file --verify-diagnostics

func.func @attention(%q: tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32> {
  // expected-error @+1 {{after tensor-optimization: attention is still one op (pass to blame: buddy-tile-attention)}}
  %0 = attn.attention %q, %q, %q scale 1.0 empty_rows "zero" : (tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>, tensor<1x1x5x8xf32>) -> tensor<1x1x5x8xf32>
  return %0 : tensor<1x1x5x8xf32>
}

// -----

func.func @composite(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-error @+1 {{a composite is still called (pass to blame: buddy-composites-to-attn)}}
  %0 = call @rope_0(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
func.func private @rope_0(tensor<4x4xf32>) -> tensor<4x4xf32> attributes {buddy.composite = "rope"}

// -----

func.func @schedule(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{a schedule was not applied (pass to blame: buddy-tile)}}
  %0 = tensor.extract_slice %x[0] [4] [1] {buddy.schedule = {kind = "tile"}} : tensor<4xf32> to tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+1 {{a boolean tensor is left (pass to blame: buddy-bools-to-bytes)}}
func.func @booleans(%x: tensor<4xi1>) {
  return
}
