// The bodies of the composites. test/e2e/test_tosa_numbers.py checks what they compute.
// RUN: buddy-opt %s --buddy-graph-to-tosa --split-input-file | FileCheck %s
// RUN: buddy-opt %s --buddy-graph-to-tosa --split-input-file \
// RUN:   | %mlir-opt --split-input-file --tosa-attach-target="profiles=pro_int,pro_fp level=none" \
// RUN:     --tosa-validate="strict-op-spec-alignment" -o /dev/null

// Grouped heads are rows of one product, positions are two vectors, excluded keys are -inf, and
// without a mask no row can be empty: no guard.
// CHECK-LABEL: func.func private @attention_0(
// CHECK-SAME: %[[Q:.*]]: tensor<1x4x5x8xf32>, %[[K:.*]]: tensor<1x2x6x8xf32>, %[[V:.*]]: tensor<1x2x6x3xf32>) -> tensor<1x4x5x3xf32>
// CHECK-SAME: causal = true
// CHECK: %[[KT:.*]] = tosa.transpose %[[K]] {perms = array<i32: 0, 1, 3, 2>}
// CHECK: %[[S:.*]] = tosa.matmul {{.*}} : (tensor<2x10x8xf32>, tensor<2x8x6xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x10x6xf32>
// CHECK: tosa.mul {{.*}} -> tensor<1x4x5x6xf32>
// CHECK: tosa.greater_equal {{.*}} : (tensor<1x1x5x1xi32>, tensor<1x1x1x6xi32>) -> tensor<1x1x5x6xi1>
// CHECK: dense<0xFF800000>
// CHECK: tosa.select {{.*}} -> tensor<1x4x5x6xf32>
// CHECK: tosa.reduce_max {{.*}} {axis = 3 : i32}
// CHECK-NOT: tosa.maximum
// CHECK: tosa.exp
// CHECK: tosa.reduce_sum {{.*}} {axis = 3 : i32}
// CHECK-NOT: tosa.select
// CHECK: tosa.reciprocal
// CHECK: tosa.matmul {{.*}} : (tensor<2x10x6xf32>, tensor<2x6x3xf32>, tensor<1xf32>, tensor<1xf32>)
func.func @causal_gqa(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x6x8xf32>, %v: tensor<1x2x6x3xf32>)
    -> tensor<1x4x5x3xf32> {
  %0 = graph.attention %q, %k, %v scale 0.25 causal
      : (tensor<1x4x5x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x6x3xf32>) -> tensor<1x4x5x3xf32>
  return %0 : tensor<1x4x5x3xf32>
}

// -----

// Four kinds of mask: four functions, for the attributes are part of what is shared.
// CHECK-LABEL: func.func @masks
// CHECK: call @attention_0(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : ({{.*}}, tensor<2x1x1x5xi1>)
// CHECK: call @attention_1(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : ({{.*}}, tensor<2x1x1x5xi1>)
// CHECK: call @attention_2(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : ({{.*}}, tensor<5x5xf32>)
// CHECK: call @attention_3(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : ({{.*}}, tensor<2x1x1x5xi1>, tensor<5x5xf32>)
// CHECK-LABEL: func.func private @attention_0(
// CHECK-SAME: bias = false, causal = false, empty_rows = "zero", keep = true
// CHECK: tosa.maximum
// CHECK: tosa.equal
// CHECK-LABEL: func.func private @attention_1(
// CHECK-SAME: bias = false, causal = false, empty_rows = "nan", keep = true
// CHECK-NOT: tosa.maximum
// CHECK-LABEL: func.func private @attention_2(
// CHECK-SAME: bias = true, causal = false, empty_rows = "zero", keep = false
// CHECK: tosa.add
// CHECK-LABEL: func.func private @attention_3(
// CHECK-SAME: bias = true, causal = false, empty_rows = "zero", keep = true
// CHECK: tosa.add
// CHECK: tosa.select
func.func @masks(%q: tensor<2x2x5x8xf32>, %keep: tensor<2x1x1x5xi1>, %bias: tensor<5x5xf32>)
    -> tensor<2x2x5x8xf32> {
  %0 = graph.attention %q, %q, %q keep %keep : tensor<2x1x1x5xi1> scale 0.25
      : (tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>) -> tensor<2x2x5x8xf32>
  %1 = graph.attention %0, %q, %q keep %keep : tensor<2x1x1x5xi1> scale 0.25 {empty_rows = "nan"}
      : (tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>) -> tensor<2x2x5x8xf32>
  %2 = graph.attention %1, %q, %q bias %bias : tensor<5x5xf32> scale 0.25
      : (tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>) -> tensor<2x2x5x8xf32>
  %3 = graph.attention %2, %q, %q keep %keep : tensor<2x1x1x5xi1> bias %bias : tensor<5x5xf32> scale 0.25
      : (tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>) -> tensor<2x2x5x8xf32>
  return %3 : tensor<2x2x5x8xf32>
}

// -----

// A name that is taken stays its owner's.
// CHECK-LABEL: func.func @taken
// CHECK: call @rope_1
// CHECK: func.func private @rope_0(%{{.*}}: tensor<2xf32>)
// CHECK: func.func private @rope_1(
// CHECK: %[[X2:.*]] = tosa.slice {{.*}} -> tensor<5x4xf32>
// CHECK: tosa.negate
// CHECK: tosa.concat {{.*}} {axis = 1 : i32}
func.func @taken(%x: tensor<5x8xf32>, %t: tensor<5x8xf32>) -> tensor<5x8xf32> {
  %0 = graph.rope %x, %t, %t : (tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
  return %0 : tensor<5x8xf32>
}
func.func private @rope_0(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}

// -----

// Long sequences: nothing of size S x S but what is computed. (Level 8k ends at S of about 6690.)
// CHECK-LABEL: func.func private @attention_0(
// CHECK-NOT: dense{{.*}} : tensor<1x1x32768x32768
// CHECK: tosa.greater_equal {{.*}} : (tensor<1x1x32768x1xi32>, tensor<1x1x1x32768xi32>)
func.func @long(%q: tensor<1x1x32768x8xf32>) -> tensor<1x1x32768x8xf32> {
  %0 = graph.attention %q, %q, %q scale 0.25 causal
      : (tensor<1x1x32768x8xf32>, tensor<1x1x32768x8xf32>, tensor<1x1x32768x8xf32>) -> tensor<1x1x32768x8xf32>
  return %0 : tensor<1x1x32768x8xf32>
}

// -----

// Equal norms share a function; another epsilon is another one. Two dimensions are one sum. One that was written out has
// one mean of x less.
// CHECK-LABEL: func.func @norms
// CHECK-COUNT-2: call @layer_norm_0
// CHECK: call @layer_norm_1
// CHECK: call @layer_norm_2
// CHECK: func.func private @layer_norm_0(%{{.*}}: tensor<5x8xf32>, %{{.*}}: tensor<8xf32>, %{{.*}}: tensor<8xf32>) -> tensor<5x8xf32> attributes {buddy.composite = "layer_norm", buddy.layer_norm = {bias = true, dims = 1 : i64, epsilon = {{.*}} : f64, weight = true}}
// CHECK-COUNT-3: tosa.reduce_sum {{.*}} {axis = 1 : i32}
// CHECK: tosa.rsqrt
// CHECK: func.func private @layer_norm_1(
// CHECK: tosa.reshape {{.*}} -> tensor<40xf32>
// CHECK-COUNT-3: tosa.reduce_sum {{.*}} {axis = 0 : i32}
// CHECK: func.func private @layer_norm_2(
// CHECK-SAME: centred_once
// CHECK-COUNT-2: tosa.reduce_sum {{.*}} {axis = 0 : i32}
// CHECK-NOT: tosa.reduce_sum
func.func @norms(%x: tensor<5x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<5x8xf32> {
  %0 = graph.layer_norm %x weight %w : tensor<8xf32> bias %b : tensor<8xf32> dims 1 epsilon 1.0e-05 : tensor<5x8xf32>
  %1 = graph.layer_norm %0 weight %w : tensor<8xf32> bias %b : tensor<8xf32> dims 1 epsilon 1.0e-05 : tensor<5x8xf32>
  %2 = graph.layer_norm %1 dims 2 epsilon 1.0e-03 : tensor<5x8xf32>
  %3 = graph.layer_norm %2 dims 2 epsilon 1.0e-03 centred_once : tensor<5x8xf32>
  return %3 : tensor<5x8xf32>
}

// -----

// CHECK-LABEL: func.func @gelus
// CHECK: func.func private @gelu_0({{.*}}) -> tensor<5x8xf32> attributes {buddy.composite = "gelu", buddy.gelu = {approximate = "none"}}
// CHECK: tosa.erf
// CHECK: func.func private @gelu_1({{.*}}) -> tensor<5x8xf32> attributes {buddy.composite = "gelu", buddy.gelu = {approximate = "tanh"}}
// CHECK: tosa.tanh
func.func @gelus(%x: tensor<5x8xf32>) -> tensor<5x8xf32> {
  %0 = graph.gelu %x "none" : tensor<5x8xf32>
  %1 = graph.gelu %0 "tanh" : tensor<5x8xf32>
  return %1 : tensor<5x8xf32>
}

// -----

// A row without keys weighs all of them alike.
// CHECK-LABEL: func.func private @attention_0(
// CHECK-SAME: empty_rows = "mean"
// CHECK: tosa.maximum
// CHECK: %[[EXP:.*]] = tosa.exp
// CHECK: %[[SUM:.*]] = tosa.reduce_sum %[[EXP]]
// CHECK: %[[EMPTY:.*]] = tosa.equal %[[SUM]]
// CHECK: tosa.select %[[EMPTY]], %{{.*}}, %[[EXP]]
// CHECK: tosa.select %[[EMPTY]], %{{.*}}, %[[SUM]]
func.func @mean(%q: tensor<2x2x5x8xf32>, %keep: tensor<2x1x1x5xi1>) -> tensor<2x2x5x8xf32> {
  %0 = graph.attention %q, %q, %q keep %keep : tensor<2x1x1x5xi1> scale 0.25 {empty_rows = "mean"}
      : (tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>, tensor<2x2x5x8xf32>) -> tensor<2x2x5x8xf32>
  return %0 : tensor<2x2x5x8xf32>
}

// -----

// Halves and neighbours are two functions.
// CHECK-LABEL: func.func @interleaved
// CHECK: call @rope_0
// CHECK: call @rope_1
// CHECK: func.func private @rope_0({{.*}} attributes {buddy.composite = "rope"}
// CHECK: func.func private @rope_1({{.*}} buddy.rope = {interleaved = true}
// CHECK: tosa.reshape {{.*}} -> tensor<5x4x2xf32>
// CHECK: tosa.negate
// CHECK: tosa.concat {{.*}} {axis = 2 : i32}
// CHECK: tosa.reshape {{.*}} -> tensor<5x8xf32>
func.func @interleaved(%x: tensor<5x8xf32>, %t: tensor<5x8xf32>) -> tensor<5x8xf32> {
  %0 = graph.rope %x, %t, %t : (tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
  %1 = graph.rope %0, %t, %t interleaved : (tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
  return %1 : tensor<5x8xf32>
}
