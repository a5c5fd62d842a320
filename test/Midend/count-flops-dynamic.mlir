// RUN: buddy-opt %s --buddy-count-flops --split-input-file | FileCheck %s

// 2 * s64 * 9 * 7
// CHECK: #[[FLOPS:.*]] = affine_map<()[s0] -> (s0 * 126)>
// CHECK: module attributes {buddy.flops = #[[FLOPS]]}
func.func @contraction(%x: tensor<?x7xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 7)>}, %w: tensor<9x7xf32>,
                       %c: tensor<?x9xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 9)>}, %s: index {buddy.symbol = "s64"}) -> tensor<?x9xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x7xf32>, tensor<9x7xf32>) outs(%c : tensor<?x9xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %t = arith.addf %out, %p : f32
    linalg.yield %t : f32
  } -> tensor<?x9xf32>
  return %0 : tensor<?x9xf32>
}

// -----

// 2 * (2 * 4 * s * (s + t)) * (8 + 12), and half of it with a causal mask.
// CHECK: #[[FLOPS:.*]] = affine_map<()[s0, s1] -> ((s0 * (s0 + s1)) * 480)>
// CHECK: module attributes {buddy.flops = #[[FLOPS]]}
func.func @attention(%q: tensor<2x4x?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (2, 4, s0, 8)>},
                     %k: tensor<2x2x?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (2, 2, s0 + s1, 8)>},
                     %v: tensor<2x2x?x12xf32> {buddy.sizes = affine_map<()[s0, s1] -> (2, 2, s0 + s1, 12)>},
                     %s: index {buddy.symbol = "s"}, %t: index {buddy.symbol = "t"}) -> (tensor<2x4x?x12xf32>, tensor<2x4x?x12xf32>) {
  %0 = attn.attention %q, %k, %v scale 1.0 empty_rows "zero" : (tensor<2x4x?x8xf32>, tensor<2x2x?x8xf32>, tensor<2x2x?x12xf32>) -> tensor<2x4x?x12xf32>
  %1 = attn.attention %q, %k, %v scale 1.0 causal empty_rows "zero" : (tensor<2x4x?x8xf32>, tensor<2x2x?x8xf32>, tensor<2x2x?x12xf32>) -> tensor<2x4x?x12xf32>
  return %0, %1 : tensor<2x4x?x12xf32>, tensor<2x4x?x12xf32>
}

// -----

// A program with symbols whose arithmetic does not depend on them has an expression all the same.
// CHECK: #[[NONE:.*]] = affine_map<()[s0] -> (0)>
// CHECK: module attributes {buddy.flops = #[[NONE]]}
func.func @nothing(%s: index {buddy.symbol = "s64"}) {
  return
}

// -----

// A subgraph counts once for each of its calls: 2 * (2 * b * 7 * 9).
// CHECK: #[[FLOPS:.*]] = affine_map<()[s0, s1] -> (s1 * 252)>
// CHECK: module attributes {buddy.flops = #[[FLOPS]]}
func.func @forward(%x: tensor<?x7xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s1, 7)>}, %w: tensor<9x7xf32>,
                   %c: tensor<?x9xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s1, 9)>},
                   %s: index {buddy.symbol = "s"}, %b: index {buddy.symbol = "b"}) -> tensor<?x9xf32> {
  %0 = call @subgraph0(%x, %w, %c, %s, %b) : (tensor<?x7xf32>, tensor<9x7xf32>, tensor<?x9xf32>, index, index) -> tensor<?x9xf32>
  %1 = call @subgraph0(%x, %w, %0, %s, %b) : (tensor<?x7xf32>, tensor<9x7xf32>, tensor<?x9xf32>, index, index) -> tensor<?x9xf32>
  return %1 : tensor<?x9xf32>
}
func.func private @subgraph0(%x: tensor<?x7xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s1, 7)>}, %w: tensor<9x7xf32>,
                             %c: tensor<?x9xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s1, 9)>},
                             %s: index {buddy.symbol = "s"}, %b: index {buddy.symbol = "b"}) -> (tensor<?x9xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s1, 9)>}) {
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x7xf32>, tensor<9x7xf32>) outs(%c : tensor<?x9xf32>) {
  ^bb0(%a: f32, %b2: f32, %out: f32):
    %p = arith.mulf %a, %b2 : f32
    %t = arith.addf %out, %p : f32
    linalg.yield %t : f32
  } -> tensor<?x9xf32>
  return %0 : tensor<?x9xf32>
}
