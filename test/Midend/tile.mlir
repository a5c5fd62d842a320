// RUN: buddy-opt %s --buddy-tile --canonicalize --cse --split-input-file | FileCheck %s

// Panels in parallel; 5 rows as 3 and 2; a reduction of 600 in blocks of 256, 256 and 88 that each start
// from zero and are added to the start once.

// CHECK-LABEL: func.func @contraction
// CHECK-NOT: buddy.schedule
// CHECK: scf.forall (%{{.*}}) in (2)
// CHECK: scf.for {{.*}} to %c512{{.*}} step %c256
// CHECK: linalg.fill
// CHECK: scf.for {{.*}} to %c256{{.*}} step %c1
// CHECK: linalg.generic {{.*}}buddy.vectorize
// CHECK: arith.mulf
// CHECK: linalg.generic {{.*}}buddy.vectorize
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.addf
// CHECK: scf.for {{.*}} to %c88{{.*}} step %c1
// CHECK: tensor.parallel_insert_slice
func.func @contraction(%x: tensor<5x600xf32>, %w: tensor<2x600x8xf32>, %c: tensor<5x2x8xf32>) -> tensor<5x2x8xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(p, m, l, k) -> (m, k)>, affine_map<(p, m, l, k) -> (p, k, l)>, affine_map<(p, m, l, k) -> (m, p, l)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%x, %w : tensor<5x600xf32>, tensor<2x600x8xf32>) outs(%c : tensor<5x2x8xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 1, 0, 0, 0>, tile = array<i64: 1, 4, 8, 0>, k_block = 256}} {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %s, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<5x2x8xf32>
  return %0 : tensor<5x2x8xf32>
}

// -----

// Full tiles, then a rest: 20 = 16 + 4.
// CHECK-LABEL: func.func @elementwise
// CHECK: scf.for
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<1x16xf32>) attrs = {buddy.vectorize}
// CHECK: scf.for
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<1x4xf32>) attrs = {buddy.vectorize}
func.func @elementwise(%x: tensor<3x20xf32>, %c: tensor<3x20xf32>) -> tensor<3x20xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<3x20xf32>) outs(%c : tensor<3x20xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0>, tile = array<i64: 1, 16>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<3x20xf32>
  return %0 : tensor<3x20xf32>
}

// -----

// Shares that do not fill the loop: 3 rows in shares of 2, then a last one of 1.
// CHECK-LABEL: func.func @shares
// CHECK: tensor.extract_slice {{.*}} to tensor<2x20xf32>
// CHECK: tensor.insert_slice
// CHECK: tensor.extract_slice {{.*}} to tensor<1x20xf32>
// CHECK: linalg.generic {{.*}}buddy.vectorize
// CHECK: tensor.insert_slice
func.func @shares(%x: tensor<3x20xf32>, %c: tensor<3x20xf32>) -> tensor<3x20xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<3x20xf32>) outs(%c : tensor<3x20xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 2, 0>, tile = array<i64: 1, 20>}} {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<3x20xf32>
  return %0 : tensor<3x20xf32>
}
