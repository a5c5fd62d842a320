// RUN: buddy-opt %s --buddy-composites-to-attn | FileCheck %s

// The bodies are the meaning in plain TOSA; they go once nothing calls them.

// CHECK-DAG: #[[FIRST:.*]] = affine_map<(d0, d1) -> (d0, 0)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[BOTH:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[SAME:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[COS:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// CHECK-DAG: #[[SIN:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>

// CHECK-LABEL: func.func @causal
// CHECK: attn.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.250000e-01 causal empty_rows "zero" :
// CHECK-SAME: (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x12xf32>) -> tensor<2x4x5x12xf32>
func.func @causal(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x12xf32>) -> tensor<2x4x5x12xf32> {
  %0 = call @attention_0(%q, %k, %v) : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x12xf32>) -> tensor<2x4x5x12xf32>
  return %0 : tensor<2x4x5x12xf32>
}

// CHECK-LABEL: func.func @masked
// CHECK-SAME: %[[KEEP:[a-z0-9]+]]: tensor<5x7xi1>, %[[BIAS:[a-z0-9]+]]: tensor<4x1x7xf32>
// CHECK: attn.attention %{{.*}}, %{{.*}}, %{{.*}} keep %[[KEEP]] : tensor<5x7xi1> bias %[[BIAS]] : tensor<4x1x7xf32> scale 1.000000e+00 empty_rows "nan" :
func.func @masked(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %keep: tensor<5x7xi1>, %bias: tensor<4x1x7xf32>) -> tensor<2x4x5x8xf32> {
  %0 = call @attention_1(%q, %k, %k, %keep, %bias) : (tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32>, tensor<5x7xi1>, tensor<4x1x7xf32>) -> tensor<2x4x5x8xf32>
  return %0 : tensor<2x4x5x8xf32>
}

// Both halves of x [..., 6]: x1 cos1 - x2 sin1, then x2 cos2 + x1 sin2. Tables broadcast.
// CHECK-LABEL: func.func @rope
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x3x5x6xf32>
// CHECK-DAG: %[[X1:.*]] = tensor.extract_slice %[[X]][0, 0, 0, 0] [2, 3, 5, 3]
// CHECK-DAG: %[[X2:.*]] = tensor.extract_slice %[[X]][0, 0, 0, 3] [2, 3, 5, 3]
// CHECK: linalg.generic {indexing_maps = [#[[SAME]], #[[SAME]], #[[COS]], #[[SIN]], #[[SAME]]]
// CHECK-SAME: ins(%[[X1]], %[[X2]],
// CHECK: arith.negf
// CHECK: math.fma
// CHECK: tensor.insert_slice %{{.*}}[0, 0, 0, 0] [2, 3, 5, 3]
// CHECK: linalg.generic {indexing_maps = [#[[SAME]], #[[SAME]], #[[COS]], #[[SIN]], #[[SAME]]]
// CHECK-SAME: ins(%[[X2]], %[[X1]],
// CHECK: math.fma
// CHECK: tensor.insert_slice %{{.*}}[0, 0, 0, 3] [2, 3, 5, 3]
func.func @rope(%x: tensor<2x3x5x6xf32>, %cos: tensor<5x6xf32>, %sin: tensor<2x1x1x6xf32>) -> tensor<2x3x5x6xf32> {
  %0 = call @rope_0(%x, %cos, %sin) : (tensor<2x3x5x6xf32>, tensor<5x6xf32>, tensor<2x1x1x6xf32>) -> tensor<2x3x5x6xf32>
  return %0 : tensor<2x3x5x6xf32>
}

// CHECK-NOT: @attention_0
// CHECK-NOT: @attention_1
// CHECK-NOT: @rope_0
func.func private @attention_0(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x12xf32>) -> tensor<2x4x5x12xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 0.125 : f64, causal = true, empty_rows = "zero", keep = false, bias = false}}
func.func private @attention_1(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %keep: tensor<5x7xi1>, %bias: tensor<4x1x7xf32>) -> tensor<2x4x5x8xf32>
  attributes {buddy.composite = "attention", buddy.attention = {scale = 1.0 : f64, causal = false, empty_rows = "nan", keep = true, bias = true}}
func.func private @rope_0(%x: tensor<2x3x5x6xf32>, %cos: tensor<5x6xf32>, %sin: tensor<2x1x1x6xf32>) -> tensor<2x3x5x6xf32>
  attributes {buddy.composite = "rope"}

// Neighbours are the elements of pairs.
// CHECK-LABEL: func.func @neighbours
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<5x6xf32>
// CHECK-DAG: %[[PAIRS:.*]] = tensor.expand_shape %[[X]] {{.*}} into tensor<5x3x2xf32>
// CHECK-DAG: %[[X1:.*]] = tensor.extract_slice %[[PAIRS]][0, 0, 0] [5, 3, 1] [1, 1, 1] : tensor<5x3x2xf32> to tensor<5x3xf32>
// CHECK-DAG: %[[X2:.*]] = tensor.extract_slice %[[PAIRS]][0, 0, 1] [5, 3, 1] [1, 1, 1] : tensor<5x3x2xf32> to tensor<5x3xf32>
// CHECK: linalg.generic {{.*}} ins(%[[X1]], %[[X2]],
// CHECK: math.fma
// CHECK: linalg.generic {{.*}} ins(%[[X2]], %[[X1]],
// CHECK: math.fma
// CHECK: tensor.collapse_shape
func.func @neighbours(%x: tensor<5x6xf32>, %cos: tensor<5x6xf32>, %sin: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %0 = call @rope_1(%x, %cos, %sin) : (tensor<5x6xf32>, tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}
func.func private @rope_1(%x: tensor<5x6xf32>, %cos: tensor<5x6xf32>, %sin: tensor<5x6xf32>) -> tensor<5x6xf32>
  attributes {buddy.composite = "rope", buddy.rope = {interleaved = true}}

// A function that is no composite stays a call.
// CHECK-LABEL: func.func @plain
// CHECK: call @helper
func.func @plain(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @helper(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
// CHECK: func.func private @helper
func.func private @helper(tensor<4xf32>) -> tensor<4xf32>

// A norm and a gelu are what their bodies say; the functions are gone.
// CHECK-LABEL: func.func @inlined
// CHECK-SAME: (%[[X:.*]]: tensor<5x8xf32>)
// CHECK-NEXT: %[[E:.*]] = tosa.erf %[[X]]
// CHECK-NEXT: %[[F:.*]] = tosa.erf %[[E]]
// CHECK-NEXT: return %[[F]]
// CHECK-NOT: @gelu_0
func.func @inlined(%x: tensor<5x8xf32>) -> tensor<5x8xf32> {
  %0 = call @gelu_0(%x) : (tensor<5x8xf32>) -> tensor<5x8xf32>
  %1 = call @gelu_0(%0) : (tensor<5x8xf32>) -> tensor<5x8xf32>
  return %1 : tensor<5x8xf32>
}
func.func private @gelu_0(%x: tensor<5x8xf32>) -> tensor<5x8xf32> attributes {buddy.composite = "gelu"} {
  %0 = tosa.erf %x : (tensor<5x8xf32>) -> tensor<5x8xf32>
  return %0 : tensor<5x8xf32>
}

// Quotients, products and roots are one operation of IEEE 754 each, in the bodies of other composites
// too; a size of 1 is read at 0.
// CHECK-LABEL: func.func @arithmetic
// CHECK: linalg.generic {indexing_maps = [#[[FIRST]], #[[LAST]], #[[BOTH]]], {{.*}} ins(%arg0, %arg1 : tensor<5x1xf32>, tensor<6xf32>)
// CHECK: arith.divf
// CHECK: linalg.generic
// CHECK: arith.mulf
// CHECK: linalg.generic
// CHECK: math.sqrt
// CHECK: tosa.reduce_sum
// CHECK: linalg.generic
// CHECK: arith.divf
func.func @arithmetic(%x: tensor<5x1xf32>, %y: tensor<6xf32>) -> (tensor<5x6xf32>, tensor<1xf32>) {
  %0 = call @div_0(%x, %y) : (tensor<5x1xf32>, tensor<6xf32>) -> tensor<5x6xf32>
  %1 = call @mul_0(%0, %y) : (tensor<5x6xf32>, tensor<6xf32>) -> tensor<5x6xf32>
  %2 = call @sqrt_0(%1) : (tensor<5x6xf32>) -> tensor<5x6xf32>
  %3 = call @rms_norm_0(%y) : (tensor<6xf32>) -> tensor<1xf32>
  return %2, %3 : tensor<5x6xf32>, tensor<1xf32>
}
func.func private @div_0(tensor<5x1xf32>, tensor<6xf32>) -> tensor<5x6xf32> attributes {buddy.composite = "div"}
func.func private @mul_0(tensor<5x6xf32>, tensor<6xf32>) -> tensor<5x6xf32> attributes {buddy.composite = "mul"}
func.func private @sqrt_0(tensor<5x6xf32>) -> tensor<5x6xf32> attributes {buddy.composite = "sqrt"}
func.func private @div_1(tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32> attributes {buddy.composite = "div"}
func.func private @rms_norm_0(%x: tensor<6xf32>) -> tensor<1xf32> attributes {buddy.composite = "rms_norm"} {
  %count = "tosa.const"() {values = dense<6.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = tosa.reduce_sum %x {axis = 0 : i32} : (tensor<6xf32>) -> tensor<1xf32>
  %1 = call @div_1(%0, %count) : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  return %1 : tensor<1xf32>
}

// A running sum is carried in f64, and rounded for each element.
// CHECK-LABEL: func.func @sums
// CHECK: scf.for
// CHECK: arith.extf
// CHECK: arith.addf {{.*}} : f64
// CHECK: arith.truncf
func.func @sums(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %0 = call @cumsum_0(%x) : (tensor<5x6xf32>) -> tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}
func.func private @cumsum_0(tensor<5x6xf32>) -> tensor<5x6xf32> attributes {buddy.composite = "cumsum", buddy.cumsum = {dim = 1 : i64}}
