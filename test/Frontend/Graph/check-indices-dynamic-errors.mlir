// RUN: buddy-opt %s --buddy-graph-check-indices --verify-diagnostics

// The third from the end of at most two.
module attributes {buddy.symbols = [{name = "s64", min = 1 : i64, max = 2 : i64}]} {
  func.func @forward(%x: tensor<722113583x4xf32>) -> tensor<1x4xf32> {
    %third = graph.constant dense<-3> : tensor<1xi64>
    // expected-error @+1 {{index -3 is outside of a dynamic size; PyTorch raises IndexError}}
    %0 = graph.gather %x[%third] dim 0 wrap : (tensor<722113583x4xf32>, tensor<1xi64>) -> tensor<1x4xf32>
    return %0 : tensor<1x4xf32>
  }
}
