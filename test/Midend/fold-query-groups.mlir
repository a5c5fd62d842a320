// RUN: buddy-opt %s --buddy-fold-query-groups=cores=2 --split-input-file | FileCheck %s
// RUN: buddy-opt %s --buddy-fold-query-groups=cores=5 --split-input-file | FileCheck %s --check-prefix=MANY

// The heads of a group become the queries of one head; results are [B, 1, H, Dv] as before. With more
// cores than pairs of batch and key/value head nothing changes.
// CHECK-LABEL: func.func @decode
// CHECK-SAME: %[[Q:.*]]: tensor<1x1x12x64xf32>
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[Q]] {{\[}}[0], [1, 2], [3]] : tensor<1x1x12x64xf32> into tensor<1x12x64xf32>
// CHECK: %[[GROUPED:.*]] = tensor.expand_shape %[[FLAT]] {{\[}}[0], [1, 2], [3]] output_shape [1, 4, 3, 64]
// CHECK: %[[R:.*]] = attn.attention %[[GROUPED]], {{.*}} keep {{.*}} : tensor<1x1x1x70xi1> scale
// CHECK-SAME: empty_rows "zero" {key_sequence_major} : (tensor<1x4x3x64xf32>, tensor<1x70x4x64xf32>, tensor<1x4x70x32xf32>) -> tensor<1x4x3x32xf32>
// CHECK: %[[OUT:.*]] = tensor.expand_shape {{.*}} into tensor<1x1x12x32xf32>
// CHECK: return %[[OUT]]
// MANY-LABEL: func.func @decode
// MANY-NEXT: attn.attention
// MANY-NEXT: return
func.func @decode(%q: tensor<1x1x12x64xf32>, %k: tensor<1x70x4x64xf32>, %v: tensor<1x4x70x32xf32>, %keep: tensor<1x1x1x70xi1>) -> tensor<1x1x12x32xf32> {
  %0 = attn.attention %q, %k, %v keep %keep : tensor<1x1x1x70xi1> scale 1.250000e-01 empty_rows "zero" {query_sequence_major, key_sequence_major, result_sequence_major} : (tensor<1x1x12x64xf32>, tensor<1x70x4x64xf32>, tensor<1x4x70x32xf32>) -> tensor<1x1x12x32xf32>
  return %0 : tensor<1x1x12x32xf32>
}

// -----

// A mask that differs from head to head is regrouped too. One key/value head and a sequence-major
// result: its shape is the grouped one already.
// CHECK-LABEL: func.func @mask_by_head
// CHECK: tensor.expand_shape {{.*}} : tensor<2x6x70xf32> into tensor<2x1x6x70xf32>
// CHECK: attn.attention {{.*}} bias {{.*}} : tensor<2x1x6x70xf32> {{.*}} -> tensor<2x1x6x64xf32>
// CHECK-NEXT: return
func.func @mask_by_head(%q: tensor<2x6x1x64xf32>, %k: tensor<2x1x70x64xf32>, %v: tensor<2x1x70x64xf32>, %bias: tensor<2x6x1x70xf32>) -> tensor<2x1x6x64xf32> {
  %0 = attn.attention %q, %k, %v bias %bias : tensor<2x6x1x70xf32> scale 1.250000e-01 empty_rows "zero" {result_sequence_major} : (tensor<2x6x1x64xf32>, tensor<2x1x70x64xf32>, tensor<2x1x70x64xf32>) -> tensor<2x1x6x64xf32>
  return %0 : tensor<2x1x6x64xf32>
}

// -----

// A window keeps every key that is not before the query, and none is before the first. Without it the
// heads can be queries.
// CHECK-LABEL: func.func @window
// CHECK: attn.attention {{.*}} scale 1.250000e-01 softcap 5.000000e+00 empty_rows "zero" : (tensor<1x2x3x64xf32>
// CHECK-LABEL: func.func @window_of_two_queries
// CHECK-NEXT: attn.attention {{.*}} window 1 empty_rows
func.func @window(%q: tensor<1x6x1x64xf32>, %k: tensor<1x2x70x64xf32>) -> tensor<1x6x1x64xf32> {
  %0 = attn.attention %q, %k, %k scale 1.250000e-01 softcap 5.000000e+00 window 1 empty_rows "zero" : (tensor<1x6x1x64xf32>, tensor<1x2x70x64xf32>, tensor<1x2x70x64xf32>) -> tensor<1x6x1x64xf32>
  return %0 : tensor<1x6x1x64xf32>
}
func.func @window_of_two_queries(%q: tensor<1x6x2x64xf32>, %k: tensor<1x2x70x64xf32>) -> tensor<1x6x2x64xf32> {
  %0 = attn.attention %q, %k, %k scale 1.250000e-01 window 1 empty_rows "zero" : (tensor<1x6x2x64xf32>, tensor<1x2x70x64xf32>, tensor<1x2x70x64xf32>) -> tensor<1x6x2x64xf32>
  return %0 : tensor<1x6x2x64xf32>
}

// -----

// More queries than one, no groups, or a causal mask that excludes keys: as they were.
// CHECK-LABEL: func.func @kept
// CHECK-NEXT: attn.attention
// CHECK-NEXT: attn.attention
// CHECK-NEXT: attn.attention
// CHECK-NEXT: return
func.func @kept(%q: tensor<2x6x1x64xf32>, %q2: tensor<2x6x2x64xf32>, %k: tensor<2x2x70x64xf32>, %k6: tensor<2x6x70x64xf32>) -> (tensor<2x6x2x64xf32>, tensor<2x6x1x64xf32>, tensor<2x6x1x64xf32>) {
  %0 = attn.attention %q2, %k, %k scale 1.250000e-01 empty_rows "zero" : (tensor<2x6x2x64xf32>, tensor<2x2x70x64xf32>, tensor<2x2x70x64xf32>) -> tensor<2x6x2x64xf32>
  %1 = attn.attention %q, %k6, %k6 scale 1.250000e-01 empty_rows "zero" : (tensor<2x6x1x64xf32>, tensor<2x6x70x64xf32>, tensor<2x6x70x64xf32>) -> tensor<2x6x1x64xf32>
  %2 = attn.attention %q, %k, %k scale 1.250000e-01 causal empty_rows "zero" : (tensor<2x6x1x64xf32>, tensor<2x2x70x64xf32>, tensor<2x2x70x64xf32>) -> tensor<2x6x1x64xf32>
  return %0, %1, %2 : tensor<2x6x2x64xf32>, tensor<2x6x1x64xf32>, tensor<2x6x1x64xf32>
}
