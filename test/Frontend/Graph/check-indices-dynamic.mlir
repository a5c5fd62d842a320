// RUN: buddy-opt %s --buddy-graph-check-indices --split-input-file | FileCheck %s

// 722113583 stands for s64, which is from 2 to 4096 here. Positions up to it fit a table of 4096 rows, and
// index -2 a dimension of that size, whatever it is. What an input may hold depends on it: the tighter of
// two ranges is the one that does not count from the end.
// CHECK: #[[RANGE:.*]] = affine_map<()[s0] -> (0, 3, 0, s0 - 1)>
// CHECK: name = "ids", ranges = [#[[RANGE]]], type = tensor<3xi64>}
module attributes {
    buddy.symbols = [{name = "s64", min = 2 : i64, max = 4096 : i64}],
    buddy.signature = {inputs = [{name = "x", type = tensor<2x722113583x4xf32>}, {name = "ids", type = tensor<3xi64>}], outputs = []}} {
  func.func @forward(%x: tensor<2x722113583x4xf32>, %ids: tensor<3xi64>, %table: tensor<4096x4xf32>)
      -> (tensor<722113583x4xf32>, tensor<2x1x4xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>) {
    %positions = graph.arange 0 : i64 step 1 : i64 : tensor<722113583xi64>
    %0 = graph.gather %table[%positions] dim 0 : (tensor<4096x4xf32>, tensor<722113583xi64>) -> tensor<722113583x4xf32>
    %last = graph.constant dense<-2> : tensor<1xi64>
    %1 = graph.gather %x[%last] dim 1 wrap : (tensor<2x722113583x4xf32>, tensor<1xi64>) -> tensor<2x1x4xf32>
    %2 = graph.gather %x[%ids] dim 1 : (tensor<2x722113583x4xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
    %3 = graph.gather %x[%ids] dim 1 wrap : (tensor<2x722113583x4xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
    return %0, %1, %2, %3 : tensor<722113583x4xf32>, tensor<2x1x4xf32>, tensor<2x3x4xf32>, tensor<2x3x4xf32>
  }
}

// -----

// What the ranges of the symbols do not say, the run does: one row less than s64 may ask for; the third from the end of
// two or more; a size without a largest value, four times which is beyond 64 bits; rows of what a run has.
// CHECK: #[[OF:.*]] = affine_map<()[s0] -> (s0)>
// CHECK: #[[WRAP:.*]] = affine_map<()[s0] -> (-s0, s0 - 1)>
// CHECK: checks = [{location = "{{.*}}", op = "gather", range = array<i64: 0, 4094>, shape = #[[OF]]},
// CHECK-SAME: {location = "{{.*}}", op = "gather", range = #[[WRAP]], shape = array<i64: 1>},
// CHECK-SAME: {location = "{{.*}}", op = "gather", range = array<i64: -64, 63>, shape = #[[OF]]},
// CHECK-SAME: {location = "{{.*}}", op = "gather", range = #[[WRAP]], shape = #[[OF]]}]
// CHECK-DAG: %[[LAST:.*]] = graph.arange 722113582 : i64 step 1 : i64 : tensor<1xi64>
// CHECK-DAG: %[[FIRST:.*]] = graph.arange -722113583 : i64 step 1 : i64 : tensor<1xi64>
// CHECK-DAG: %[[MOST:.*]] = graph.reshape %[[LAST]] : tensor<1xi64> to tensor<i64>
// CHECK-DAG: %[[LEAST:.*]] = graph.reshape %[[FIRST]] : tensor<1xi64> to tensor<i64>
// CHECK: graph.check_indices %{{.*}}, %{{.*}} from 0 to 4094
// CHECK: graph.check_indices %{{.*}}, %{{.*}} from -722113583 to 722113582
// CHECK-NEXT: %[[RAISED:.*]] = graph.maximum %{{.*}}, %[[LEAST]]
// CHECK-NEXT: %[[INSIDE:.*]] = graph.minimum %[[RAISED]], %[[MOST]]
// CHECK-NEXT: graph.gather %{{.*}}[%[[INSIDE]]] dim 0 wrap
module attributes {
    buddy.symbols = [{name = "s64", min = 2 : i64}],
    buddy.signature = {inputs = [{name = "table", type = tensor<4095x4xf32>}, {name = "x", type = tensor<722113583x4xf32>}], outputs = []}} {
  func.func @forward(%table: tensor<4095x4xf32>, %x: tensor<722113583x4xf32>, %small: tensor<64x4xf32>) {
    %positions = graph.arange 0 : i64 step 1 : i64 : tensor<722113583xi64>
    %0 = graph.gather %table[%positions] dim 0 : (tensor<4095x4xf32>, tensor<722113583xi64>) -> tensor<722113583x4xf32>
    %third = graph.constant dense<-3> : tensor<1xi64>
    %1 = graph.gather %x[%third] dim 0 wrap : (tensor<722113583x4xf32>, tensor<1xi64>) -> tensor<1x4xf32>
    %four = graph.constant dense<4> : tensor<i64>
    %far = graph.mul %positions, %four : (tensor<722113583xi64>, tensor<i64>) -> tensor<722113583xi64>
    %2 = graph.gather %small[%far] dim 0 wrap : (tensor<64x4xf32>, tensor<722113583xi64>) -> tensor<722113583x4xf32>
    %3 = graph.gather %x[%far] dim 0 wrap : (tensor<722113583x4xf32>, tensor<722113583xi64>) -> tensor<722113583x4xf32>
    return
  }
}
