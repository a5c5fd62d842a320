// RUN: buddy-opt %s --buddy-select-schedule="lanes=16 registers=32 cores=4" | FileCheck %s --check-prefixes=CHECK,V4
// RUN: buddy-opt %s --buddy-select-schedule="lanes=8 registers=16 cores=4" | FileCheck %s --check-prefixes=CHECK,V3
// RUN: buddy-opt %s --buddy-select-schedule="lanes=4 registers=32 cores=1" | FileCheck %s --check-prefixes=CHECK,NEON

#x = affine_map<(p, m, l, k) -> (m, k)>
#panels = affine_map<(p, m, l, k) -> (p, k, l)>
#c = affine_map<(p, m, l, k) -> (m, p, l)>
#id = affine_map<(i, j) -> (i, j)>

// Panels in parallel, register tiles of rows x two registers; K in blocks.
// CHECK-LABEL: func.func @packed
// V4: buddy.schedule = {k_block = 256 : i64, kind = "tile", parallel = array<i64: 1, 0, 0, 0>, tile = array<i64: 1, 8, 32, 0>}
// V3: buddy.schedule = {k_block = 256 : i64, kind = "tile", parallel = array<i64: 1, 0, 0, 0>, tile = array<i64: 1, 6, 16, 0>}
// NEON: buddy.schedule = {k_block = 256 : i64, kind = "tile", parallel = array<i64: {{[01]}}, 0, 0, 0>, tile = array<i64: 1, 8, 8, 0>}
func.func @packed(%x: tensor<40x512xf32>, %w: tensor<16x512x32xf32>, %c: tensor<40x16x32xf32>) -> tensor<40x16x32xf32> {
  %0 = linalg.generic {indexing_maps = [#x, #panels, #c], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%x, %w : tensor<40x512xf32>, tensor<16x512x32xf32>) outs(%c : tensor<40x16x32xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<40x16x32xf32>
  return %0 : tensor<40x16x32xf32>
}

// A loop of the result alone, which repeats the product, is no part of the register tile.
// CHECK-LABEL: func.func @repeated
// V4: buddy.schedule = {k_block = 32 : i64, kind = "tile", parallel = array<i64: 0, 0, 0>, tile = array<i64: 1, 17, 0>}
// V3: buddy.schedule = {k_block = 32 : i64, kind = "tile", parallel = array<i64: 0, 0, 0>, tile = array<i64: 1, 16, 0>}
func.func @repeated(%x: tensor<4xf32>, %w: tensor<4x17xf32>, %c: tensor<65x17xf32>) -> tensor<65x17xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(r, n, k) -> (k)>, affine_map<(r, n, k) -> (k, n)>, affine_map<(r, n, k) -> (r, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4xf32>, tensor<4x17xf32>) outs(%c : tensor<65x17xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<65x17xf32>
  return %0 : tensor<65x17xf32>
}

// A product with one column, as a sum of products is: in blocks as short as of one row.
// CHECK-LABEL: func.func @sum_of_products
// CHECK: buddy.schedule = {k_block = 32 : i64
func.func @sum_of_products(%x: tensor<14x64x9xf32>, %v: tensor<14x64xf32>, %c: tensor<14x9xf32>) -> tensor<14x9xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(b, m, k) -> (b, k, m)>, affine_map<(b, m, k) -> (b, k)>, affine_map<(b, m, k) -> (b, m)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %v : tensor<14x64x9xf32>, tensor<14x64xf32>) outs(%c : tensor<14x9xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<14x9xf32>
  return %0 : tensor<14x9xf32>
}

// CHECK-LABEL: func.func @attention
// CHECK: attn.attention
// CHECK-SAME: buddy.schedule = {key_block = {{[0-9]+}} : i64, kind = "attention", query_block = {{[0-9]+}} : i64, tile = array<i64: {{[0-9]+}}, {{[0-9]+}}>}
func.func @attention(%q: tensor<2x4x60x8xf32>, %k: tensor<2x2x70x8xf32>) -> tensor<2x4x60x8xf32> {
  %0 = attn.attention %q, %k, %k scale 1.0 empty_rows "zero" : (tensor<2x4x60x8xf32>, tensor<2x2x70x8xf32>, tensor<2x2x70x8xf32>) -> tensor<2x4x60x8xf32>
  return %0 : tensor<2x4x60x8xf32>
}

// One register at a time; a schedule that is there already is kept; a row too short for a vector is left
// to LLVM.
// CHECK-LABEL: func.func @elementwise
// CHECK: linalg.generic
// V4-SAME: tile = array<i64: 1, 16>
// V3-SAME: tile = array<i64: 1, 8>
// NEON-SAME: tile = array<i64: 1, 4>
// CHECK: linalg.generic
// CHECK-SAME: buddy.schedule = {kind = "tile", parallel = array<i64: 5, 0>, tile = array<i64: 0, 20>}
// CHECK: linalg.generic
// CHECK-NOT: buddy.schedule
// CHECK: return
func.func @elementwise(%x: tensor<10x40xf32>, %y: tensor<10x3xf32>) -> (tensor<10x40xf32>, tensor<10x40xf32>, tensor<10x3xf32>) {
  %e = tensor.empty() : tensor<10x40xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<10x40xf32>) outs(%e : tensor<10x40xf32>) {
  ^bb0(%a: f32, %out: f32):
    %s = arith.mulf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<10x40xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<10x40xf32>) outs(%e : tensor<10x40xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 5, 0>, tile = array<i64: 0, 20>}} {
  ^bb0(%a: f32, %out: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<10x40xf32>
  %e1 = tensor.empty() : tensor<10x3xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<10x3xf32>) outs(%e1 : tensor<10x3xf32>) {
  ^bb0(%a: f32, %out: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<10x3xf32>
  return %0, %1, %2 : tensor<10x40xf32>, tensor<10x40xf32>, tensor<10x3xf32>
}

// CHECK-LABEL: func.func @causal
// CHECK: attn.attention
// CHECK-SAME: buddy.schedule = {diagonal_block = 8 : i64, key_block = 8 : i64
// CHECK: attn.attention
// CHECK-SAME: buddy.schedule = {diagonal_block = 32 : i64, key_block = 128 : i64
func.func @causal(%q: tensor<1x1x60x8xf32>, %r: tensor<1x1x512x8xf32>) -> (tensor<1x1x60x8xf32>, tensor<1x1x512x8xf32>) {
  %0 = attn.attention %q, %q, %q scale 1.0 causal empty_rows "zero" : (tensor<1x1x60x8xf32>, tensor<1x1x60x8xf32>, tensor<1x1x60x8xf32>) -> tensor<1x1x60x8xf32>
  %1 = attn.attention %r, %r, %r scale 1.0 causal empty_rows "zero" : (tensor<1x1x512x8xf32>, tensor<1x1x512x8xf32>, tensor<1x1x512x8xf32>) -> tensor<1x1x512x8xf32>
  return %0, %1 : tensor<1x1x60x8xf32>, tensor<1x1x512x8xf32>
}
