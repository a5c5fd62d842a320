// Elementwise ops where TOSA's differ from PyTorch's.
// RUN: buddy-opt %s --buddy-graph-to-tosa | FileCheck %s
// RUN: buddy-opt %s --buddy-graph-to-tosa | %mlir-opt --tosa-attach-target="profiles=pro_int,pro_fp level=8k" \
// RUN:   --tosa-validate="strict-op-spec-alignment" -o /dev/null

// Equal ranks, and mul's shift.
// CHECK-LABEL: func.func @broadcast
// CHECK: %[[B:.*]] = tosa.reshape %{{.*}} -> tensor<1x4xf32>
// CHECK: %[[SUM:.*]] = tosa.add %{{.*}}, %[[B]] : (tensor<3x4xf32>, tensor<1x4xf32>) -> tensor<3x4xf32>
// CHECK: dense<0> : tensor<1xi8>
// CHECK: tosa.mul %[[SUM]], %{{.*}}, %{{.*}} : (tensor<3x4xf32>, tensor<1x1xf32>, tensor<1xi8>)
func.func @broadcast(%a: tensor<3x4xf32>, %b: tensor<4xf32>, %c: tensor<f32>) -> tensor<3x4xf32> {
  %0 = graph.add %a, %b : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<3x4xf32>
  %1 = graph.mul %0, %c : (tensor<3x4xf32>, tensor<f32>) -> tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// A power of two divides exactly, another constant by its inverse, a tensor by a reciprocal that
// does not overflow.
// CHECK-LABEL: func.func @division
// CHECK: dense<1.250000e-01>
// CHECK: tosa.mul
// CHECK: dense<0.333333343>
// CHECK: tosa.mul
// CHECK: tosa.abs
// CHECK: tosa.select
// CHECK: tosa.reciprocal
func.func @division(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %eight = graph.constant dense<8.0> : tensor<f32>
  %three = graph.constant dense<3.0> : tensor<f32>
  %0 = graph.div %a, %eight : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = graph.div %0, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = graph.div %1, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: func.func @comparisons
// CHECK: %[[LT:.*]] = tosa.greater %arg1, %arg0
// CHECK: %[[EQ:.*]] = tosa.equal %arg0, %arg1
// CHECK: %[[NE:.*]] = tosa.logical_not %[[EQ]]
// CHECK: %[[X:.*]] = tosa.logical_xor %[[LT]], %[[NE]]
// CHECK: tosa.logical_not %[[X]]
func.func @comparisons(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xi1> {
  %0 = graph.lt %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  %1 = graph.ne %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  %2 = graph.eq %0, %1 : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  return %2 : tensor<4xi1>
}

// int64 is int32 here; a float is truncated, not rounded, and what does not fit is the smallest
// integer; a bool is "not zero".
// CHECK-LABEL: func.func @conversions
// CHECK: tosa.floor
// CHECK: tosa.ceil
// CHECK: %[[WHOLE:.*]] = tosa.select
// CHECK: dense<2.14748365E+9>
// CHECK: %[[FITS:.*]] = tosa.greater %{{.*}}, %[[WHOLE]]
// CHECK: %[[CAST:.*]] = tosa.cast %[[WHOLE]] : (tensor<4xf32>) -> tensor<4xi32>
// CHECK: dense<-2147483648>
// CHECK: %[[I:.*]] = tosa.select %[[FITS]], %[[CAST]]
// CHECK: %[[ZERO:.*]] = tosa.equal %[[I]]
// CHECK: %[[B:.*]] = tosa.logical_not %[[ZERO]]
// CHECK: tosa.select %[[B]]
// CHECK-NOT: tosa.cast
func.func @conversions(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = graph.convert %a : tensor<4xf32> to tensor<4xi64>
  %1 = graph.convert %0 : tensor<4xi64> to tensor<4xi32>
  %2 = graph.convert %1 : tensor<4xi32> to tensor<4xi1>
  %3 = graph.convert %2 : tensor<4xi1> to tensor<4xf32>
  return %3 : tensor<4xf32>
}

// CHECK-LABEL: func.func @roots
// CHECK: tosa.rsqrt
// CHECK: tosa.reciprocal
// CHECK-NOT: tosa.pow
// CHECK: tosa.mul
// CHECK: tosa.pow
func.func @roots(%a: tensor<4xf32>) -> tensor<4xf32> {
  %two = graph.constant dense<2.0> : tensor<f32>
  %odd = graph.constant dense<1.7> : tensor<f32>
  %0 = graph.sqrt %a : tensor<4xf32>
  %1 = graph.pow %0, %two : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = graph.pow %1, %odd : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// An integer wraps: tosa.negate of the smallest one would be the largest.
// CHECK-LABEL: func.func @negative
// CHECK: %[[ZERO:.*]] = "tosa.const"() <{values = dense<0> : tensor<1xi32>}>
// CHECK: tosa.sub %[[ZERO]], %{{.*}} : (tensor<1xi32>, tensor<4xi32>) -> tensor<4xi32>
// CHECK: tosa.negate {{.*}} -> tensor<4xf32>
func.func @negative(%i: tensor<4xi32>, %x: tensor<4xf32>) -> (tensor<4xi32>, tensor<4xf32>) {
  %0 = graph.neg %i : tensor<4xi32>
  %1 = graph.neg %x : tensor<4xf32>
  return %0, %1 : tensor<4xi32>, tensor<4xf32>
}
