// Elementwise ops where TOSA's differ from PyTorch's.
// RUN: buddy-opt %s --buddy-graph-to-tosa | FileCheck %s
// RUN: buddy-opt %s --buddy-graph-to-tosa | %mlir-opt --tosa-validate="strict-op-spec-alignment" -o /dev/null

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

// A power of two divides exactly. Other quotients are composites: their plain meaning is rounded
// twice, by a reciprocal that does not overflow. So are means.
// CHECK-LABEL: func.func @division
// CHECK: dense<1.250000e-01>
// CHECK: tosa.mul
// CHECK: call @div_0(%{{.*}}, %{{.*}}) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
// CHECK: call @div_1(%{{.*}}, %{{.*}}) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
func.func @division(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %eight = graph.constant dense<8.0> : tensor<f32>
  %three = graph.constant dense<3.0> : tensor<f32>
  %0 = graph.div %a, %eight : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = graph.div %0, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = graph.div %1, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: func.func @means
// CHECK: tosa.reduce_sum
// CHECK: dense<2.500000e-01>
// CHECK: tosa.mul
// CHECK: "tosa.const"() <{values = dense<1.200000e+01> : tensor<1x1xf32>}>
// CHECK: tosa.reduce_sum
// CHECK: call @div_2(%{{.*}}, %{{.*}}) : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
func.func @means(%a: tensor<3x4xf32>) -> (tensor<3x1xf32>, tensor<1x1xf32>) {
  %0 = graph.mean %a [1] : tensor<3x4xf32> to tensor<3x1xf32>
  %1 = graph.mean %a [0, 1] : tensor<3x4xf32> to tensor<1x1xf32>
  return %0, %1 : tensor<3x1xf32>, tensor<1x1xf32>
}

// tosa.mul with a constant of zeros folds to zeros, of NaN and infinity too.
// CHECK-LABEL: func.func @zeros
// CHECK: call @mul_0(%arg0, %{{.*}}) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
// CHECK: call @mul_1(%{{.*}}, %arg0) : (tensor<1xf32>, tensor<4xf32>) -> tensor<4xf32>
// CHECK: tosa.mul {{.*}} -> tensor<4xi64>
func.func @zeros(%a: tensor<4xf32>, %n: tensor<4xi64>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xi64>) {
  %zero = graph.constant dense<0.0> : tensor<f32>
  %minus = graph.constant dense<-0.0> : tensor<f32>
  %none = graph.constant dense<0> : tensor<i64>
  %row = graph.reshape %minus : tensor<f32> to tensor<1xf32>
  %0 = graph.mul %a, %zero : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = graph.mul %row, %a : (tensor<1xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = graph.mul %n, %none : (tensor<4xi64>, tensor<i64>) -> tensor<4xi64>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xi64>
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
  %0 = graph.convert %a : tensor<4xf32> to tensor<4xi32>
  %2 = graph.convert %0 : tensor<4xi32> to tensor<4xi1>
  %3 = graph.convert %2 : tensor<4xi1> to tensor<4xf32>
  return %3 : tensor<4xf32>
}

// CHECK-LABEL: func.func @roots
// CHECK: call @sqrt_0(%arg0)
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

// int64 from and to floats, and quotients rounded down, TOSA has no row for; bools go by int32.
// CHECK-LABEL: func.func @wide
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<4xf32>) outs(%{{.*}} : tensor<4xi64>)
// CHECK: arith.cmpf oge
// CHECK: arith.fptosi %{{.*}} : f32 to i64
// CHECK: arith.select %{{.*}}, %{{.*}}, %c-9223372036854775808_i64
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4xi64>, tensor<1xi64>) outs(%{{.*}} : tensor<4xi64>)
// CHECK: arith.floordivsi
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<4xi64>) outs(%{{.*}} : tensor<4xf32>)
// CHECK: arith.sitofp %{{.*}} : i64 to f32
// CHECK: %[[SMALL:.*]] = tosa.cast %{{.*}} : (tensor<4xi1>) -> tensor<4xi32>
// CHECK: tosa.cast %[[SMALL]] : (tensor<4xi32>) -> tensor<4xi64>
func.func @wide(%x: tensor<4xf32>, %n: tensor<1xi64>, %b: tensor<4xi1>) -> (tensor<4xf32>, tensor<4xi64>) {
  %0 = graph.convert %x : tensor<4xf32> to tensor<4xi64>
  %1 = graph.floor_div %0, %n : (tensor<4xi64>, tensor<1xi64>) -> tensor<4xi64>
  %2 = graph.convert %1 : tensor<4xi64> to tensor<4xf32>
  %3 = graph.convert %b : tensor<4xi1> to tensor<4xi64>
  return %2, %3 : tensor<4xf32>, tensor<4xi64>
}

// Running sums of floats round once each; those of integers are exact in any order.
// CHECK-LABEL: func.func @sums
// CHECK: call @cumsum_0(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
// CHECK: tosa.concat {{.*}} -> tensor<4xi64>
func.func @sums(%a: tensor<4xf32>, %n: tensor<4xi64>) -> (tensor<4xf32>, tensor<4xi64>) {
  %0 = graph.cumsum %a dim 0 : tensor<4xf32>
  %1 = graph.cumsum %n dim 0 : tensor<4xi64>
  return %0, %1 : tensor<4xf32>, tensor<4xi64>
}

// CHECK: func.func private @cumsum_0({{.*}} attributes {buddy.composite = "cumsum", buddy.cumsum = {dim = 0 : i64}}
// CHECK-COUNT-2: tosa.concat
// CHECK: func.func private @div_0({{.*}} attributes {buddy.composite = "div"}
// CHECK: tosa.abs
// CHECK: tosa.select
// CHECK: tosa.reciprocal
// CHECK: func.func private @div_1({{.*}} attributes {buddy.composite = "div"}
// CHECK: func.func private @div_2({{.*}} attributes {buddy.composite = "div"}
// CHECK: func.func private @mul_0({{.*}} attributes {buddy.composite = "mul"}
// CHECK: tosa.mul
// CHECK: func.func private @sqrt_0({{.*}} attributes {buddy.composite = "sqrt"}
// CHECK: tosa.rsqrt
// CHECK: tosa.reciprocal
