// RUN: buddy-opt %s --buddy-fold-into-contractions --canonicalize --cse | FileCheck %s

// x w^T + bias, as TOSA writes it: the transpose becomes a map, the batch of one goes, the bias is what
// the contraction starts from.

// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[WEIGHT:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[RESULT:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func.func @linear
// CHECK-SAME: %[[ARG0:.*]]: tensor<1x5x7xf32>, %[[W:.*]]: tensor<9x7xf32>, %[[BIAS:.*]]: tensor<9xf32>
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[ARG0]]
// CHECK: %[[START:.*]] = linalg.generic {{.*}} ins(%[[BIAS]] : tensor<9xf32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: linalg.yield
// CHECK: linalg.generic {indexing_maps = [#[[X]], #[[WEIGHT]], #[[RESULT]]]
// CHECK-SAME: ins(%[[ROWS]], %[[W]] : tensor<5x7xf32>, tensor<9x7xf32>) outs(%[[START]] : tensor<5x9xf32>)
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @linear(%x: tensor<1x5x7xf32>, %w: tensor<9x7xf32>, %bias: tensor<9xf32>) -> tensor<1x5x9xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<7x9xf32>
  %wt = linalg.transpose ins(%w : tensor<9x7xf32>) outs(%e0 : tensor<7x9xf32>) permutation = [1, 0]
  %w3 = tensor.expand_shape %wt [[0, 1], [2]] output_shape [1, 7, 9] : tensor<7x9xf32> into tensor<1x7x9xf32>
  %e1 = tensor.empty() : tensor<1x5x9xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%e1 : tensor<1x5x9xf32>) -> tensor<1x5x9xf32>
  %product = linalg.batch_matmul ins(%x, %w3 : tensor<1x5x7xf32>, tensor<1x7x9xf32>) outs(%fill : tensor<1x5x9xf32>) -> tensor<1x5x9xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> (n)>, affine_map<(b, m, n) -> (b, m, n)>],
    iterator_types = ["parallel", "parallel", "parallel"]} ins(%product, %bias : tensor<1x5x9xf32>, tensor<9xf32>) outs(%e1 : tensor<1x5x9xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<1x5x9xf32>
  return %sum : tensor<1x5x9xf32>
}

// What was computed is not computed again for every row of the product: tanh stays an op of its own.
// CHECK-LABEL: func.func @computed
// CHECK: linalg.generic
// CHECK: math.tanh
// CHECK: linalg.generic {{.*}}"reduction"]}
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: arith.addf
func.func @computed(%x: tensor<5x7xf32>, %w: tensor<7x9xf32>) -> tensor<5x9xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<5x7xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>],
    iterator_types = ["parallel", "parallel"]} ins(%x : tensor<5x7xf32>) outs(%e0 : tensor<5x7xf32>) {
  ^bb0(%a: f32, %out: f32):
    %s = math.tanh %a : f32
    linalg.yield %s : f32
  } -> tensor<5x7xf32>
  %e1 = tensor.empty() : tensor<5x9xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%e1 : tensor<5x9xf32>) -> tensor<5x9xf32>
  %product = linalg.matmul ins(%t, %w : tensor<5x7xf32>, tensor<7x9xf32>) outs(%fill : tensor<5x9xf32>) -> tensor<5x9xf32>
  return %product : tensor<5x9xf32>
}

// A product that something else reads keeps its own start.
// CHECK-LABEL: func.func @read_twice
// CHECK: %[[PRODUCT:.*]] = linalg.generic {{.*}}"reduction"]}
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[PRODUCT]], %{{.*}} : tensor<5x9xf32>, tensor<5x9xf32>)
// CHECK: arith.addf
// CHECK: return %[[PRODUCT]], %[[SUM]]
func.func @read_twice(%x: tensor<5x7xf32>, %w: tensor<7x9xf32>, %y: tensor<5x9xf32>) -> (tensor<5x9xf32>, tensor<5x9xf32>) {
  %zero = arith.constant 0.0 : f32
  %e1 = tensor.empty() : tensor<5x9xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%e1 : tensor<5x9xf32>) -> tensor<5x9xf32>
  %product = linalg.matmul ins(%x, %w : tensor<5x7xf32>, tensor<7x9xf32>) outs(%fill : tensor<5x9xf32>) -> tensor<5x9xf32>
  %t = math.exp %y : tensor<5x9xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
    iterator_types = ["parallel", "parallel"]} ins(%product, %t : tensor<5x9xf32>, tensor<5x9xf32>) outs(%e1 : tensor<5x9xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<5x9xf32>
  return %product, %sum : tensor<5x9xf32>, tensor<5x9xf32>
}

// A value made after the product cannot be its start.
// CHECK-LABEL: func.func @made_later
// CHECK: %[[PRODUCT:.*]] = linalg.generic {{.*}}"reduction"]}
// CHECK: linalg.generic {{.*}} ins(%[[PRODUCT]],
func.func @made_later(%x: tensor<5x7xf32>, %w: tensor<7x9xf32>, %row: tensor<9xf32>) -> tensor<5x9xf32> {
  %zero = arith.constant 0.0 : f32
  %e1 = tensor.empty() : tensor<5x9xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%e1 : tensor<5x9xf32>) -> tensor<5x9xf32>
  %product = linalg.matmul ins(%x, %w : tensor<5x7xf32>, tensor<7x9xf32>) outs(%fill : tensor<5x9xf32>) -> tensor<5x9xf32>
  %later = call @make(%row) : (tensor<9xf32>) -> tensor<9xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
    iterator_types = ["parallel", "parallel"]} ins(%product, %later : tensor<5x9xf32>, tensor<9xf32>) outs(%e1 : tensor<5x9xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<5x9xf32>
  return %sum : tensor<5x9xf32>
}
func.func private @make(tensor<9xf32>) -> tensor<9xf32>
