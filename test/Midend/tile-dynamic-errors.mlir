// RUN: buddy-opt %s --buddy-tile --split-input-file --verify-diagnostics

func.func @two_results(%x: tensor<?x16xf32>, %c: tensor<?x16xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>) {
  // expected-error @+1 {{an op of several results cannot be tiled in a dynamic loop}}
  %0:2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x16xf32>) outs(%c, %c : tensor<?x16xf32>, tensor<?x16xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 2, 16>}} {
  ^bb0(%a: f32, %s: f32, %t: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1, %a : f32, f32
  } -> (tensor<?x16xf32>, tensor<?x16xf32>)
  return %0#0, %0#1 : tensor<?x16xf32>, tensor<?x16xf32>
}

// -----

// The second loop may not be left whole, the first is tiled.
func.func @last(%x: tensor<?x?xf32>, %c: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // expected-error @+1 {{buddy.schedule: loop 1 is as long as each run chooses and cannot be one tile; 1 is the least}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<?x?xf32>) outs(%c : tensor<?x?xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 1, 0>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// A tile of 128 rows of 16 would not stay in registers, whatever the number of rows.
func.func @too_large(%x: tensor<?x16xf32>, %c: tensor<?x16xf32>) -> tensor<?x16xf32> {
  // expected-error @+1 {{buddy.schedule: a tile of 128 x 16 elements is too large}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<?x16xf32>) outs(%c : tensor<?x16xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 128, 16>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}
