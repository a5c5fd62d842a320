// RUN: buddy-opt %s --buddy-select-schedule="lanes=16 registers=32 cores=4" | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>

// Rows that each run chooses, against packed weights: in blocks of 8 panel widths, for there may be many.
// CHECK-LABEL: func.func @packed
// CHECK: buddy.schedule = {k_block = 256 : i64, kind = "tile", parallel = array<i64: 1, 256, 0, 0>, tile = array<i64: 1, 8, 32, 0>}
func.func @packed(%x: tensor<?x512xf32>, %w: tensor<16x512x32xf32>, %c: tensor<?x16x32xf32>) -> tensor<?x16x32xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(p, m, l, k) -> (m, k)>, affine_map<(p, m, l, k) -> (p, k, l)>, affine_map<(p, m, l, k) -> (m, p, l)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x512xf32>, tensor<16x512x32xf32>) outs(%c : tensor<?x16x32xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<?x16x32xf32>
  return %0 : tensor<?x16x32xf32>
}

// How long the reduction is decides nothing but whether to share the work.
// CHECK-LABEL: func.func @long_sum
// CHECK: buddy.schedule = {k_block = 64 : i64, kind = "tile", parallel = array<i64: 0, 0, 0>, tile = array<i64: 8, 32, 0>}
func.func @long_sum(%x: tensor<8x?xf32>, %w: tensor<32x?xf32>, %c: tensor<8x32xf32>) -> tensor<8x32xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<8x?xf32>, tensor<32x?xf32>) outs(%c : tensor<8x32xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x32xf32>
  return %0 : tensor<8x32xf32>
}

// Taken for 128 rows, which are enough to share; each row is one share.
// CHECK-LABEL: func.func @elementwise
// CHECK: buddy.schedule = {kind = "tile", parallel = array<i64: 1, 0>, tile = array<i64: 1, 16>}
func.func @elementwise(%x: tensor<?x512xf32>, %c: tensor<?x512xf32>) -> tensor<?x512xf32> {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x512xf32>) outs(%c : tensor<?x512xf32>) {
  ^bb0(%a: f32, %out: f32):
    %s = arith.mulf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<?x512xf32>
  return %0 : tensor<?x512xf32>
}

// Vectors along the last loop need its length: plain loops.
// CHECK-LABEL: func.func @last_loop
// CHECK-NOT: buddy.schedule
// CHECK: return
func.func @last_loop(%x: tensor<512x?xf32>, %c: tensor<512x?xf32>) -> tensor<512x?xf32> {
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<512x?xf32>) outs(%c : tensor<512x?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %s = arith.mulf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<512x?xf32>
  return %0 : tensor<512x?xf32>
}

// Blocks of the usual sizes, although there are only 40 keys: the last ones are made of smaller blocks.
// CHECK-LABEL: func.func @attention
// CHECK: buddy.schedule = {key_block = 128 : i64, kind = "attention", query_block = 32 : i64, tile = array<i64: 8, 32>}
// CHECK: buddy.schedule = {diagonal_block = 32 : i64, key_block = 128 : i64, kind = "attention", query_block = 32 : i64, tile = array<i64: 8, 32>}
func.func @attention(%q: tensor<1x2x?x64xf32>, %k: tensor<1x2x40x64xf32>) -> (tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>) {
  %0 = attn.attention %q, %k, %k scale 1.0 empty_rows "zero" : (tensor<1x2x?x64xf32>, tensor<1x2x40x64xf32>, tensor<1x2x40x64xf32>) -> tensor<1x2x?x64xf32>
  %1 = attn.attention %q, %k, %k scale 1.0 causal empty_rows "zero" : (tensor<1x2x?x64xf32>, tensor<1x2x40x64xf32>, tensor<1x2x40x64xf32>) -> tensor<1x2x?x64xf32>
  return %0, %1 : tensor<1x2x?x64xf32>, tensor<1x2x?x64xf32>
}

// The batch matters to no block.
// CHECK-LABEL: func.func @batch
// CHECK: buddy.schedule = {key_block = 40 : i64, kind = "attention", query_block = 8 : i64, tile = array<i64: 8, 32>}
func.func @batch(%q: tensor<?x2x1x64xf32>, %k: tensor<?x2x40x64xf32>) -> tensor<?x2x1x64xf32> {
  %0 = attn.attention %q, %k, %k scale 1.0 empty_rows "zero" : (tensor<?x2x1x64xf32>, tensor<?x2x40x64xf32>, tensor<?x2x40x64xf32>) -> tensor<?x2x1x64xf32>
  return %0 : tensor<?x2x1x64xf32>
}
