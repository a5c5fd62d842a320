// RUN: buddy-opt %s --buddy-record-schedules | FileCheck %s
// RUN: buddy-opt %s --buddy-record-schedules --buddy-tile-attention --buddy-tile | FileCheck %s --check-prefix=LOOPS
// RUN: buddy-opt %s --buddy-select-schedule="lanes=4 registers=16 cores=1" --buddy-record-schedules | FileCheck %s --check-prefix=NAMES

// The module lists what is scheduled, in program order; the second elementwise op, which nothing schedules
// here, is counted all the same. Names do not depend on the target.
// CHECK: module attributes {buddy.schedules = [
// CHECK-SAME: {extents = array<i64: 2, 5, 8, 600>, flops = 96000 : i64, function = "f", kind = "contraction", location = "model.py:83", loops = ["panel", "row", "lane", "k"], op = "f.contraction0", schedule = {k_block = 256 : i64, kind = "tile", parallel = array<i64: 1, 0, 0, 0>, tile = array<i64: 1, 4, 8, 0>}}
// CHECK-SAME: {extents = array<i64: 3, 20>, flops = 0 : i64, function = "f", kind = "elementwise", location = "record-schedules.mlir:{{[0-9]+}}", loops = ["loop0", "loop1"], op = "f.elementwise1", schedule =
// CHECK-SAME: {extents = array<i64: 1, 2, 16, 24, 8, 8>, flops = 12288 : i64, function = "g", kind = "attention", {{.*}}loops = ["batch", "head", "query", "key", "depth", "value_depth"], op = "g.attention0", schedule = {key_block = 4 : i64, kind = "attention", query_block = 8 : i64, tile = array<i64: 4, 8>}}]
// NAMES: op = "f.contraction0"
// NAMES-SAME: op = "f.elementwise0"
// NAMES-SAME: op = "f.elementwise1"
// NAMES-SAME: op = "g.attention0"

// The op has its name too.
// CHECK-LABEL: func.func @f
// CHECK: linalg.generic {{.*}}ins(%{{.*}} : tensor<5x600xf32>, tensor<2x600x8xf32>) {{.*}}buddy.schedule = {k_block = 256 : i64, kind = "tile", op = "f.contraction0"
// CHECK: linalg.generic
// CHECK-NOT: buddy.schedule
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}}op = "f.elementwise1"

// And then the loops, to the outermost of which it goes: both parts of 20 = 16 + 4, and attention's loop.
// LOOPS-LABEL: func.func @f
// LOOPS: scf.forall
// LOOPS: } {buddy.schedule = {k_block = 256 : i64, kind = "tile", op = "f.contraction0", parallel = array<i64: 1, 0, 0, 0>, tile = array<i64: 1, 4, 8, 0>}}
// LOOPS: } {buddy.schedule = {kind = "tile", op = "f.elementwise1"
// LOOPS: } {buddy.schedule = {kind = "tile", op = "f.elementwise1"
// LOOPS-LABEL: func.func @g
// LOOPS-NOT: op = "f.
// LOOPS: } {buddy.schedule = {key_block = 4 : i64, kind = "attention", op = "g.attention0"
// LOOPS-NOT: buddy.schedule
// LOOPS: return
#id = affine_map<(i, j) -> (i, j)>
func.func @f(%x: tensor<5x600xf32>, %w: tensor<2x600x8xf32>, %c: tensor<5x2x8xf32>, %e: tensor<3x20xf32>) -> (tensor<5x2x8xf32>, tensor<3x20xf32>, tensor<3x20xf32>) {
  %0 = linalg.generic {indexing_maps = [affine_map<(p, m, l, k) -> (m, k)>, affine_map<(p, m, l, k) -> (p, k, l)>, affine_map<(p, m, l, k) -> (m, p, l)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%x, %w : tensor<5x600xf32>, tensor<2x600x8xf32>) outs(%c : tensor<5x2x8xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 1, 0, 0, 0>, tile = array<i64: 1, 4, 8, 0>, k_block = 256}} {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %s, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<5x2x8xf32> loc("/home/someone/model.py":83:0)
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%e : tensor<3x20xf32>) outs(%e : tensor<3x20xf32>) {
  ^bb0(%a: f32, %s: f32):
    %4 = arith.addf %a, %a : f32
    linalg.yield %4 : f32
  } -> tensor<3x20xf32>
  %5 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%3 : tensor<3x20xf32>) outs(%e : tensor<3x20xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 1, 16>}} {
  ^bb0(%a: f32, %s: f32):
    %6 = arith.mulf %a, %a : f32
    linalg.yield %6 : f32
  } -> tensor<3x20xf32>
  return %0, %3, %5 : tensor<5x2x8xf32>, tensor<3x20xf32>, tensor<3x20xf32>
}
func.func @g(%q: tensor<1x2x16x8xf32>, %k: tensor<1x2x24x8xf32>) -> tensor<1x2x16x8xf32> {
  %0 = attn.attention %q, %k, %k scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x24x8xf32>, tensor<1x2x24x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}
