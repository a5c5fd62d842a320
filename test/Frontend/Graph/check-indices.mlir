// RUN: buddy-opt %s --buddy-graph-check-indices --split-input-file | FileCheck %s

// Two tables and an offset: the input must fit all.
// CHECK: inputs = [{name = "ids", ranges = [array<i64: 0, 6, 0, 97>], type = tensor<2x3xi64>}]
module attributes {buddy.signature = {inputs = [{name = "ids", type = tensor<2x3xi64>}], outputs = []}} {
  func.func @forward(%ids: tensor<2x3xi64>, %w: tensor<131x8xf32>, %p: tensor<100x8xf32>) -> (tensor<2x3x8xf32>, tensor<6x8xf32>) {
    %two = graph.constant dense<2> : tensor<i64>
    %x = graph.gather %w[%ids] dim 0 : (tensor<131x8xf32>, tensor<2x3xi64>) -> tensor<2x3x8xf32>
    %flat = graph.reshape %ids : tensor<2x3xi64> to tensor<6xi64>
    %later = graph.add %flat, %two : (tensor<6xi64>, tensor<i64>) -> tensor<6xi64>
    %y = graph.gather %p[%later] dim 0 : (tensor<100x8xf32>, tensor<6xi64>) -> tensor<6x8xf32>
    return %x, %y : tensor<2x3x8xf32>, tensor<6x8xf32>
  }
}
// -----

// Computed indices that stay inside, whatever the inputs: no range.
// CHECK: inputs = [{name = "ids", type = tensor<2x3xi64>}]
module attributes {buddy.signature = {inputs = [{name = "ids", type = tensor<2x3xi64>}], outputs = []}} {
  func.func @forward(%ids: tensor<2x3xi64>, %w: tensor<4x8xf32>) -> (tensor<2x3x8xf32>, tensor<2x3x8xf32>) {
    %zero = graph.constant dense<0> : tensor<i64>
    %three = graph.constant dense<3> : tensor<i64>
    %mask = graph.ne %ids, %zero : (tensor<2x3xi64>, tensor<i64>) -> tensor<2x3xi1>
    %ones = graph.convert %mask : tensor<2x3xi1> to tensor<2x3xi64>
    %positions = graph.cumsum %ones dim 1 : tensor<2x3xi64>
    %x = graph.gather %w[%positions] dim 0 : (tensor<4x8xf32>, tensor<2x3xi64>) -> tensor<2x3x8xf32>
    %low = graph.maximum %ids, %zero : (tensor<2x3xi64>, tensor<i64>) -> tensor<2x3xi64>
    %clamped = graph.minimum %low, %three : (tensor<2x3xi64>, tensor<i64>) -> tensor<2x3xi64>
    %y = graph.gather %w[%clamped] dim 0 : (tensor<4x8xf32>, tensor<2x3xi64>) -> tensor<2x3x8xf32>
    return %x, %y : tensor<2x3x8xf32>, tensor<2x3x8xf32>
  }
}
