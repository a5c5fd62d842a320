// RUN: buddy-opt %s --buddy-graph-check-indices | FileCheck %s

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
