// RUN: buddy-opt %s --buddy-split-sums --split-input-file | FileCheck %s

// 1000 = 8 + 31 x 32: the first 8 terms, 32 sums of 31 terms, 16 sums of two of them, and one of 16,
// which goes on from the sum of the first 8: no single term meets the total. All of it starts from zero and
// meets what it is added to once, at the end.
// CHECK-LABEL: func.func @long
// CHECK-SAME: %[[START:[a-z0-9]+]]: tensor<5xf32>)
// CHECK: %[[FIRST:.*]] = linalg.generic {{.*}} ins({{.*}} : tensor<5x8xf32>) outs({{.*}} : tensor<5xf32>)
// CHECK: tensor.insert_slice %[[FIRST]]
// CHECK: tensor.expand_shape {{.*}} into tensor<5x31x32xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]} ins({{.*}} : tensor<5x31x32xf32>) outs({{.*}} : tensor<5x32xf32>)
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<5x2x16xf32>) outs({{.*}} : tensor<5x16xf32>)
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<5x16xf32>) outs({{.*}} : tensor<5xf32>)
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<5xf32>) outs(%[[START]] : tensor<5xf32>)
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @long(%x: tensor<5x1000xf32>, %start: tensor<5xf32>) -> tensor<5xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<5x1000xf32>) outs(%start : tensor<5xf32>) {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    %2 = arith.addf %1, %s : f32
    linalg.yield %2 : f32
  } -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

// 511 = 31 + 15 x 32, and 31 = 15 + 1 x 16: what is left over is a long sum itself.
// CHECK-LABEL: func.func @left_over
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<15xf32>) outs({{.*}} : tensor<f32>)
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<1x16xf32>) outs({{.*}} : tensor<16xf32>)
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<16xf32>) outs({{.*}} : tensor<f32>)
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<15x32xf32>) outs({{.*}} : tensor<32xf32>)
func.func @left_over(%x: tensor<511xf32>, %start: tensor<f32>) -> tensor<f32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
    ins(%x : tensor<511xf32>) outs(%start : tensor<f32>) {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.addf %a, %s : f32
    linalg.yield %1 : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// Short sums are one running sum, from zero; maxima and contractions stay as they are.
// CHECK-LABEL: func.func @kept
// CHECK-SAME: %[[START:[a-z0-9]+]]: tensor<5xf32>,
// CHECK: %[[ZERO:.*]] = linalg.fill
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins({{.*}} : tensor<5x16xf32>) outs(%[[ZERO]] : tensor<5xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[SUM]] : tensor<5xf32>) outs(%[[START]] : tensor<5xf32>)
// CHECK-COUNT-2: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @kept(%x: tensor<5x16xf32>, %y: tensor<5x1000xf32>, %w: tensor<7x1000xf32>, %start: tensor<5xf32>, %c: tensor<5x7xf32>) -> (tensor<5xf32>, tensor<5xf32>, tensor<5x7xf32>) {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<5x16xf32>) outs(%start : tensor<5xf32>) {
  ^bb0(%a: f32, %s: f32):
    %3 = arith.addf %a, %s : f32
    linalg.yield %3 : f32
  } -> tensor<5xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%y : tensor<5x1000xf32>) outs(%start : tensor<5xf32>) {
  ^bb0(%a: f32, %s: f32):
    %3 = arith.maximumf %a, %s : f32
    linalg.yield %3 : f32
  } -> tensor<5xf32>
  %2 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%y, %w : tensor<5x1000xf32>, tensor<7x1000xf32>) outs(%c : tensor<5x7xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %3 = arith.mulf %a, %b : f32
    %4 = arith.addf %s, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<5x7xf32>
  return %0, %1, %2 : tensor<5xf32>, tensor<5xf32>, tensor<5x7xf32>
}

// -----

// Rows of a table by their number: the number of the term is that of its block times the lanes and that of
// its lane, and the loop behind it is one further in.
// CHECK-LABEL: func.func @gathered
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "parallel"]} ins({{.*}} : tensor<2x16xi32>) outs({{.*}} : tensor<7x16xf32>)
// CHECK-DAG: %[[LANES:.*]] = arith.constant 16 : index
// CHECK-DAG: %[[BLOCK:.*]] = linalg.index 0 : index
// CHECK-DAG: %[[LANE:.*]] = linalg.index 1 : index
// CHECK-DAG: %[[FIRST:.*]] = arith.muli %[[BLOCK]], %[[LANES]]
// CHECK-DAG: %[[TERM:.*]] = arith.addi %[[FIRST]], %[[LANE]]
// CHECK-DAG: %[[COLUMN:.*]] = linalg.index 2 : index
// CHECK: tensor.extract %{{.*}}[%[[TERM]], %[[COLUMN]]] : tensor<33x7xf32>
func.func @gathered(%x: tensor<32xi32>, %table: tensor<33x7xf32>, %start: tensor<7xf32>) -> tensor<7xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>], iterator_types = ["reduction", "parallel"]}
    ins(%x : tensor<32xi32>) outs(%start : tensor<7xf32>) {
  ^bb0(%a: i32, %s: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %1 = tensor.extract %table[%i, %j] : tensor<33x7xf32>
    %2 = arith.addf %1, %s : f32
    linalg.yield %2 : f32
  } -> tensor<7xf32>
  return %0 : tensor<7xf32>
}

// -----

// A window: its place is counted in terms.
// CHECK: #[[PLACE:.*]] = affine_map<(d0, d1, d2) -> (d0 * 2 + d1 * 16 + d2)>
// CHECK-LABEL: func.func @windows
// CHECK: linalg.generic {indexing_maps = [#[[PLACE]],
// CHECK-SAME: ins({{.*}} : tensor<40xf32>, tensor<2x16xf32>) outs({{.*}} : tensor<5x16xf32>)
func.func @windows(%x: tensor<40xf32>, %window: tensor<32xf32>, %start: tensor<5xf32>) -> tensor<5xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, k) -> (2 * i + k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x, %window : tensor<40xf32>, tensor<32xf32>) outs(%start : tensor<5xf32>) {
  ^bb0(%a: f32, %w: f32, %s: f32):
    %1 = arith.addf %a, %s : f32
    linalg.yield %1 : f32
  } -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
