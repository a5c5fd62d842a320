// RUN: buddy-opt %s --buddy-count-flops --split-input-file | FileCheck %s

// A multiply-add is two; other ops are none.
// 2 * 5 * 9 * 7 = 630
// CHECK: module attributes {buddy.flops = 630 : i64}
func.func @contraction(%x: tensor<5x7xf32>, %w: tensor<9x7xf32>, %c: tensor<5x9xf32>) -> tensor<5x9xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<5x7xf32>, tensor<9x7xf32>) outs(%c : tensor<5x9xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<5x9xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
    iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<5x9xf32>) outs(%c : tensor<5x9xf32>) {
  ^bb0(%a: f32, %out: f32):
    %s = arith.mulf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<5x9xf32>
  return %1 : tensor<5x9xf32>
}

// -----

// 2 * (2 * 4 * 6 * 6) * (8 + 12) = 11520, a causal mask leaves half.
// CHECK: module attributes {buddy.flops = 17280 : i64}
func.func @attention(%q: tensor<2x4x6x8xf32>, %k: tensor<2x2x6x8xf32>, %v: tensor<2x2x6x12xf32>) -> (tensor<2x4x6x12xf32>, tensor<2x4x6x12xf32>) {
  %0 = attn.attention %q, %k, %v scale 1.0 empty_rows "zero" : (tensor<2x4x6x8xf32>, tensor<2x2x6x8xf32>, tensor<2x2x6x12xf32>) -> tensor<2x4x6x12xf32>
  %1 = attn.attention %q, %k, %v scale 1.0 causal empty_rows "zero" : (tensor<2x4x6x8xf32>, tensor<2x2x6x8xf32>, tensor<2x2x6x12xf32>) -> tensor<2x4x6x12xf32>
  return %0, %1 : tensor<2x4x6x12xf32>, tensor<2x4x6x12xf32>
}

// -----

// CHECK: module attributes {buddy.flops = 0 : i64}
func.func @nothing() {
  return
}

// -----

// A subgraph counts once for each of its calls: 3 * 2 * 5 * 7 * 9.
// CHECK: module attributes {buddy.flops = 1890 : i64}
func.func @forward(%a: tensor<5x7xf32>, %b: tensor<9x7xf32>, %c: tensor<5x9xf32>) -> tensor<5x9xf32> {
  %0 = call @subgraph0(%a, %b, %c) : (tensor<5x7xf32>, tensor<9x7xf32>, tensor<5x9xf32>) -> tensor<5x9xf32>
  %1 = call @subgraph0(%a, %b, %0) : (tensor<5x7xf32>, tensor<9x7xf32>, tensor<5x9xf32>) -> tensor<5x9xf32>
  %2 = call @subgraph0(%a, %b, %1) : (tensor<5x7xf32>, tensor<9x7xf32>, tensor<5x9xf32>) -> tensor<5x9xf32>
  return %2 : tensor<5x9xf32>
}
func.func private @subgraph0(%a: tensor<5x7xf32>, %b: tensor<9x7xf32>, %c: tensor<5x9xf32>) -> tensor<5x9xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : tensor<5x7xf32>, tensor<9x7xf32>) outs(%c : tensor<5x9xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<5x9xf32>
  return %0 : tensor<5x9xf32>
}
