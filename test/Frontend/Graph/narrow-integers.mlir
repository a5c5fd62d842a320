// RUN: buddy-opt %s --buddy-graph-narrow-integers --split-input-file | FileCheck %s

// What is made of constants and counted is narrow; what meets an input of which nothing is known is not.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%[[X:.*]]: tensor<4xi64>, %[[B:.*]]: tensor<4xi1>)
// CHECK: %[[P:.*]] = graph.arange 0 : i64 step 1 : i64 : tensor<4xi32>
// CHECK: %[[WIDE:.*]] = graph.convert %[[P]] : tensor<4xi32> to tensor<4xi64>
// CHECK: %[[C:.*]] = graph.constant dense<[3, -268435456, 5, 7]> : tensor<4xi32>
// CHECK: %[[ONES:.*]] = graph.convert %[[B]] : tensor<4xi1> to tensor<4xi32>
// CHECK: %[[COUNT:.*]] = graph.cumsum %[[ONES]] dim 0 : tensor<4xi32>
// CHECK: %[[PLACE:.*]] = graph.add %[[COUNT]], %[[P]] : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
// CHECK: graph.lt %[[PLACE]], %[[C]] : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>
// CHECK: %[[SUM:.*]] = graph.add %[[X]], %[[WIDE]] : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
// CHECK: return %{{.*}}, %[[SUM]], %{{.*}} : tensor<4xi1>, tensor<4xi64>, tensor<4xi64>
func.func @forward(%x: tensor<4xi64>, %b: tensor<4xi1>) -> (tensor<4xi1>, tensor<4xi64>, tensor<4xi64>) {
  %p = graph.arange 0 : i64 step 1 : i64 : tensor<4xi64>
  %c = graph.constant dense<[3, -268435456, 5, 7]> : tensor<4xi64>
  %o = graph.convert %b : tensor<4xi1> to tensor<4xi64>
  %n = graph.cumsum %o dim 0 : tensor<4xi64>
  %q = graph.add %n, %p : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
  %l = graph.lt %q, %c : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi1>
  %s = graph.add %x, %p : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
  return %l, %s, %q : tensor<4xi1>, tensor<4xi64>, tensor<4xi64>
}

// -----

// The bounds of a result alone are not enough, nor those of the operands: a clamp reads all of its input,
// a square of 2^16 does not fit, nor does the negative of the least one.
// CHECK-LABEL: func.func @bounds
// CHECK: graph.maximum %{{.*}} : (tensor<4xi64>, tensor<1xi64>) -> tensor<4xi64>
// CHECK: %[[CLAMPED:.*]] = graph.minimum %{{.*}} : (tensor<4xi64>, tensor<1xi64>) -> tensor<4xi64>
// CHECK: %[[SMALL:.*]] = graph.convert %[[CLAMPED]] : tensor<4xi64> to tensor<4xi32>
// CHECK: graph.add %[[SMALL]], %{{.*}} : (tensor<4xi32>, tensor<1xi32>) -> tensor<4xi32>
// CHECK: graph.mul %{{.*}} : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
// CHECK: graph.neg %{{.*}} : tensor<2xi64>
func.func @bounds(%x: tensor<4xi64>) -> (tensor<4xi64>, tensor<2xi64>, tensor<2xi64>) {
  %zero = graph.constant dense<0> : tensor<1xi64>
  %nine = graph.constant dense<9> : tensor<1xi64>
  %low = graph.maximum %x, %zero : (tensor<4xi64>, tensor<1xi64>) -> tensor<4xi64>
  %clamped = graph.minimum %low, %nine : (tensor<4xi64>, tensor<1xi64>) -> tensor<4xi64>
  %more = graph.add %clamped, %nine : (tensor<4xi64>, tensor<1xi64>) -> tensor<4xi64>
  %large = graph.constant dense<[65536, -2147483648]> : tensor<2xi64>
  %square = graph.mul %large, %large : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  %neg = graph.neg %large : tensor<2xi64>
  return %more, %square, %neg : tensor<4xi64>, tensor<2xi64>, tensor<2xi64>
}

// -----

// What the run checks of an input, of all its elements, is known of it; an index may have either width, and
// what is converted too. PyTorch's own int32 stays as it is.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%[[IDS:.*]]: tensor<3xi64>, %[[SOME:.*]]: tensor<3xi64>, %[[OWN:.*]]: tensor<3xi32>, %[[T:.*]]: tensor<9x2xf32>)
// CHECK-DAG: %[[SMALL:.*]] = graph.convert %[[IDS]] : tensor<3xi64> to tensor<3xi32>
// CHECK-DAG: graph.gather %[[T]][%[[IDS]]] dim 0 : (tensor<9x2xf32>, tensor<3xi64>) -> tensor<3x2xf32>
// CHECK: graph.add %[[SMALL]], %{{.*}} : (tensor<3xi32>, tensor<1xi32>) -> tensor<3xi32>
// CHECK: graph.add %[[SOME]], %{{.*}} : (tensor<3xi64>, tensor<1xi64>) -> tensor<3xi64>
// CHECK: graph.convert %[[SOME]] : tensor<3xi64> to tensor<3xf32>
// CHECK: graph.add %[[OWN]], %[[OWN]] : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
module attributes {buddy.signature = {inputs = [
    {name = "ids", type = tensor<3xi64>, ranges = [array<i64: 0, 3, 0, 8>]},
    {name = "some", type = tensor<3xi64>, ranges = [array<i64: 1, 1, 0, 8>]},
    {name = "own", type = tensor<3xi32>}, {name = "t", type = tensor<9x2xf32>}], outputs = []}} {
  func.func @forward(%ids: tensor<3xi64>, %some: tensor<3xi64>, %own: tensor<3xi32>, %t: tensor<9x2xf32>)
      -> (tensor<3x2xf32>, tensor<3xi64>, tensor<3xi64>, tensor<3xf32>, tensor<3xi32>) {
    %one = graph.constant dense<1> : tensor<1xi64>
    %row = graph.gather %t[%ids] dim 0 : (tensor<9x2xf32>, tensor<3xi64>) -> tensor<3x2xf32>
    %0 = graph.add %ids, %one : (tensor<3xi64>, tensor<1xi64>) -> tensor<3xi64>
    %1 = graph.add %some, %one : (tensor<3xi64>, tensor<1xi64>) -> tensor<3xi64>
    %2 = graph.convert %some : tensor<3xi64> to tensor<3xf32>
    %3 = graph.add %own, %own : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    return %row, %0, %1, %2, %3 : tensor<3x2xf32>, tensor<3xi64>, tensor<3xi64>, tensor<3xf32>, tensor<3xi32>
  }
}
