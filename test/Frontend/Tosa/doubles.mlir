// RUN: buddy-opt %s --buddy-graph-to-tosa --buddy-tosa-doubles --canonicalize | FileCheck %s
// RUN: buddy-opt %s --buddy-graph-to-tosa --buddy-tosa-doubles | FileCheck %s --check-prefix=NONE

// NONE-NOT: tosa{{.*}}f64

// What is computed in f32 stays TOSA.
// CHECK-LABEL: func.func @softmax
// CHECK: %[[E:.*]] = tosa.exp %{{.*}} : (tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK: linalg.generic {{.*}} ins(%[[E]] : tensor<4x8xf32>)
// CHECK: arith.extf {{.*}} : f32 to f64
// CHECK: linalg.reduce
// CHECK: arith.maximumf
// CHECK: math.exp {{.*}} : f64
// CHECK: linalg.reduce
// CHECK: arith.truncf {{.*}} : f64 to f32
func.func @softmax(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = graph.exp %x : tensor<4x8xf32>
  %1 = graph.convert %0 : tensor<4x8xf32> to tensor<4x8xf64>
  %2 = graph.softmax %1 dim 1 : tensor<4x8xf64>
  %3 = graph.convert %2 : tensor<4x8xf64> to tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @product
// CHECK: linalg.batch_matmul {{.*}} -> tensor<1x4x3xf64>
// CHECK: arith.cmpf
func.func @product(%x: tensor<4x8xf64>, %y: tensor<8x3xf64>) -> tensor<4x3xi1> {
  %0 = graph.matmul %x, %y : (tensor<4x8xf64>, tensor<8x3xf64>) -> tensor<4x3xf64>
  %1 = graph.arange 0.0 : f64 step 0.1 : f64 : tensor<3xf64>
  %2 = graph.gt %0, %1 : (tensor<4x3xf64>, tensor<3xf64>) -> tensor<4x3xi1>
  return %2 : tensor<4x3xi1>
}

// There are no kernels of f64.
// CHECK-LABEL: func.func @norm
// CHECK-NOT: call
// CHECK: math.rsqrt {{.*}} : f64
func.func @norm(%x: tensor<4x8xf64>) -> tensor<4x8xf64> {
  %0 = graph.rms_norm %x eps 1.0e-06 : tensor<4x8xf64>
  return %0 : tensor<4x8xf64>
}
