// RUN: buddy-opt %s --buddy-tile-attention --canonicalize --split-input-file | FileCheck %s

// Two full blocks of 8 queries and one of 3, for every batch and head; keys in steps of 4, 4, 4 and a rest
// of 2. The two query heads of a pair read one key head,
// one after the other.

// CHECK-DAG: #[[HEAD:.*]] = affine_map<(d0, d1) -> (d0 * 2 + d1)>
// CHECK-LABEL: func.func @plain
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<3x4x19x8xf32>, %[[K:[a-z0-9]+]]: tensor<3x2x14x8xf32>, %[[V:[a-z0-9]+]]: tensor<3x2x14x12xf32>
// CHECK-NOT: attn.attention
// CHECK: %[[FULL:.*]] = scf.forall (%[[B:.*]], %[[HKV:.*]], %{{.*}}, %[[G:.*]]) in (3, 2, 2, 2)
// CHECK: %[[H:.*]] = affine.apply #[[HEAD]](%[[HKV]], %[[G]])
// CHECK: tensor.extract_slice %[[Q]][%[[B]], %[[H]],
// CHECK: scf.for {{.*}} to %c12{{.*}} step %c4
// CHECK: tensor.extract_slice %[[K]][%[[B]], %[[HKV]], %{{.*}}, 0] [1, 1, 4, 8]
// CHECK: tensor.extract_slice %[[V]][%[[B]], %[[HKV]], %{{.*}}, 0] [1, 1, 4, 12]
// CHECK: arith.maxnumf
// CHECK: math.exp
// CHECK: scf.for {{.*}} to %c4{{.*}} step %c1
// CHECK: math.exp
// CHECK: tensor.extract_slice %[[K]][%[[B]], %[[HKV]], 12, 0] [1, 1, 2, 8]
// CHECK: arith.divf
// CHECK: tensor.parallel_insert_slice
// CHECK: scf.forall {{.*}} shared_outs(%{{.*}} = %[[FULL]])
// CHECK: tensor.extract_slice %[[Q]][%{{.*}}, %{{.*}}, 16, 0] [1, 1, 3, 8]
// CHECK: tensor.parallel_insert_slice %{{.*}}16, 0] [1, 1, 3, 12]
func.func @plain(%q: tensor<3x4x19x8xf32>, %k: tensor<3x2x14x8xf32>, %v: tensor<3x2x14x12xf32>) -> tensor<3x4x19x12xf32> {
  %0 = attn.attention %q, %k, %v scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 2, 8>}}
    : (tensor<3x4x19x8xf32>, tensor<3x2x14x8xf32>, tensor<3x2x14x12xf32>) -> tensor<3x4x19x12xf32>
  return %0 : tensor<3x4x19x12xf32>
}

// -----

// Causal: blocks below the diagonal need no comparison, those above it are not visited.
// CHECK-LABEL: func.func @causal
// CHECK: scf.forall
// CHECK: %[[BELOW:.*]] = affine.min
// CHECK: %[[END:.*]] = affine.min
// CHECK: scf.for {{.*}} = %c0{{.*}} to %[[BELOW]]
// CHECK-NOT: arith.cmpi
// CHECK: scf.for {{.*}} = %[[BELOW]] to %[[END]]
// CHECK: arith.cmpi ule
func.func @causal(%q: tensor<1x2x16x8xf32>, %k: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  %0 = attn.attention %q, %k, %k scale 0.5 causal empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0 : tensor<1x2x16x8xf32>
}

// -----

// Masks are read where they are, in the shape they have; a row without a key gives zeros.
// CHECK-LABEL: func.func @masked
// CHECK-SAME: %[[KEEP:[a-z0-9]+]]: tensor<2x1x1x8xi8>, %[[BIAS:[a-z0-9]+]]: tensor<16x1xf32>
// CHECK: scf.forall (%[[B:.*]], %{{.*}}, %{{.*}}) in (2, 2, 2)
// CHECK-DAG: tensor.extract_slice %[[KEEP]][%[[B]], 0, 0, %{{.*}}] [1, 1, 1, 4] [1, 1, 1, 1] : tensor<2x1x1x8xi8> to tensor<4xi8>
// CHECK-DAG: tensor.extract_slice %[[BIAS]][%{{.*}}, 0] [8, 1] [1, 1] : tensor<16x1xf32> to tensor<8xf32>
// CHECK: arith.select
// CHECK: arith.divf
// CHECK: arith.cmpf oeq
// CHECK: arith.select
func.func @masked(%q: tensor<2x2x16x8xf32>, %k: tensor<2x2x8x8xf32>, %keep: tensor<2x1x1x8xi8>, %bias: tensor<16x1xf32>) -> tensor<2x2x16x8xf32> {
  %0 = attn.attention %q, %k, %k keep %keep : tensor<2x1x1x8xi8> bias %bias : tensor<16x1xf32> scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<2x2x16x8xf32>, tensor<2x2x8x8xf32>, tensor<2x2x8x8xf32>) -> tensor<2x2x16x8xf32>
  return %0 : tensor<2x2x16x8xf32>
}

// -----

// ... or NaN, by division.
// CHECK-LABEL: func.func @nan
// CHECK: arith.divf
// CHECK-NOT: arith.cmpf
// CHECK: return
func.func @nan(%q: tensor<2x2x16x8xf32>, %k: tensor<2x2x8x8xf32>, %keep: tensor<2x1x1x8xi8>) -> tensor<2x2x16x8xf32> {
  %0 = attn.attention %q, %k, %k keep %keep : tensor<2x1x1x8xi8> scale 0.5 empty_rows "nan"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<2x2x16x8xf32>, tensor<2x2x8x8xf32>, tensor<2x2x8x8xf32>) -> tensor<2x2x16x8xf32>
  return %0 : tensor<2x2x16x8xf32>
}

// -----

// ... or the mean of all values: if the least sum of a block is zero, its empty rows weigh each key 1.
// CHECK-LABEL: func.func @mean
// CHECK: scf.forall
// CHECK: %[[LEAST:.*]] = scf.for {{.*}} to %c8{{.*}} step %c1{{.*}} iter_args
// CHECK: arith.minnumf
// CHECK: %[[NEEDED:.*]] = arith.cmpf oeq, %[[LEAST]]
// CHECK: %[[END:.*]] = arith.select %[[NEEDED]], %c8{{.*}}, %c0{{.*}} : index
// CHECK: scf.for {{.*}} to %[[END]] step %c4
// CHECK: %[[REST:.*]] = arith.select %[[NEEDED]], %c10{{.*}}, %c8{{.*}} : index
// CHECK: scf.for {{.*}} to %[[REST]] step %c2
// CHECK: arith.divf
func.func @mean(%q: tensor<2x2x16x8xf32>, %k: tensor<2x2x10x8xf32>, %keep: tensor<2x1x1x10xi8>) -> tensor<2x2x16x8xf32> {
  %0 = attn.attention %q, %k, %k keep %keep : tensor<2x1x1x10xi8> scale 0.5 causal empty_rows "mean"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<2x2x16x8xf32>, tensor<2x2x10x8xf32>, tensor<2x2x10x8xf32>) -> tensor<2x2x16x8xf32>
  return %0 : tensor<2x2x16x8xf32>
}
