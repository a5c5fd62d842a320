// RUN: buddy-opt %s --buddy-tile --split-input-file --verify-diagnostics

func.func @elementwise(%x: tensor<3x20xf32>, %c: tensor<3x20xf32>) -> tensor<3x20xf32> {
  // expected-error @+1 {{buddy.schedule must be a dictionary with kind = "tile" here}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<3x20xf32>) outs(%c : tensor<3x20xf32>) attrs = {buddy.schedule = "fast"} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<3x20xf32>
  return %0 : tensor<3x20xf32>
}

// -----

func.func @elementwise(%x: tensor<3x20xf32>, %c: tensor<3x20xf32>) -> tensor<3x20xf32> {
  // expected-error @+1 {{buddy.schedule must be a dictionary with kind = "tile" here}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<3x20xf32>) outs(%c : tensor<3x20xf32>) attrs = {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<3x20xf32>
  return %0 : tensor<3x20xf32>
}

// -----

func.func @elementwise(%x: tensor<3x20xf32>, %c: tensor<3x20xf32>) -> tensor<3x20xf32> {
  // expected-error @+1 {{buddy.schedule: parallel must be array<i64: ...> of 2 entries, one a loop}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<3x20xf32>) outs(%c : tensor<3x20xf32>) attrs = {buddy.schedule = {kind = "tile", tile = array<i64: 1, 16>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<3x20xf32>
  return %0 : tensor<3x20xf32>
}

// -----

func.func @elementwise(%x: tensor<3x20xf32>, %c: tensor<3x20xf32>) -> tensor<3x20xf32> {
  // expected-error @+1 {{buddy.schedule: tile must be array<i64: ...> of 2 entries, one a loop}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<3x20xf32>) outs(%c : tensor<3x20xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 16>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<3x20xf32>
  return %0 : tensor<3x20xf32>
}

// -----

func.func @elementwise(%x: tensor<3x20xf32>, %c: tensor<3x20xf32>) -> tensor<3x20xf32> {
  // expected-error @+1 {{buddy.schedule: parallel must be array<i64: ...> of 2 entries}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<3x20xf32>) outs(%c : tensor<3x20xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i32: 0, 0>, tile = array<i64: 1, 16>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<3x20xf32>
  return %0 : tensor<3x20xf32>
}

// -----

func.func @elementwise(%x: tensor<3x20xf32>, %c: tensor<3x20xf32>) -> tensor<3x20xf32> {
  // expected-error @+1 {{buddy.schedule: tile must have entries from 0 to}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<3x20xf32>) outs(%c : tensor<3x20xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 1, -16>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<3x20xf32>
  return %0 : tensor<3x20xf32>
}

// -----

func.func @elementwise(%x: tensor<3x20xf32>, %c: tensor<3x20xf32>) -> tensor<3x20xf32> {
  // expected-error @+1 {{buddy.schedule: k_block must be an i64 from 1 to}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<3x20xf32>) outs(%c : tensor<3x20xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 1, 16>, k_block = 0}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<3x20xf32>
  return %0 : tensor<3x20xf32>
}

// -----

func.func @unknown_size(%x: tensor<?x20xf32>, %c: tensor<?x20xf32>) -> tensor<?x20xf32> {
  // expected-error @+1 {{buddy.schedule: loop 0 is as long as each run chooses and cannot be one tile}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<?x20xf32>) outs(%c : tensor<?x20xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 0, 16>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<?x20xf32>
  return %0 : tensor<?x20xf32>
}

// -----

func.func @reduction_in_parallel(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{buddy.schedule: loop 2 is a reduction and cannot be parallel}}
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4x8xf32>, tensor<8x8xf32>) outs(%c : tensor<4x8xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0, 4>, tile = array<i64: 4, 8, 0>}} {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %s, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// -----

func.func @memory(%x: memref<3x20xf32>) {
  // expected-error @+1 {{buddy.schedule is for ops on tensors}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    outs(%x : memref<3x20xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 1, 16>}} {
  ^bb0(%s: f32):
    %1 = arith.mulf %s, %s : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

// Left whole, 4000 x 16 would be one vector: minutes of compilation.
func.func @long_loop(%x: tensor<4000x16xf32>, %c: tensor<4000x16xf32>) -> tensor<4000x16xf32> {
  // expected-error @+1 {{buddy.schedule: a tile of 4000 x 16 elements is too large: what a tile holds is kept in registers, at most 1024 elements}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<4000x16xf32>) outs(%c : tensor<4000x16xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 0, 16>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<4000x16xf32>
  return %0 : tensor<4000x16xf32>
}

// -----

func.func @long_row(%x: tensor<2048x64xf32>, %w: tensor<64x8xf32>, %c: tensor<2048x8xf32>) -> tensor<2048x8xf32> {
  // expected-error @+1 {{buddy.schedule: a tile of 2048 x 8 elements is too large}}
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<2048x64xf32>, tensor<64x8xf32>) outs(%c : tensor<2048x8xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0, 0>, tile = array<i64: 0, 0, 0>}} {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %s, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<2048x8xf32>
  return %0 : tensor<2048x8xf32>
}
