// RUN: buddy-opt %s --buddy-tile-attention --canonicalize --cse --split-input-file | FileCheck %s

// As many blocks of 16 queries as there are, then one of 8 if there are so many left, and one of what is
// left after that: its queries are copied to a block of 8, and as many rows of the result back.

// CHECK-DAG: #[[SIXTEENS:.*]] = affine_map<()[s0] -> (s0 floordiv 16)>
// CHECK-DAG: #[[EIGHTS:.*]] = affine_map<()[s0] -> (s0 floordiv 8 - (s0 floordiv 16) * 2)>
// CHECK-DAG: #[[ANY:.*]] = affine_map<()[s0] -> (s0 ceildiv 8 - s0 floordiv 8)>
// CHECK-DAG: #[[LEFT:.*]] = affine_map<()[s0] -> (s0 mod 8)>
// CHECK-DAG: #[[FIRST:.*]] = affine_map<(d0)[s0] -> (d0 * 8 + (s0 floordiv 8) * 8)>
// CHECK-LABEL: func.func @queries
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<?x4x?x8xf32> {{[^}]*}}}, %[[K:[a-z0-9]+]]: {{.*}}, %[[B:[a-z0-9]+]]: index {buddy.symbol = "batch"}, %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[B]], %[[S]]) : tensor<?x4x?x8xf32>
// CHECK: %[[BLOCKS:.*]] = affine.apply #[[SIXTEENS]]()[%[[S]]]
// CHECK: %[[WHOLE:.*]] = scf.forall (%{{.*}}) in (%[[B]], 2, %[[BLOCKS]], 2) shared_outs(%{{.*}} = %[[EMPTY]])
// CHECK: tensor.extract_slice %[[Q]][{{.*}}] [1, 1, 16, 8]
// CHECK: tensor.parallel_insert_slice
// CHECK: %[[MORE:.*]] = affine.apply #[[EIGHTS]]()[%[[S]]]
// CHECK: %[[HALF:.*]] = scf.forall (%{{.*}}) in (%[[B]], 2, %[[MORE]], 2) shared_outs(%{{.*}} = %[[WHOLE]])
// CHECK: tensor.extract_slice %[[Q]][{{.*}}] [1, 1, 8, 8]
// CHECK: tensor.parallel_insert_slice
// CHECK-DAG: %[[ONE:.*]] = affine.apply #[[ANY]]()[%[[S]]]
// CHECK-DAG: %[[PRESENT:.*]] = affine.apply #[[LEFT]]()[%[[S]]]
// CHECK: %[[ALL:.*]] = scf.forall (%{{.*}}) in (%[[B]], 2, %[[ONE]], 2) shared_outs(%[[OUT:.*]] = %[[HALF]])
// CHECK: %[[AT:.*]] = affine.apply #[[FIRST]]
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %[[Q]][%{{.*}}, %{{.*}}, %[[AT]], 0] [1, 1, %[[PRESENT]], 8]
// CHECK: %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<8x8xf32>
// CHECK: tensor.insert_slice %[[ROWS]] into %[[ZEROS]][0, 0] [%[[PRESENT]], 8]
// CHECK: %[[PART:.*]] = tensor.extract_slice %{{.*}}[0, 0] [%[[PRESENT]], 8] [1, 1] : tensor<8x8xf32> to tensor<?x8xf32>
// CHECK: tensor.parallel_insert_slice %[[PART]] into %[[OUT]][%{{.*}}, %{{.*}}, %[[AT]], 0] [1, 1, %[[PRESENT]], 8]
// CHECK: return %[[ALL]]
func.func @queries(%q: tensor<?x4x?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s0, 4, s1, 8)>},
                   %k: tensor<?x2x14x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s0, 2, 14, 8)>},
                   %b: index {buddy.symbol = "batch"}, %s: index {buddy.symbol = "s64"}) -> tensor<?x4x?x8xf32> {
  %0 = attn.attention %q, %k, %k scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 16, key_block = 4, tile = array<i64: 2, 8>}}
    : (tensor<?x4x?x8xf32>, tensor<?x2x14x8xf32>, tensor<?x2x14x8xf32>) -> tensor<?x4x?x8xf32>
  return %0 : tensor<?x4x?x8xf32>
}

// -----

// Whole blocks of 16 keys, then as many times 4 as there are, then one by one.
// CHECK-DAG: #[[SIXTEENS:.*]] = affine_map<()[s0] -> ((s0 floordiv 16) * 16)>
// CHECK-DAG: #[[UPTO:.*]] = affine_map<()[s0] -> ((s0 floordiv 4) * 4, (s0 ceildiv 4) * 4)>
// CHECK-DAG: #[[FOURS:.*]] = affine_map<()[s0] -> ((s0 floordiv 4) * 4)>
// CHECK-LABEL: func.func @keys
// CHECK-SAME: %[[K:[a-z0-9]+]]: tensor<1x2x?x8xf32> {{.*}}, %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK: %[[WHOLE:.*]] = affine.apply #[[SIXTEENS]]()[%[[S]]]
// CHECK: scf.for %[[I:.*]] = %c0 to %[[WHOLE]] step %c16
// CHECK: tensor.extract_slice %[[K]][0, %{{.*}}, %[[I]], 0] [1, 1, 16, 8]
// CHECK-DAG: %[[TO:.*]] = affine.min #[[UPTO]]()[%[[S]]]
// CHECK-DAG: %[[FROM:.*]] = affine.apply #[[FOURS]]()[%[[S]]]
// CHECK: scf.for %[[I:.*]] = %[[WHOLE]] to %[[TO]] step %c4
// CHECK: tensor.extract_slice %[[K]][0, %{{.*}}, %[[I]], 0] [1, 1, 4, 8]
// CHECK: scf.for %[[I:.*]] = %[[FROM]] to %[[S]] step %c1
// CHECK: tensor.extract_slice %[[K]][0, %{{.*}}, %[[I]], 0] [1, 1, 1, 8]
func.func @keys(%q: tensor<1x2x8x8xf32>, %k: tensor<1x2x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (1, 2, s0, 8)>},
                %s: index {buddy.symbol = "s64"}) -> tensor<1x2x8x8xf32> {
  %0 = attn.attention %q, %k, %k scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 16, tile = array<i64: 4, 8>}}
    : (tensor<1x2x8x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x8x8xf32>
  return %0 : tensor<1x2x8x8xf32>
}

// -----

// Below the diagonal in blocks of 16, on it in blocks of 8, and the last keys in fours and one by one; no
// block beyond the last query of the block, and none beyond the last key.
// CHECK-DAG: #[[BELOW:.*]] = affine_map<(d0)[s0] -> ((d0 floordiv 2) * 16, (s0 floordiv 16) * 16)>
// CHECK-DAG: #[[DIAGONAL:.*]] = affine_map<(d0)[s0] -> (d0 * 8 + 8, (s0 floordiv 8) * 8)>
// CHECK-DAG: #[[TILES:.*]] = affine_map<(d0)[s0] -> ((s0 floordiv 4) * 4, d0 * 8 + 8)>
// CHECK-DAG: #[[END:.*]] = affine_map<(d0)[s0] -> (s0, d0 * 8 + 8)>
// CHECK-LABEL: func.func @causal
// CHECK-SAME: %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK: scf.forall (%{{.*}}, %[[BLOCK:.*]]) in (2, %
// CHECK-DAG: %[[A:.*]] = affine.min #[[BELOW]](%[[BLOCK]])[%[[S]]]
// CHECK-DAG: %[[B:.*]] = affine.min #[[DIAGONAL]](%[[BLOCK]])[%[[S]]]
// CHECK: scf.for %{{.*}} = %c0 to %[[A]] step %c16
// CHECK: scf.for %{{.*}} = %[[A]] to %[[B]] step %c8
// CHECK: arith.cmpi
// CHECK-DAG: %[[C:.*]] = affine.min #[[TILES]](%[[BLOCK]])[%[[S]]]
// CHECK-DAG: %[[D:.*]] = affine.min #[[END]](%[[BLOCK]])[%[[S]]]
// CHECK: scf.for %{{.*}} to %[[C]] step %c4
// CHECK: arith.cmpi
// CHECK: scf.for %{{.*}} to %[[D]] step %c1
// CHECK: arith.cmpi
func.func @causal(%q: tensor<1x2x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (1, 2, s0, 8)>}, %k: tensor<1x2x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (1, 2, s0, 8)>},
                  %s: index {buddy.symbol = "s64"}) -> tensor<1x2x?x8xf32> {
  %0 = attn.attention %q, %k, %k scale 0.5 causal empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 16, diagonal_block = 8, tile = array<i64: 4, 8>}}
    : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
  return %0 : tensor<1x2x?x8xf32>
}

// -----

// In the block that is not full a mask has rows for the queries that are there only, and zeros for the
// other lanes; a mask of one row for all queries is read as everywhere.
// CHECK-DAG: #[[LEFT:.*]] = affine_map<()[s0] -> (s0 mod 8)>
// CHECK-LABEL: func.func @masked
// CHECK-SAME: %[[KEEP:[a-z0-9]+]]: tensor<2x1x1x?xi8> {{[^}]*}}}, %[[BIAS:[a-z0-9]+]]: tensor<?x?xf32>
// CHECK: scf.forall
// CHECK: tensor.extract_slice %[[KEEP]][%{{.*}}, 0, 0, %[[I:.*]]] [1, 1, 1, 16]
// CHECK: tensor.extract_slice %[[BIAS]][%{{.*}}, %[[I]]] [8, 16] [1, 1] : tensor<?x?xf32> to tensor<8x16xf32>
// CHECK: tensor.parallel_insert_slice
// CHECK: %[[PRESENT:.*]] = affine.apply #[[LEFT]]
// CHECK: scf.forall
// CHECK: tensor.extract_slice %[[KEEP]][%{{.*}}, 0, 0, %[[I:.*]]] [1, 1, 1, 16]
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %[[BIAS]][%{{.*}}, %[[I]]] [%[[PRESENT]], 16] [1, 1] : tensor<?x?xf32> to tensor<?x16xf32>
// CHECK: tensor.insert_slice %[[ROWS]] into %{{.*}}[0, 0] [%[[PRESENT]], 16] [1, 1] : tensor<?x16xf32> into tensor<8x16xf32>
func.func @masked(%q: tensor<2x2x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (2, 2, s0, 8)>}, %k: tensor<2x2x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (2, 2, s0, 8)>},
                  %keep: tensor<2x1x1x?xi8> {buddy.sizes = affine_map<()[s0] -> (2, 1, 1, s0)>}, %bias: tensor<?x?xf32> {buddy.sizes = affine_map<()[s0] -> (s0, s0)>},
                  %s: index {buddy.symbol = "s64"}) -> tensor<2x2x?x8xf32> {
  %0 = attn.attention %q, %k, %k keep %keep : tensor<2x1x1x?xi8> bias %bias : tensor<?x?xf32> scale 0.5 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 16, tile = array<i64: 4, 8>}}
    : (tensor<2x2x?x8xf32>, tensor<2x2x?x8xf32>, tensor<2x2x?x8xf32>) -> tensor<2x2x?x8xf32>
  return %0 : tensor<2x2x?x8xf32>
}

// -----

// Query i sees the keys i - 9 to i: blocks of 8 keys from the first that the first query of the block sees
// to the last that the last one sees, in the middle, where all see all, blocks of 16.
// CHECK-DAG: #[[START:.*]] = affine_map<(d0) -> (0, d0 * 8 - 16)>
// CHECK-DAG: #[[DIAGONAL:.*]] = affine_map<(d0)[s0] -> (d0 * 8, (s0 floordiv 8) * 8)>
// CHECK-DAG: #[[END:.*]] = affine_map<(d0)[s0] -> (d0 * 8 + 8, (s0 floordiv 8) * 8)>
// CHECK-DAG: #[[INSIDE:.*]] = affine_map<(d0, d1)[s0] -> (d0, d1 * 8, (s0 floordiv 8) * 8)>
// CHECK-DAG: #[[LONG:.*]] = affine_map<(d0, d1) -> (d0 + ((-d0 + d1) floordiv 16) * 16)>
// CHECK-LABEL: func.func @window
// CHECK-SAME: %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK: scf.forall (%{{.*}}, %[[BLOCK:.*]]) in (2, %
// CHECK-DAG: %[[FROM:.*]] = affine.max #[[START]](%[[BLOCK]])
// CHECK-DAG: %[[D:.*]] = affine.min #[[DIAGONAL]](%[[BLOCK]])[%[[S]]]
// CHECK-DAG: %[[TO:.*]] = affine.min #[[END]](%[[BLOCK]])[%[[S]]]
// CHECK-DAG: %[[SEEN:.*]] = affine.min #[[INSIDE]](%{{.*}}, %[[BLOCK]])[%[[S]]]
// CHECK-DAG: %[[L:.*]] = affine.apply #[[LONG]](%[[SEEN]], %[[D]])
// CHECK: scf.for %{{.*}} = %[[FROM]] to %[[SEEN]] step %c8
// CHECK: scf.for %{{.*}} = %[[SEEN]] to %[[L]] step %c16
// CHECK: scf.for %{{.*}} = %[[L]] to %[[TO]] step %c8
func.func @window(%q: tensor<1x2x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (1, 2, s0, 8)>}, %k: tensor<1x2x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (1, 2, s0, 8)>},
                  %s: index {buddy.symbol = "s64"}) -> tensor<1x2x?x8xf32> {
  %0 = attn.attention %q, %k, %k scale 0.5 causal window 10 empty_rows "zero"
    {buddy.schedule = {kind = "attention", query_block = 8, key_block = 16, diagonal_block = 8, tile = array<i64: 4, 8>}}
    : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
  return %0 : tensor<1x2x?x8xf32>
}
