// RUN: buddy-opt %s --buddy-graph-evaluate --split-input-file | FileCheck %s

// To the nearest, of two the even one; beyond the largest to infinity; through float.
// CHECK-LABEL: @rounded
// CHECK-NEXT: %[[C:.*]] = graph.constant dense<[1.000000e+00, 1.00195313, 2.048000e+03, 6.550400e+04, 0x7F800000, 5.96046448E-8, 0.000000e+00, 0x7FC00000]> : tensor<8xf32>
// CHECK-NEXT: graph.add %{{.*}}, %[[C]]
func.func @rounded(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = graph.constant dense<[1.00048828125, 1.00146484375, 2049.0, 65519.0, 65520.0, 3.0e-08, 2.9802322387695312e-08, 0x7FC00000]> : tensor<8xf32>
  %1 = graph.convert %0 : tensor<8xf32> to tensor<8xf16>
  %2 = graph.convert %1 : tensor<8xf16> to tensor<8xf32>
  %3 = graph.add %x, %2 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %3 : tensor<8xf32>
}

// -----

// What stays a half is stored as one.
// CHECK-LABEL: @moved
// CHECK-NEXT: graph.constant dense<[1.000000e+00, 3.000000e+00]> : tensor<2xbf16>
func.func @moved() -> tensor<2xbf16> {
  %0 = graph.constant dense<[1.0, 2.0, 3.001, 4.0]> : tensor<4xf64>
  %1 = graph.convert %0 : tensor<4xf64> to tensor<4xbf16>
  %2 = graph.slice %1 dim 0 from 0 to 4 step 2 : tensor<4xbf16> to tensor<2xbf16>
  return %2 : tensor<2xbf16>
}

// -----

// Whole numbers beyond 256 are not all there: positions are not what they were.
// CHECK-LABEL: @positions
// CHECK: graph.constant dense<[2.560000e+02, 2.560000e+02, 2.580000e+02, 2.600000e+02]> : tensor<4xf32>
func.func @positions(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = graph.arange 256 : i64 step 1 : i64 : tensor<4xi64>
  %1 = graph.convert %0 : tensor<4xi64> to tensor<4xbf16>
  %2 = graph.convert %1 : tensor<4xbf16> to tensor<4xf32>
  %3 = graph.add %x, %2 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}
