// What the attention fusion still has to read is left as it is written.
// RUN: buddy-opt %s --buddy-graph-evaluate=masks=false | FileCheck %s
// RUN: buddy-opt %s --buddy-graph-evaluate | FileCheck %s --check-prefix=ALL

// CHECK-LABEL: @mask
// CHECK: graph.tril
// CHECK: graph.ge
// CHECK: graph.logical_and
// A scale is evaluated all the same.
// CHECK: graph.constant dense<5.000000e-01> : tensor<f32>
// ALL-LABEL: @mask
// ALL-NOT: graph.logical_and
// ALL: graph.constant dense<{{\[\[}}true, false], [true, true]]> : tensor<2x2xi1>
func.func @mask(%x: tensor<2x2xf32>) -> (tensor<2x2xi1>, tensor<2x2xf32>) {
  %ones = graph.constant dense<true> : tensor<2x2xi1>
  %tril = graph.tril %ones diagonal 0 : tensor<2x2xi1>
  %p = graph.arange 0 : i64 step 1 : i64 : tensor<2xi64>
  %q = graph.reshape %p : tensor<2xi64> to tensor<2x1xi64>
  %ge = graph.ge %q, %p : (tensor<2x1xi64>, tensor<2xi64>) -> tensor<2x2xi1>
  %and = graph.logical_and %tril, %ge : (tensor<2x2xi1>, tensor<2x2xi1>) -> tensor<2x2xi1>
  %four = graph.constant dense<4.0> : tensor<f32>
  %s = graph.rsqrt %four : tensor<f32>
  %y = graph.mul %x, %s : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x2xf32>
  return %and, %y : tensor<2x2xi1>, tensor<2x2xf32>
}
