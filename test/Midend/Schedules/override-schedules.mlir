// RUN: split-file %s %t
// RUN: buddy-opt %t/in.mlir --buddy-override-schedules=file=%t/some.json | FileCheck %s --check-prefix=SOME
// RUN: buddy-opt %t/in.mlir --buddy-override-schedules=file=%t/whole.json | FileCheck %s --check-prefix=WHOLE
// RUN: buddy-opt %t/in.mlir --buddy-override-schedules | FileCheck %s --check-prefix=NONE
// RUN: buddy-opt %t/in.mlir --buddy-stage-tensor-optimization="target=x86-64-v4 schedule=%t/some.json" | FileCheck %s --check-prefix=STAGE

// Only what the file names changes: of an op its fields, of a field its loops.
// SOME: linalg.generic {{.*}}buddy.schedule = {k_block = 64 : i64, kind = "tile", parallel = array<i64: 1, 0, 0, 0>, tile = array<i64: 1, 2, 8, 0>}
// SOME: attn.attention {{.*}}buddy.schedule = {key_block = 4 : i64, kind = "attention", query_block = 8 : i64, tile = array<i64: 4, 8>}
// WHOLE: linalg.generic {{.*}}buddy.schedule = {k_block = 256 : i64, kind = "tile", parallel = array<i64: 2, 5, 4, 0>, tile = array<i64: 1, 4, 8, 0>}
// WHOLE: attn.attention {{.*}}buddy.schedule = {key_block = 3 : i64, kind = "attention", query_block = 16 : i64, tile = array<i64: 6, 8>}
// NONE: k_block = 256
// NONE: query_block = 8
// The stage applies the file, records what came of it, and makes that loop nest: blocks of 64.
// STAGE: buddy.schedules = [{{.*}}op = "forward.contraction0", schedule = {k_block = 64 : i64,
// STAGE: scf.for {{.*}} step %c64

//--- some.json
{"version": 1, "note": "by hand", "schedules": [
  {"op": "forward.contraction0", "schedule": {"k_block": 64, "tile": {"row": 2}}}]}
//--- whole.json
{"version": 1, "schedules": [
  {"op": "forward.attention0", "kind": "attention", "location": "model.py:1",
   "loops": {"batch": 1, "head": 2, "query": 16, "key": 24, "depth": 8, "value_depth": 8},
   "schedule": {"query_block": 16, "key_block": 3, "tile": {"row": 6, "lane": 8}}},
  {"op": "forward.contraction0", "kind": "contraction",
   "loops": {"panel": 2, "row": 5, "lane": 8, "k": 600},
   "schedule": {"parallel": {"panel": 2, "row": 5, "lane": 4, "k": 0},
                "tile": {"panel": 1, "row": 4, "lane": 8, "k": 0}, "k_block": 256}}]}
//--- in.mlir
module attributes {buddy.parameters = []} {
func.func @forward(%arg0: tensor<1xf32>, %x: tensor<5x600xf32>, %w: tensor<2x600x8xf32>, %q: tensor<1x2x16x8xf32>, %k: tensor<1x2x24x8xf32>) -> (tensor<5x2x8xf32>, tensor<1x2x16x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<5x2x8xf32>
  %c = linalg.fill ins(%zero : f32) outs(%empty : tensor<5x2x8xf32>) -> tensor<5x2x8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(p, m, l, k) -> (m, k)>, affine_map<(p, m, l, k) -> (p, k, l)>, affine_map<(p, m, l, k) -> (m, p, l)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%x, %w : tensor<5x600xf32>, tensor<2x600x8xf32>) outs(%c : tensor<5x2x8xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 1, 0, 0, 0>, tile = array<i64: 1, 4, 8, 0>, k_block = 256}} {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %s, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<5x2x8xf32>
  %3 = attn.attention %q, %k, %k scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x24x8xf32>, tensor<1x2x24x8xf32>) -> tensor<1x2x16x8xf32>
  return %0, %3 : tensor<5x2x8xf32>, tensor<1x2x16x8xf32>
}
}
