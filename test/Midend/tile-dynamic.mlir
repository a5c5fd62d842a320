// RUN: buddy-opt %s --buddy-tile --canonicalize --cse --split-input-file | FileCheck %s

// As many whole tiles of 4 rows as there are, then one of 2 and one of 1. Each is what it would be if its
// size had been known: the reduction of 600 in blocks of 256, 256 and 88.

// CHECK-DAG: #[[FOURS:.*]] = affine_map<()[s0] -> ((s0 floordiv 4) * 4)>
// CHECK-DAG: #[[TWOS:.*]] = affine_map<()[s0] -> ((s0 floordiv 2) * 2)>
// CHECK-LABEL: func.func @contraction
// CHECK-SAME: %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK-NOT: buddy.schedule
// CHECK: scf.forall (%{{.*}}) in (2)
// CHECK: %[[TO4:.*]] = affine.apply #[[FOURS]]()[%
// CHECK: scf.for {{.*}} = %c0 to %[[TO4]] step %c4
// CHECK: %[[ZERO:.*]] = linalg.fill {buddy.vectorize} {{.*}} outs(%{{.*}} : tensor<4x1x8xf32>)
// CHECK: scf.for {{.*}} to %c512{{.*}} step %c256 iter_args(%{{.*}} = %[[ZERO]])
// CHECK: scf.for {{.*}} to %c256{{.*}} step %c1 iter_args(%{{.*}} = %[[ZERO]])
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<4x1x8xf32>) attrs = {buddy.vectorize}
// CHECK: scf.for {{.*}} to %c88{{.*}} step %c1
// CHECK: tensor.insert_slice %{{.*}} : tensor<4x1x8xf32> into tensor<?x1x8xf32>
// CHECK: %[[TO2:.*]] = affine.apply #[[TWOS]]()[%
// CHECK: scf.for {{.*}} = %[[TO4]] to %[[TO2]] step %c2
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x1x8xf32>) attrs = {buddy.vectorize}
// CHECK: scf.for {{.*}} = %[[TO2]] to %{{.*}} step %c1
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x1x8xf32>) attrs = {buddy.vectorize}
// CHECK: tensor.parallel_insert_slice
func.func @contraction(%x: tensor<?x600xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 600)>}, %w: tensor<2x600x8xf32>,
                       %c: tensor<?x2x8xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 2, 8)>}, %s: index {buddy.symbol = "s64"})
    -> tensor<?x2x8xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(p, m, l, k) -> (m, k)>, affine_map<(p, m, l, k) -> (p, k, l)>, affine_map<(p, m, l, k) -> (m, p, l)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x600xf32>, tensor<2x600x8xf32>) outs(%c : tensor<?x2x8xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 1, 0, 0, 0>, tile = array<i64: 1, 4, 8, 0>, k_block = 256}} {
  ^bb0(%a: f32, %b: f32, %t: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %t, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<?x2x8xf32>
  return %0 : tensor<?x2x8xf32>
}

// -----

// A reduction as long as each run chooses: whole blocks of 256, then what is left, each from zero and
// joining the sum of the blocks once, which joins the result; single steps in both.
// CHECK-DAG: #[[BLOCKS:.*]] = affine_map<()[s0] -> ((s0 floordiv 256) * 256)>
// CHECK-DAG: #[[REST:.*]] = affine_map<()[s0] -> (s0 mod 256)>
// CHECK-LABEL: func.func @reduction
// CHECK-SAME: %[[C:[a-z0-9]+]]: tensor<4x8xf32>, %[[S:[a-z0-9]+]]: index
// CHECK: %[[ZERO:.*]] = linalg.fill
// CHECK: %[[WHOLE:.*]] = affine.apply #[[BLOCKS]]()[%
// CHECK: %[[SUM:.*]] = scf.for {{.*}} = %c0 to %[[WHOLE]] step %c256 iter_args(%[[PART:.*]] = %[[ZERO]])
// CHECK: %[[BLOCK:.*]] = scf.for {{.*}} = %c0 to %c256 step %c1 iter_args(%{{.*}} = %[[ZERO]])
// CHECK: linalg.generic {{.*}} ins(%[[BLOCK]] : tensor<4x8xf32>) outs(%[[PART]] : tensor<4x8xf32>)
// CHECK: %[[LEFT:.*]] = affine.apply #[[REST]]()[%
// CHECK: %[[LAST:.*]] = scf.for {{.*}} = %c0 to %[[LEFT]] step %c1 iter_args(%{{.*}} = %[[ZERO]])
// CHECK: %[[ALL:.*]] = linalg.generic {{.*}} ins(%[[LAST]] : tensor<4x8xf32>) outs(%[[SUM]] : tensor<4x8xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[ALL]] : tensor<4x8xf32>) outs(%[[C]] : tensor<4x8xf32>)
func.func @reduction(%x: tensor<4x?xf32> {buddy.sizes = affine_map<()[s0] -> (4, s0)>}, %w: tensor<8x?xf32> {buddy.sizes = affine_map<()[s0] -> (8, s0)>},
                     %c: tensor<4x8xf32>, %s: index {buddy.symbol = "s64"}) -> tensor<4x8xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4x?xf32>, tensor<8x?xf32>) outs(%c : tensor<4x8xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0, 0>, tile = array<i64: 4, 8, 0>, k_block = 256}} {
  ^bb0(%a: f32, %b: f32, %t: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %t, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// -----

// One row a thread takes; within it all sizes are known.
// CHECK-LABEL: func.func @rows
// CHECK: scf.forall (%{{.*}}) in (%{{.*}}) shared_outs
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x16xf32>) attrs = {buddy.vectorize}
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x4xf32>) attrs = {buddy.vectorize}
// CHECK: tensor.parallel_insert_slice %{{.*}} : tensor<1x20xf32> into tensor<?x20xf32>
func.func @rows(%x: tensor<?x20xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 20)>}, %c: tensor<?x20xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 20)>},
                %s: index {buddy.symbol = "s64"}) -> tensor<?x20xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : tensor<?x20xf32>) outs(%c : tensor<?x20xf32>) attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 1, 0>, tile = array<i64: 1, 16>}} {
  ^bb0(%a: f32, %t: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<?x20xf32>
  return %0 : tensor<?x20xf32>
}

// -----

// What the contraction starts from is computed with its tiles, in each of the loops; nothing of its whole
// size is filled before.
// CHECK-LABEL: func.func @start
// CHECK-SAME: %[[BIAS:[a-z0-9]+]]: tensor<8xf32>, %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[S]]) : tensor<?x8xf32>
// CHECK-NOT: linalg.generic
// CHECK: scf.for {{.*}} step %c2 iter_args(%[[OUT:.*]] = %[[EMPTY]])
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %[[OUT]][%{{.*}}, 0] [2, 8]
// CHECK: %[[FIRST:.*]] = linalg.generic {{.*}} ins(%[[BIAS]] : tensor<8xf32>) outs(%[[ROWS]] : tensor<2x8xf32>) attrs = {buddy.vectorize}
// CHECK: linalg.generic {{.*}} outs(%[[FIRST]] : tensor<2x8xf32>) attrs = {buddy.vectorize}
// CHECK: scf.for {{.*}} to %[[S]] step %c1
// CHECK: linalg.generic {{.*}} ins(%[[BIAS]] : tensor<8xf32>) outs(%{{.*}} : tensor<1x8xf32>) attrs = {buddy.vectorize}
func.func @start(%x: tensor<?x64xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 64)>}, %w: tensor<64x8xf32>, %bias: tensor<8xf32>,
                 %s: index {buddy.symbol = "s64"}) -> tensor<?x8xf32> {
  %empty = tensor.empty(%s) : tensor<?x8xf32>
  %start = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%bias : tensor<8xf32>) outs(%empty : tensor<?x8xf32>) {
  ^bb0(%a: f32, %t: f32):
    linalg.yield %a : f32
  } -> tensor<?x8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x64xf32>, tensor<64x8xf32>) outs(%start : tensor<?x8xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0, 0>, tile = array<i64: 2, 8, 0>, k_block = 64}} {
  ^bb0(%a: f32, %b: f32, %t: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %t, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
