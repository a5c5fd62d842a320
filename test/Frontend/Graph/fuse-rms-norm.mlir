// RUN: buddy-opt %s --buddy-graph-fuse-rms-norm --split-input-file | FileCheck %s

// CHECK-LABEL: @llama
// CHECK-NEXT: %[[R:.*]] = graph.rms_norm %arg0 weight %arg1 : tensor<8xf32> eps 9.9999999747524271E-7 : tensor<2x3x8xf32>
// CHECK-NEXT: return %[[R]]
func.func @llama(%x: tensor<2x3x8xf32>, %w: tensor<8xf32>) -> tensor<2x3x8xf32> {
  %s = graph.mul %x, %x : (tensor<2x3x8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  %m = graph.mean %s [2] : tensor<2x3x8xf32> to tensor<2x3x1xf32>
  %eps = graph.constant dense<1.0e-6> : tensor<f32>
  %e = graph.add %m, %eps : (tensor<2x3x1xf32>, tensor<f32>) -> tensor<2x3x1xf32>
  %r = graph.rsqrt %e : tensor<2x3x1xf32>
  %n = graph.mul %x, %r : (tensor<2x3x8xf32>, tensor<2x3x1xf32>) -> tensor<2x3x8xf32>
  %y = graph.mul %w, %n : (tensor<8xf32>, tensor<2x3x8xf32>) -> tensor<2x3x8xf32>
  return %y : tensor<2x3x8xf32>
}
// -----

// x / sqrt(sum(x ^ 2) / 8 + eps), times 1 + weight: the weight is computed.
// CHECK-LABEL: @quotient
// CHECK: %[[W:.*]] = graph.add %arg1
// CHECK: graph.rms_norm %arg0 weight %[[W]] : tensor<8xf32> eps 2.500000e-01 :
// CHECK-NEXT: return
func.func @quotient(%x: tensor<2x3x8xf32>, %w: tensor<8xf32>) -> tensor<2x3x8xf32> {
  %one = graph.constant dense<1.0> : tensor<f32>
  %two = graph.constant dense<2.0> : tensor<f32>
  %eight = graph.constant dense<8.0> : tensor<f32>
  %eps = graph.constant dense<0.25> : tensor<f32>
  %s = graph.pow %x, %two : (tensor<2x3x8xf32>, tensor<f32>) -> tensor<2x3x8xf32>
  %t = graph.sum %s [2] : tensor<2x3x8xf32> to tensor<2x3x1xf32>
  %m = graph.div %t, %eight : (tensor<2x3x1xf32>, tensor<f32>) -> tensor<2x3x1xf32>
  %e = graph.add %eps, %m : (tensor<f32>, tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  %r = graph.sqrt %e : tensor<2x3x1xf32>
  %n = graph.div %x, %r : (tensor<2x3x8xf32>, tensor<2x3x1xf32>) -> tensor<2x3x8xf32>
  %w1 = graph.add %w, %one : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  %wide = graph.reshape %w1 : tensor<8xf32> to tensor<1x1x8xf32>
  %y = graph.mul %n, %wide : (tensor<2x3x8xf32>, tensor<1x1x8xf32>) -> tensor<2x3x8xf32>
  return %y : tensor<2x3x8xf32>
}
// -----

// Over another dimension; of another tensor; over a wrong count: none is a norm.
// CHECK-LABEL: @others
// CHECK-NOT: graph.rms_norm
func.func @others(%x: tensor<2x8x8xf32>, %z: tensor<2x8x8xf32>) -> (tensor<2x8x8xf32>, tensor<2x8x8xf32>, tensor<2x8x8xf32>) {
  %s = graph.mul %x, %x : (tensor<2x8x8xf32>, tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
  %m = graph.mean %s [1] : tensor<2x8x8xf32> to tensor<2x1x8xf32>
  %r = graph.rsqrt %m : tensor<2x1x8xf32>
  %a = graph.mul %x, %r : (tensor<2x8x8xf32>, tensor<2x1x8xf32>) -> tensor<2x8x8xf32>
  %m2 = graph.mean %s [2] : tensor<2x8x8xf32> to tensor<2x8x1xf32>
  %r2 = graph.rsqrt %m2 : tensor<2x8x1xf32>
  %b = graph.mul %z, %r2 : (tensor<2x8x8xf32>, tensor<2x8x1xf32>) -> tensor<2x8x8xf32>
  %seven = graph.constant dense<7.0> : tensor<f32>
  %t = graph.sum %s [2] : tensor<2x8x8xf32> to tensor<2x8x1xf32>
  %m3 = graph.div %t, %seven : (tensor<2x8x1xf32>, tensor<f32>) -> tensor<2x8x1xf32>
  %r3 = graph.rsqrt %m3 : tensor<2x8x1xf32>
  %c = graph.mul %x, %r3 : (tensor<2x8x8xf32>, tensor<2x8x1xf32>) -> tensor<2x8x8xf32>
  return %a, %b, %c : tensor<2x8x8xf32>, tensor<2x8x8xf32>, tensor<2x8x8xf32>
}
// -----

// A negative eps, and a product x y instead of x x: no norms.
// CHECK-LABEL: @not_a_square
// CHECK-NOT: graph.rms_norm
func.func @not_a_square(%x: tensor<2x8xf32>, %y: tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  %s = graph.mul %x, %y : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %m = graph.mean %s [1] : tensor<2x8xf32> to tensor<2x1xf32>
  %r = graph.rsqrt %m : tensor<2x1xf32>
  %a = graph.mul %x, %r : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %s2 = graph.mul %x, %x : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %m2 = graph.mean %s2 [1] : tensor<2x8xf32> to tensor<2x1xf32>
  %eps = graph.constant dense<-1.0e-6> : tensor<f32>
  %e = graph.add %m2, %eps : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %r2 = graph.rsqrt %e : tensor<2x1xf32>
  %b = graph.mul %x, %r2 : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %a, %b : tensor<2x8xf32>, tensor<2x8xf32>
}
// -----

// A factor for each row is no weight, and a norm with other readers keeps them.
// CHECK-LABEL: @factors
// CHECK: %[[N:.*]] = graph.rms_norm %arg0 eps 0.000000e+00 : tensor<8x8xf32>
// CHECK: graph.mul %[[N]], %arg1
// CHECK: graph.mul %[[N]], %arg2
func.func @factors(%x: tensor<8x8xf32>, %rows: tensor<8x1xf32>, %w: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %s = graph.mul %x, %x : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %m = graph.mean %s [1] : tensor<8x8xf32> to tensor<8x1xf32>
  %r = graph.rsqrt %m : tensor<8x1xf32>
  %n = graph.mul %x, %r : (tensor<8x8xf32>, tensor<8x1xf32>) -> tensor<8x8xf32>
  %a = graph.mul %n, %rows : (tensor<8x8xf32>, tensor<8x1xf32>) -> tensor<8x8xf32>
  %b = graph.mul %n, %w : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  return %a, %b : tensor<8x8xf32>, tensor<8x8xf32>
}
