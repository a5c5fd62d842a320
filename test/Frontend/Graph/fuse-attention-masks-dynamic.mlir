// Masks of as many queries and keys as each run has; 722113583 stands for s64.
// RUN: buddy-opt %s --buddy-graph-fuse-attention --canonicalize | FileCheck %s

module attributes {buddy.symbols = [{name = "s64", min = 2 : i64, max = 4096 : i64}]} {
  // Not above the diagonal.
  // CHECK-LABEL: @triu_not
  // CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal :
  func.func @triu_not(%x: tensor<2x3x722113583x4xf32>) -> tensor<2x3x722113583x4xf32> {
    %t = graph.constant dense<true> : tensor<722113583x722113583xi1>
    %u = graph.triu %t diagonal 1 : tensor<722113583x722113583xi1>
    %m = graph.logical_not %u : tensor<722113583x722113583xi1>
    %r = graph.sdpa %x, %x, %x mask %m : tensor<722113583x722113583xi1> : (tensor<2x3x722113583x4xf32>, tensor<2x3x722113583x4xf32>, tensor<2x3x722113583x4xf32>) -> tensor<2x3x722113583x4xf32>
    return %r : tensor<2x3x722113583x4xf32>
  }

  // query >= key and key > query - 10, by positions.
  // CHECK-LABEL: @window
  // CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal window 10 :
  func.func @window(%x: tensor<2x3x722113583x4xf32>) -> tensor<2x3x722113583x4xf32> {
    %k = graph.arange 0 : i64 step 1 : i64 : tensor<722113583xi64>
    %q = graph.reshape %k : tensor<722113583xi64> to tensor<722113583x1xi64>
    %before = graph.ge %q, %k : (tensor<722113583x1xi64>, tensor<722113583xi64>) -> tensor<722113583x722113583xi1>
    %ten = graph.constant dense<10> : tensor<i64>
    %from = graph.sub %q, %ten : (tensor<722113583x1xi64>, tensor<i64>) -> tensor<722113583x1xi64>
    %near = graph.gt %k, %from : (tensor<722113583xi64>, tensor<722113583x1xi64>) -> tensor<722113583x722113583xi1>
    %m = graph.logical_and %before, %near : (tensor<722113583x722113583xi1>, tensor<722113583x722113583xi1>) -> tensor<722113583x722113583xi1>
    %r = graph.sdpa %x, %x, %x mask %m : tensor<722113583x722113583xi1> : (tensor<2x3x722113583x4xf32>, tensor<2x3x722113583x4xf32>, tensor<2x3x722113583x4xf32>) -> tensor<2x3x722113583x4xf32>
    return %r : tensor<2x3x722113583x4xf32>
  }

  // A window of 4000 is one even where most runs have fewer keys.
  // CHECK-LABEL: @wide_window
  // CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 window 4000 :
  func.func @wide_window(%x: tensor<2x3x722113583x4xf32>) -> tensor<2x3x722113583x4xf32> {
    %k = graph.arange 0 : i64 step 1 : i64 : tensor<722113583xi64>
    %q = graph.reshape %k : tensor<722113583xi64> to tensor<722113583x1xi64>
    %width = graph.constant dense<4000> : tensor<i64>
    %from = graph.sub %q, %width : (tensor<722113583x1xi64>, tensor<i64>) -> tensor<722113583x1xi64>
    %m = graph.gt %k, %from : (tensor<722113583xi64>, tensor<722113583x1xi64>) -> tensor<722113583x722113583xi1>
    %r = graph.sdpa %x, %x, %x mask %m : tensor<722113583x722113583xi1> : (tensor<2x3x722113583x4xf32>, tensor<2x3x722113583x4xf32>, tensor<2x3x722113583x4xf32>) -> tensor<2x3x722113583x4xf32>
    return %r : tensor<2x3x722113583x4xf32>
  }

  // Queries after 7 keys that were there already: no query is on the diagonal, so it stays a tensor.
  // CHECK-LABEL: @after_seven
  // CHECK: graph.tril %{{.*}} diagonal 7
  // CHECK: graph.attention %arg0, %arg1, %arg1 keep %{{.*}} scale 5.000000e-01 :
  func.func @after_seven(%x: tensor<2x3x722113583x4xf32>, %k: tensor<2x3x722113590x4xf32>) -> tensor<2x3x722113583x4xf32> {
    %p = graph.arange 7 : i64 step 1 : i64 : tensor<722113583xi64>
    %c = graph.arange 0 : i64 step 1 : i64 : tensor<722113590xi64>
    %q = graph.reshape %p : tensor<722113583xi64> to tensor<722113583x1xi64>
    %m = graph.ge %q, %c : (tensor<722113583x1xi64>, tensor<722113590xi64>) -> tensor<722113583x722113590xi1>
    %r = graph.sdpa %x, %k, %k mask %m : tensor<722113583x722113590xi1> : (tensor<2x3x722113583x4xf32>, tensor<2x3x722113590x4xf32>, tensor<2x3x722113590x4xf32>) -> tensor<2x3x722113583x4xf32>
    return %r : tensor<2x3x722113583x4xf32>
  }
}
