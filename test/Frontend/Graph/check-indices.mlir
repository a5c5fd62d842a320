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
// -----

// Rows from a position on: only the position's own element has a range, of the rows that follow it.
// CHECK: inputs = [{name = "pos", ranges = [array<i64: 0, 1, 0, 27>, array<i64: 0, 5, 0, 99>], type = tensor<5xi64>}]
module attributes {buddy.signature = {inputs = [{name = "pos", type = tensor<5xi64>}], outputs = []}} {
  func.func @forward(%pos: tensor<5xi64>, %k: tensor<32x8xf32>, %s: tensor<5x8xf32>, %t: tensor<100x8xf32>) -> (tensor<32x8xf32>, tensor<5x8xf32>) {
    %one = graph.slice %pos dim 0 from 0 to 1 step 1 : tensor<5xi64> to tensor<1xi64>
    %first = graph.reshape %one : tensor<1xi64> to tensor<i64>
    %rows = graph.arange 0 : i64 step 1 : i64 : tensor<5xi64>
    %i = graph.add %rows, %first : (tensor<5xi64>, tensor<i64>) -> tensor<5xi64>
    %x = graph.index_copy %k[%i], %s dim 0 : (tensor<32x8xf32>, tensor<5xi64>, tensor<5x8xf32>) -> tensor<32x8xf32>
    %y = graph.gather %t[%pos] dim 0 : (tensor<100x8xf32>, tensor<5xi64>) -> tensor<5x8xf32>
    return %x, %y : tensor<32x8xf32>, tensor<5x8xf32>
  }
}
// -----

// With wrap an index may count from the end.
// CHECK: inputs = [{name = "pos", ranges = [array<i64: 0, 2, -32, 31>], type = tensor<2xi64>}]
module attributes {buddy.signature = {inputs = [{name = "pos", type = tensor<2xi64>}], outputs = []}} {
  func.func @forward(%pos: tensor<2xi64>, %k: tensor<32x8xf32>, %s: tensor<2x8xf32>) -> tensor<32x8xf32> {
    %x = graph.index_copy %k[%pos], %s dim 0 wrap : (tensor<32x8xf32>, tensor<2xi64>, tensor<2x8xf32>) -> tensor<32x8xf32>
    return %x : tensor<32x8xf32>
  }
}
// -----

// Positions counted from a padding mask that is an input: it must hold zeros and ones.
// CHECK: inputs = [{name = "mask", ranges = [array<i64: 0, 6, 0, 1>], type = tensor<2x3xi64>}]
module attributes {buddy.signature = {inputs = [{name = "mask", type = tensor<2x3xi64>}], outputs = []}} {
  func.func @forward(%mask: tensor<2x3xi64>, %w: tensor<5x8xf32>) -> tensor<2x3x8xf32> {
    %one = graph.constant dense<1> : tensor<i64>
    %count = graph.cumsum %mask dim 1 : tensor<2x3xi64>
    %kept = graph.mul %count, %mask : (tensor<2x3xi64>, tensor<2x3xi64>) -> tensor<2x3xi64>
    %positions = graph.add %kept, %one : (tensor<2x3xi64>, tensor<i64>) -> tensor<2x3xi64>
    %x = graph.gather %w[%positions] dim 0 : (tensor<5x8xf32>, tensor<2x3xi64>) -> tensor<2x3x8xf32>
    return %x : tensor<2x3x8xf32>
  }
}
