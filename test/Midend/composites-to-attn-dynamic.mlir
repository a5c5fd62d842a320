// RUN: buddy-opt %s --buddy-composites-to-attn | FileCheck %s

// A composite takes the symbols as its last arguments; the sizes are those of its tensors.

// CHECK-LABEL: func.func @causal
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<?x4x?x8xf32> {{[^}]*}}}, %[[K:[a-z0-9]+]]: tensor<?x2x?x8xf32>
// CHECK: %[[Y:.*]] = attn.attention %[[Q]], %[[K]], %[[K]] scale 1.250000e-01 causal empty_rows "zero" : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) -> tensor<?x4x?x8xf32>
// CHECK: return %[[Y]]
func.func @causal(%q: tensor<?x4x?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s0, 4, s1, 8)>}, %k: tensor<?x2x?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s0, 2, s1, 8)>},
                  %b: index {buddy.symbol = "batch"}, %s: index {buddy.symbol = "s64"}) -> tensor<?x4x?x8xf32> {
  %0 = call @attention_0(%q, %k, %k, %b, %s) : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, index, index) -> tensor<?x4x?x8xf32>
  return %0 : tensor<?x4x?x8xf32>
}

// CHECK-LABEL: func.func @masked
// CHECK-SAME: %[[KEEP:[a-z0-9]+]]: tensor<?x1x1x?xi1>, %[[BIAS:[a-z0-9]+]]: tensor<1x?xf32>
// CHECK: attn.attention %{{.*}} keep %[[KEEP]] : tensor<?x1x1x?xi1> bias %[[BIAS]] : tensor<1x?xf32>
func.func @masked(%q: tensor<?x4x1x8xf32>, %k: tensor<?x4x?x8xf32>, %keep: tensor<?x1x1x?xi1>, %bias: tensor<1x?xf32>,
                  %b: index {buddy.symbol = "batch"}, %s: index {buddy.symbol = "s64"}) -> tensor<?x4x1x8xf32> {
  %0 = call @attention_1(%q, %k, %k, %keep, %bias, %b, %s)
      : (tensor<?x4x1x8xf32>, tensor<?x4x?x8xf32>, tensor<?x4x?x8xf32>, tensor<?x1x1x?xi1>, tensor<1x?xf32>, index, index) -> tensor<?x4x1x8xf32>
  return %0 : tensor<?x4x1x8xf32>
}

// CHECK-NOT: func.func private
func.func private @attention_0(%q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x8xf32>, %b: index, %s: index) -> tensor<?x4x?x8xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 0.125 : f64, causal = true, empty_rows = "zero", keep = false, bias = false}}
func.func private @attention_1(%q: tensor<?x4x1x8xf32>, %k: tensor<?x4x?x8xf32>, %v: tensor<?x4x?x8xf32>, %keep: tensor<?x1x1x?xi1>, %bias: tensor<1x?xf32>, %b: index, %s: index) -> tensor<?x4x1x8xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = false, empty_rows = "nan", keep = true, bias = true}}
