// RUN: buddy-opt %s --buddy-graph-fuse-swiglu --split-input-file | FileCheck %s

// CHECK-LABEL: @swiglu
// CHECK-NEXT: %[[Y:.*]] = graph.swiglu %arg0, %arg1 : tensor<2x8xf32>
// CHECK-NEXT: return %[[Y]]
func.func @swiglu(%gate: tensor<2x8xf32>, %up: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %s = graph.sigmoid %gate : tensor<2x8xf32>
  %a = graph.mul %s, %gate : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %y = graph.mul %up, %a : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
// -----

// The sigmoid of another tensor; up that is broadcast; silu with another reader.
// CHECK-LABEL: @others
// CHECK-NOT: graph.swiglu
func.func @others(%gate: tensor<2x8xf32>, %up: tensor<2x8xf32>, %row: tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>) {
  %s = graph.sigmoid %gate : tensor<2x8xf32>
  %a = graph.mul %up, %s : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %x = graph.mul %row, %a : (tensor<8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %b = graph.mul %gate, %s : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %y = graph.mul %row, %b : (tensor<8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %c = graph.mul %s, %gate : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %z = graph.mul %up, %c : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  return %x, %y, %z, %c : tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>
}
