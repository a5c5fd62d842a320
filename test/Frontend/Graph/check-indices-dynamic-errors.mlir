// RUN: buddy-opt %s --buddy-graph-check-indices --split-input-file --verify-diagnostics

// One row less than s64 may ask for.
module attributes {buddy.symbols = [{name = "s64", min = 2 : i64, max = 4096 : i64}]} {
  func.func @forward(%table: tensor<4095x4xf32>) -> tensor<722113583x4xf32> {
    %positions = graph.arange 0 : i64 step 1 : i64 : tensor<722113583xi64>
    // expected-error @+1 {{its indices may go beyond a dimension of size 4095 where a dynamic size is as large as it may be; give that size a `max` (torch.export.Dim) that keeps them inside}}
    %0 = graph.gather %table[%positions] dim 0 : (tensor<4095x4xf32>, tensor<722113583xi64>) -> tensor<722113583x4xf32>
    return %0 : tensor<722113583x4xf32>
  }
}

// -----

// The third from the end of two.
module attributes {buddy.symbols = [{name = "s64", min = 2 : i64, max = 4096 : i64}]} {
  func.func @forward(%x: tensor<722113583x4xf32>) -> tensor<1x4xf32> {
    %third = graph.constant dense<-3> : tensor<1xi64>
    // expected-error @+1 {{index -3 is outside of a dynamic size where that is small; give it a `min` (torch.export.Dim)}}
    %0 = graph.gather %x[%third] dim 0 wrap : (tensor<722113583x4xf32>, tensor<1xi64>) -> tensor<1x4xf32>
    return %0 : tensor<1x4xf32>
  }
}

// -----

// A size without a largest value: four times that is beyond 64 bits, and not -8.
module attributes {buddy.symbols = [{name = "s64", min = 2 : i64}]} {
  func.func @forward(%table: tensor<64x4xf32>) -> tensor<722113583x4xf32> {
    %positions = graph.arange 0 : i64 step 1 : i64 : tensor<722113583xi64>
    %four = graph.constant dense<4> : tensor<i64>
    %far = graph.mul %positions, %four : (tensor<722113583xi64>, tensor<i64>) -> tensor<722113583xi64>
    // expected-error @+1 {{its indices are computed in a way that does not tell whether they stay inside of a dimension of size 64}}
    %0 = graph.gather %table[%far] dim 0 wrap : (tensor<64x4xf32>, tensor<722113583xi64>) -> tensor<722113583x4xf32>
    return %0 : tensor<722113583x4xf32>
  }
}
