// RUN: buddy-opt %s --buddy-split-sums --split-input-file | FileCheck %s

// As many rows as a run has of 1000 = 8 + 31 x 32: as if the number of rows were known.
// CHECK-LABEL: func.func @rows
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<?x8xf32>) outs({{.*}} : tensor<?xf32>)
// CHECK: arith.mulf
// CHECK: tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2]] output_shape [%{{.*}}, 31, 32] : tensor<?x992xf32> into tensor<?x31x32xf32>
// CHECK: %[[ZEROS:.*]] = linalg.fill {{.*}} outs(%{{.*}} : tensor<?x32xf32>)
// CHECK: %[[SUMS:.*]] = linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]} ins({{.*}} : tensor<?x31x32xf32>) outs(%[[ZEROS]] : tensor<?x32xf32>)
// CHECK: arith.mulf
// CHECK: tensor.expand_shape %[[SUMS]] {{.*}} into tensor<?x2x16xf32>
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<?x2x16xf32>) outs({{.*}} : tensor<?x16xf32>)
// CHECK-NOT: arith.mulf
// CHECK: linalg.generic {{.*}} ins({{.*}} : tensor<?x16xf32>) outs({{.*}} : tensor<?xf32>)
func.func @rows(%x: tensor<?x1000xf32>, %start: tensor<?xf32>) -> tensor<?xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<?x1000xf32>) outs(%start : tensor<?xf32>) {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    %2 = arith.addf %1, %s : f32
    linalg.yield %2 : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// As many terms as a run has: in f64, rounded once, and then added to what the sum starts from.
// CHECK-LABEL: func.func @terms
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x?xf32>, %[[START:[a-z0-9]+]]: tensor<5xf32>
// CHECK: %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<5xf64>
// CHECK: %[[WIDE:.*]] = linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]} ins(%[[X]] : tensor<5x?xf32>) outs(%[[ZERO]] : tensor<5xf64>)
// CHECK: ^bb0(%[[A:.*]]: f32, %[[S:.*]]: f64):
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[A]], %[[A]] : f32
// CHECK: %[[TERM:.*]] = arith.extf %[[SQUARE]] : f32 to f64
// CHECK: arith.addf %[[S]], %[[TERM]] : f64
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[WIDE]] : tensor<5xf64>) outs(%{{.*}} : tensor<5xf32>)
// CHECK: arith.truncf
// CHECK: linalg.generic {{.*}} ins(%[[SUM]] : tensor<5xf32>) outs(%[[START]] : tensor<5xf32>)
// CHECK: arith.addf {{.*}} : f32
func.func @terms(%x: tensor<5x?xf32>, %start: tensor<5xf32>) -> tensor<5xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<5x?xf32>) outs(%start : tensor<5xf32>) {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    %2 = arith.addf %1, %s : f32
    linalg.yield %2 : f32
  } -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

// Few terms in each of many rows are one running sum, from zero; maxima of many stay as they are.
// CHECK-LABEL: func.func @kept
// CHECK-COUNT-3: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @kept(%x: tensor<?x16xf32>, %y: tensor<5x?xf32>, %a: tensor<?xf32>, %b: tensor<5xf32>) -> (tensor<?xf32>, tensor<5xf32>) {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<?x16xf32>) outs(%a : tensor<?xf32>) {
  ^bb0(%e: f32, %s: f32):
    %2 = arith.addf %e, %s : f32
    linalg.yield %2 : f32
  } -> tensor<?xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%y : tensor<5x?xf32>) outs(%b : tensor<5xf32>) {
  ^bb0(%e: f32, %s: f32):
    %2 = arith.maximumf %e, %s : f32
    linalg.yield %2 : f32
  } -> tensor<5xf32>
  return %0, %1 : tensor<?xf32>, tensor<5xf32>
}
