// RUN: buddy-opt %s --buddy-midend-contract --split-input-file --verify-diagnostics

func.func @linalg(%x: memref<4xf32>, %v: f32) {
  // expected-error @+1 {{after vector-optimization: dialect 'linalg' does not belong here (stages to blame: parallelization, affine-loops)}}
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%x : memref<4xf32>) {
  ^bb0(%a: f32):
    // expected-error @+1 {{dialect 'linalg' does not belong here}}
    linalg.yield %v : f32
  }
  return
}

// -----

func.func @contraction(%x: vector<4xf32>, %y: vector<4xf32>, %c: f32) -> f32 {
  // expected-error @+1 {{a contraction is left (pass to blame: buddy-lower-contractions)}}
  %0 = vector.contract {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>], iterator_types = ["reduction"], kind = #vector.kind<add>} %x, %y, %c : vector<4xf32>, vector<4xf32> into f32
  return %0 : f32
}

// -----

// Of f32; and what LLVM makes nothing of, of f64 too.
func.func @libm(%x: vector<4xf32>, %z: f64) -> vector<4xf32> {
  // expected-error @+1 {{'math.erf' would be a call of libm (pass to blame: buddy-approximate-math)}}
  %z0 = math.erf %z : f64
  // expected-error @+1 {{'math.exp' would be a call of libm (pass to blame: buddy-approximate-math)}}
  %0 = math.exp %x : vector<4xf32>
  // expected-error @+1 {{'math.sin' would be a call of libm (pass to blame: buddy-approximate-math)}}
  %1 = math.sin %0 : vector<4xf32>
  // expected-error @+1 {{'math.powf' would be a call of libm}}
  %2 = math.powf %1, %0 : vector<4xf32>
  return %2 : vector<4xf32>
}

// -----

func.func @allocation() {
  // expected-error @+1 {{memory is allocated when running (pass to blame: buddy-place-in-workspace)}}
  %0 = memref.alloc() : memref<4xf32>
  return
}

// -----

// expected-error @+1 {{booleans in memory (pass to blame: buddy-bools-to-bytes)}}
func.func @booleans(%x: memref<4xi1>) {
  return
}
