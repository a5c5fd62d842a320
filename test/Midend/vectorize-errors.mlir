// RUN: buddy-opt %s --buddy-vectorize --verify-diagnostics

func.func @unknown_size(%x: tensor<?xf32>, %c: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error @+1 {{this tile cannot be vectorized}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
    ins(%x : tensor<?xf32>) outs(%c : tensor<?xf32>) attrs = {buddy.vectorize} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
