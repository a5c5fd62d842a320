// RUN: buddy-opt %s --buddy-graph-fuse-gelu --canonicalize | FileCheck %s

// CHECK-LABEL: @exact
// CHECK-SAME: (%[[X:.*]]: tensor<5x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = graph.gelu %[[X]] "none" : tensor<5x6xf32>
// CHECK-NEXT: return %[[Y]]
func.func @exact(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %root = graph.constant dense<1.41421354> : tensor<f32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %half = graph.constant dense<0.5> : tensor<f32>
  %a = graph.div %x, %root : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %b = graph.erf %a : tensor<5x6xf32>
  %c = graph.add %one, %b : (tensor<f32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %d = graph.mul %c, %half : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %y = graph.mul %x, %d : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// new_gelu of transformers: 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))). x is itself a product.
// CHECK-LABEL: @new_gelu
// CHECK: %[[X:.*]] = graph.mul
// CHECK-NEXT: graph.gelu %[[X]] "tanh"
// CHECK-NEXT: return
func.func @new_gelu(%u: tensor<5x6xf32>, %v: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %x = graph.mul %u, %v : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %half = graph.constant dense<0.5> : tensor<f32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %cubic = graph.constant dense<0.044715> : tensor<f32>
  %slope = graph.constant dense<0.797884583> : tensor<f32>
  %0 = graph.mul %x, %half : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %1 = graph.mul %x, %x : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %2 = graph.mul %1, %x : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %3 = graph.mul %2, %cubic : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %4 = graph.add %x, %3 : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %5 = graph.mul %4, %slope : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %6 = graph.tanh %5 : tensor<5x6xf32>
  %7 = graph.add %6, %one : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %y = graph.mul %0, %7 : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// The same, factored: x s (1 + 0.044715 x x).
// CHECK-LABEL: @fast_gelu
// CHECK: graph.gelu %{{.*}} "tanh"
// CHECK-NEXT: return
func.func @fast_gelu(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %half = graph.constant dense<0.5> : tensor<f32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %cubic = graph.constant dense<0.044715> : tensor<f32>
  %slope = graph.constant dense<0.797884583> : tensor<f32>
  %0 = graph.mul %cubic, %x : (tensor<f32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %1 = graph.mul %0, %x : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %2 = graph.add %one, %1 : (tensor<f32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %3 = graph.mul %x, %slope : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %4 = graph.mul %3, %2 : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %5 = graph.tanh %4 : tensor<5x6xf32>
  %6 = graph.add %5, %one : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %7 = graph.mul %x, %6 : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %y = graph.mul %7, %half : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// Another slope under erf.
// CHECK-LABEL: @slope
// CHECK-NOT: graph.gelu
func.func @slope(%x: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %root = graph.constant dense<1.4142> : tensor<f32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %half = graph.constant dense<0.5> : tensor<f32>
  %a = graph.div %x, %root : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %b = graph.erf %a : tensor<5x6xf32>
  %c = graph.add %one, %b : (tensor<f32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %d = graph.mul %c, %half : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %y = graph.mul %x, %d : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// Two tensors: one is multiplied with the function of the other.
// CHECK-LABEL: @two_tensors
// CHECK-NOT: graph.gelu
func.func @two_tensors(%x: tensor<5x6xf32>, %z: tensor<5x6xf32>) -> tensor<5x6xf32> {
  %root = graph.constant dense<0.707106769> : tensor<f32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %half = graph.constant dense<0.5> : tensor<f32>
  %a = graph.mul %z, %root : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %b = graph.erf %a : tensor<5x6xf32>
  %c = graph.add %one, %b : (tensor<f32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %d = graph.mul %c, %half : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %y = graph.mul %x, %d : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// A gate besides: not half of x but x squared; and 1 - erf.
// CHECK-LABEL: @others
// CHECK-NOT: graph.gelu
func.func @others(%x: tensor<5x6xf32>) -> (tensor<5x6xf32>, tensor<5x6xf32>) {
  %root = graph.constant dense<0.707106769> : tensor<f32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %half = graph.constant dense<0.5> : tensor<f32>
  %a = graph.mul %x, %root : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %b = graph.erf %a : tensor<5x6xf32>
  %c = graph.add %one, %b : (tensor<f32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %s = graph.mul %x, %x : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %h = graph.mul %s, %half : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %y = graph.mul %h, %c : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %n = graph.sub %one, %b : (tensor<f32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  %i = graph.mul %x, %half : (tensor<5x6xf32>, tensor<f32>) -> tensor<5x6xf32>
  %z = graph.mul %i, %n : (tensor<5x6xf32>, tensor<5x6xf32>) -> tensor<5x6xf32>
  return %y, %z : tensor<5x6xf32>, tensor<5x6xf32>
}
