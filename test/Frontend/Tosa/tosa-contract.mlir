// The least that leaves the frontend: a calling convention, a subgraph, composites.
// RUN: buddy-opt %s --buddy-tosa-contract | FileCheck %s

module attributes {buddy.parameters = [{name = "w", kind = "parameter", type = tensor<2x4xf32>}],
                   buddy.signature = {inputs = [{name = "x", type = tensor<1x1x4x2xf32>}, {name = "i", type = tensor<2xi64>}],
                                      outputs = [{name = "output0", type = tensor<1x1x4x2xf32>}]}} {
  // CHECK: func.func @forward
  func.func @forward(%p: tensor<8xf32>, %x: tensor<1x1x4x2xf32>, %i: tensor<2xi64>) -> tensor<1x1x4x2xf32> {
    %0 = call @subgraph0(%x) : (tensor<1x1x4x2xf32>) -> tensor<1x1x4x2xf32>
    return %0 : tensor<1x1x4x2xf32>
  }
  // CHECK: func.func private @subgraph0
  func.func private @subgraph0(%x: tensor<1x1x4x2xf32>) -> tensor<1x1x4x2xf32> {
    %keep = "tosa.const"() {values = dense<true> : tensor<4xi1>} : () -> tensor<4xi1>
    %bias = "tosa.const"() {values = dense<0.0> : tensor<4x4xf32>} : () -> tensor<4x4xf32>
    %0 = call @rope_0(%x, %x, %x) : (tensor<1x1x4x2xf32>, tensor<1x1x4x2xf32>, tensor<1x1x4x2xf32>) -> tensor<1x1x4x2xf32>
    %1 = call @attention_0(%0, %0, %0, %keep, %bias)
        : (tensor<1x1x4x2xf32>, tensor<1x1x4x2xf32>, tensor<1x1x4x2xf32>, tensor<4xi1>, tensor<4x4xf32>) -> tensor<1x1x4x2xf32>
    return %1 : tensor<1x1x4x2xf32>
  }
  // CHECK: func.func private @rope_0
  func.func private @rope_0(%x: tensor<1x1x4x2xf32>, %c: tensor<1x1x4x2xf32>, %s: tensor<1x1x4x2xf32>)
      -> tensor<1x1x4x2xf32> attributes {buddy.composite = "rope"} {
    return %x : tensor<1x1x4x2xf32>
  }
  // CHECK: func.func private @attention_0
  func.func private @attention_0(%q: tensor<1x1x4x2xf32>, %k: tensor<1x1x4x2xf32>, %v: tensor<1x1x4x2xf32>,
                                 %keep: tensor<4xi1>, %bias: tensor<4x4xf32>) -> tensor<1x1x4x2xf32>
      attributes {buddy.composite = "attention",
                  buddy.attention = {scale = 1.0 : f64, causal = false, keep = true, bias = true, empty_rows = "nan"}} {
    return %q : tensor<1x1x4x2xf32>
  }
}
