// RUN: buddy-opt %s --buddy-graph-check-indices --split-input-file | FileCheck %s

// Computed indices that nothing says are inside: the run looks, in program order, and what is outside is taken as the
// nearest inside. The same indices with the same limits are looked at once. What was found is the last output, before
// the states' new values; a state as an index is of the run before.
// CHECK: outputs = [{name = "y", type = tensor<2x8xf32>}, {checks = [
// CHECK-SAME: {location = "model.py:7", op = "gather", range = array<i64: -4, 3>, shape = array<i64: 2>},
// CHECK-SAME: {location = "{{.*}}", op = "embedding", range = array<i64: 0, 5>, shape = array<i64: 2>},
// CHECK-SAME: {location = "{{.*}}", op = "index_copy", range = array<i64: 0, 3>, shape = array<i64: 1>}], name = "checks", type = tensor<3xi64>}]
// CHECK-SAME: states = [{name = "seen", type = tensor<1xi64>}]
// CHECK: func.func @forward(
// CHECK-SAME: %[[IDS:.*]]: tensor<2xi64>, %[[SEEN:.*]]: tensor<1xi64> {buddy.state = 2 : i64}, %[[W:.*]]: tensor<4x8xf32>, %[[E:.*]]: tensor<6x8xf32>
// CHECK-DAG: %[[LOW:.*]] = graph.constant dense<-4> : tensor<i64>
// CHECK-DAG: %[[HIGH:.*]] = graph.constant dense<3> : tensor<i64>
// CHECK-DAG: %[[ZERO:.*]] = graph.constant dense<0> : tensor<i64>
// CHECK-DAG: %[[FIVE:.*]] = graph.constant dense<5> : tensor<i64>
// CHECK: %[[NONE:.*]] = graph.no_findings : tensor<3xi64>
// CHECK: %[[I:.*]] = graph.mul %[[IDS]], %[[IDS]]
// CHECK-NEXT: %[[FIRST:.*]] = graph.check_indices %[[NONE]], %[[I]] from -4 to 3 : (tensor<3xi64>, tensor<2xi64>) -> tensor<3xi64>
// CHECK-NEXT: %[[A:.*]] = graph.maximum %[[I]], %[[LOW]]
// CHECK-NEXT: %[[B:.*]] = graph.minimum %[[A]], %[[HIGH]]
// CHECK-NEXT: graph.gather %[[W]][%[[B]]] dim 0 wrap
// CHECK-NEXT: graph.gather %[[W]][%[[B]]] dim 0 wrap
// CHECK-NEXT: %[[SECOND:.*]] = graph.check_indices %[[FIRST]], %[[I]] from 0 to 5
// CHECK-NEXT: %[[C:.*]] = graph.maximum %[[I]], %[[ZERO]]
// CHECK-NEXT: %[[D:.*]] = graph.minimum %[[C]], %[[FIVE]]
// CHECK-NEXT: graph.gather %[[E]][%[[D]]] dim 0 {aten = "embedding"}
// CHECK-NEXT: graph.add
// CHECK-NEXT: %[[THIRD:.*]] = graph.check_indices %[[SECOND]], %[[SEEN]] from 0 to 3
// CHECK: return %{{.*}}, %[[THIRD]], %[[SEEN]] : tensor<4x8xf32>, tensor<3xi64>, tensor<1xi64>
module attributes {buddy.signature = {
    inputs = [{name = "ids", type = tensor<2xi64>}], outputs = [{name = "y", type = tensor<2x8xf32>}],
    states = [{name = "seen", type = tensor<1xi64>}]}} {
  func.func @forward(%ids: tensor<2xi64>, %seen: tensor<1xi64> {buddy.state = 1 : i64}, %w: tensor<4x8xf32>, %e: tensor<6x8xf32>, %s: tensor<1x8xf32>) -> (tensor<4x8xf32>, tensor<1xi64>) {
    %i = graph.mul %ids, %ids : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
    %x = graph.gather %w[%i] dim 0 wrap : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<2x8xf32> loc("/home/me/model.py":7:1)
    %y = graph.gather %w[%i] dim 0 wrap : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
    %z = graph.gather %e[%i] dim 0 {aten = "embedding"} : (tensor<6x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
    %sum = graph.add %x, %z : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
    %k = graph.index_copy %w[%seen], %s dim 0 : (tensor<4x8xf32>, tensor<1xi64>, tensor<1x8xf32>) -> tensor<4x8xf32>
    return %k, %seen : tensor<4x8xf32>, tensor<1xi64>
  }
}
// -----

// A clamp that leaves too much, and counts of a mask of zeros and ones that are too large all the same.
// CHECK: func.func @forward
// CHECK: graph.check_indices %{{.*}}, %{{.*}} from 0 to 3
// CHECK: graph.check_indices %{{.*}}, %{{.*}} from 0 to 2
func.func @forward(%mask: tensor<5xi1>, %count: tensor<2x3xi64>, %w: tensor<4x8xf32>, %v: tensor<3x8xf32>) -> (tensor<5x8xf32>, tensor<2x3x8xf32>) {
  %ones = graph.convert %mask : tensor<5xi1> to tensor<5xi64>
  %i = graph.cumsum %ones dim 0 : tensor<5xi64>
  %x = graph.gather %w[%i] dim 0 : (tensor<4x8xf32>, tensor<5xi64>) -> tensor<5x8xf32>
  %j = graph.cumsum %count dim 1 : tensor<2x3xi64>
  %y = graph.gather %v[%j] dim 0 : (tensor<3x8xf32>, tensor<2x3xi64>) -> tensor<2x3x8xf32>
  return %x, %y : tensor<5x8xf32>, tensor<2x3x8xf32>
}
