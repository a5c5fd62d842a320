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

// A product whose inner size is one is no reduction: it reads only inputs, and not its own result when
// it is repeated along another loop.
// CHECK-LABEL: func.func @inner_one
// CHECK-NOT: "reduction"
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel"]}
// CHECK-SAME: outs(%{{.*}} : tensor<3x4x5xf32>)
// CHECK-NEXT: ^bb0(%[[A:[a-z0-9_]+]]: f32, %[[B:[a-z0-9_]+]]: f32, %[[C:[a-z0-9_]+]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[AB:.*]] = arith.mulf %[[A]], %[[B]]
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[AB]], %{{.*}}
// CHECK-NEXT: arith.addf %[[SUM]], %[[C]]
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @inner_one(%a: tensor<1x4x1xf32>, %b: tensor<1x1x5xf32>, %c: tensor<3x4x5xf32>) -> tensor<3x4x5xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<1x4x5xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%e0 : tensor<1x4x5xf32>) -> tensor<1x4x5xf32>
  %product = linalg.batch_matmul ins(%a, %b : tensor<1x4x1xf32>, tensor<1x1x5xf32>) outs(%fill : tensor<1x4x5xf32>) -> tensor<1x4x5xf32>
  %e1 = tensor.empty() : tensor<3x4x5xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(n, i, j) -> (0, i, j)>, affine_map<(n, i, j) -> (n, i, j)>, affine_map<(n, i, j) -> (n, i, j)>],
    iterator_types = ["parallel", "parallel", "parallel"]} ins(%product, %c : tensor<1x4x5xf32>, tensor<3x4x5xf32>) outs(%e1 : tensor<3x4x5xf32>) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<3x4x5xf32>
  return %sum : tensor<3x4x5xf32>
}

// What it starts from is an input if it is no fill; a maximum over one is the same.
// CHECK-LABEL: func.func @inner_one_from
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x1xf32>, %[[START:[a-z0-9]+]]: tensor<?xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel"]} ins(%{{.*}}, %[[START]] : tensor<?xf32>, tensor<?xf32>) outs(%[[EMPTY:.*]] : tensor<?xf32>)
// CHECK-NEXT: ^bb0(%[[A:[a-z0-9_]+]]: f32, %[[FROM:[a-z0-9_]+]]: f32, %{{.*}}: f32):
// CHECK-NEXT: arith.maximumf %[[A]], %[[FROM]]
func.func @inner_one_from(%x: tensor<?x1xf32>, %start: tensor<?xf32>) -> tensor<?xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<?x1xf32>) outs(%start : tensor<?xf32>) {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.maximumf %a, %s : f32
    linalg.yield %1 : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Each fusion leaves one reader of the two before: as many rounds as the chain is long, one nest of all.
// CHECK-LABEL: func.func @chain
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
#id = affine_map<(i) -> (i)>
func.func @chain(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %a0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%x, %y : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%x, %y : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a1 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a0, %b0 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b1 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a0, %b0 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a1, %b1 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a1, %b1 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a2, %b2 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a2, %b2 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a4 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a3, %b3 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b4 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a3, %b3 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a5 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a4, %b4 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b5 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a4, %b4 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a6 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a5, %b5 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b6 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a5, %b5 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a7 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a6, %b6 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b7 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a6, %b6 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a8 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a7, %b7 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b8 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a7, %b7 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a9 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a8, %b8 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b9 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a8, %b8 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a10 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a9, %b9 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b10 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a9, %b9 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %a11 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a10, %b10 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b11 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a10, %b10 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.subf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a11, %b11 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.mulf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}
