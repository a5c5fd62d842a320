// RUN: buddy-opt %s --buddy-pack-parameters --split-input-file --verify-diagnostics

// expected-error @+1 {{there is no function @forward}}
module attributes {buddy.parameters = []} {
  func.func @backward(%arg0: tensor<1xf32>) {
    return
  }
}

// -----

// expected-error @+1 {{there is no function @forward}}
module attributes {buddy.parameters = []} {
  func.func private @forward(tensor<1xf32>)
}

// -----

// expected-error @+1 {{module attribute buddy.parameters is missing}}
module {
  func.func @forward(%arg0: tensor<1xf32>) {
    return
  }
}

// -----

// expected-error @+1 {{buddy.parameters: each entry needs a name and a static tensor type}}
module attributes {buddy.parameters = [{name = "w", type = tensor<?xf32>}]} {
  func.func @forward(%arg0: tensor<1xf32>) {
    return
  }
}

// -----

// expected-error @+1 {{buddy.parameters: each entry needs a name and a static tensor type}}
module attributes {buddy.parameters = ["w"]} {
  func.func @forward(%arg0: tensor<1xf32>) {
    return
  }
}

// -----

module attributes {buddy.parameters = []} {
  // expected-error @+1 {{the first argument of forward must be arg0.data, tensor<N x f32>}}
  func.func @forward(%x: tensor<2x2xf32>) {
    return
  }
}

// -----

module attributes {buddy.parameters = []} {
  // expected-error @+1 {{the first argument of forward must be arg0.data, tensor<N x f32>}}
  func.func @forward() {
    return
  }
}

// -----

module attributes {buddy.parameters = [{name = "w", kind = "parameter", type = tensor<8xf32>}]} {
  // expected-error @+1 {{forward uses arg0.data in a way that has no recipe for params.bin: only whole parameters can be read}}
  func.func @forward(%arg0: tensor<8xf32>) -> tensor<4xf32> {
    %0 = tensor.extract_slice %arg0[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}

// -----

module attributes {buddy.parameters = []} {
  func.func @forward(%arg0: tensor<1xf32>) {
    // expected-error @+1 {{forward calls itself}}
    call @forward(%arg0) : (tensor<1xf32>) -> ()
    return
  }
}

// -----

// The loops that the schedule is for are gone with the weight's layout.
module attributes {buddy.parameters = [{name = "w", kind = "parameter", type = tensor<64x8xf32>}]} {
  func.func @forward(%arg0: tensor<512xf32>, %x: tensor<5x8xf32>) -> tensor<5x64xf32> {
    %0 = tensor.expand_shape %arg0 [[0, 1]] output_shape [64, 8] : tensor<512xf32> into tensor<64x8xf32>
    %1 = call @subgraph0(%x, %0) : (tensor<5x8xf32>, tensor<64x8xf32>) -> tensor<5x64xf32>
    return %1 : tensor<5x64xf32>
  }
  func.func private @subgraph0(%x: tensor<5x8xf32>, %w: tensor<64x8xf32>) -> tensor<5x64xf32> {
    %zero = arith.constant 0.0 : f32
    %empty = tensor.empty() : tensor<5x64xf32>
    %c = linalg.fill ins(%zero : f32) outs(%empty : tensor<5x64xf32>) -> tensor<5x64xf32>
    // expected-warning @+1 {{buddy.schedule is for loops that packing the weight replaces by (panel, row, lane, k): it is not kept; give a file with buddy compile --schedule}}
    %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<5x8xf32>, tensor<64x8xf32>) outs(%c : tensor<5x64xf32>)
      attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0, 0>, tile = array<i64: 4, 32, 0>, k_block = 8}} {
    ^bb0(%a: f32, %b: f32, %s: f32):
      %1 = arith.mulf %a, %b : f32
      %2 = arith.addf %s, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<5x64xf32>
    return %0 : tensor<5x64xf32>
  }
}
