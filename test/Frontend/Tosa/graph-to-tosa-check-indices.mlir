// RUN: buddy-opt %s --buddy-graph-to-tosa --canonicalize --cse | FileCheck %s

// The place of the first index outside is the least of all places outside; the number of checks that passed goes up only
// while all before it have passed, and what was found before stays.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[BEFORE:[a-z0-9]+]]: tensor<3xi64>, %[[I:.*]]: tensor<2x3xi32>
// CHECK: %[[FLAT:.*]] = tosa.reshape %[[I]], %{{.*}} -> tensor<6xi32>
// CHECK: %[[FIRST:.*]] = scf.for %[[PLACE:.*]] = %c0 to %c6 step %c1 iter_args(%[[LEAST:.*]] = %c6) -> (index) {
// CHECK: %[[INDEX:.*]] = tensor.extract %[[FLAT]][%[[PLACE]]]
// CHECK: %[[WIDE:.*]] = arith.extsi %[[INDEX]] : i32 to i64
// CHECK: %[[BELOW:.*]] = arith.cmpi slt, %[[WIDE]], %c-4_i64
// CHECK: %[[ABOVE:.*]] = arith.cmpi sgt, %[[WIDE]], %c3_i64
// CHECK: %[[OUTSIDE:.*]] = arith.ori %[[BELOW]], %[[ABOVE]]
// CHECK: %[[HERE:.*]] = arith.select %[[OUTSIDE]], %[[PLACE]], %c6
// CHECK: arith.minsi %[[LEAST]], %[[HERE]]
// CHECK: %[[PASSED:.*]] = tensor.extract %[[BEFORE]][%c0]
// CHECK: %[[AT:.*]] = tensor.extract %[[BEFORE]][%c1]
// CHECK: %[[VALUE:.*]] = tensor.extract %[[BEFORE]][%c2]
// CHECK: %[[NONE:.*]] = arith.cmpi slt, %[[AT]], %c0_i64
// CHECK: %[[ANY:.*]] = arith.cmpi slt, %[[FIRST]], %c6
// CHECK: %[[FAILS:.*]] = arith.andi %[[NONE]], %[[ANY]]
// CHECK: scf.if %[[FAILS]] -> (i64) {
// CHECK: tensor.extract %[[FLAT]][%[[FIRST]]]
// CHECK: } else {
// CHECK: scf.yield %[[VALUE]]
// CHECK: tensor.from_elements %{{.*}}, %{{.*}}, %{{.*}} : tensor<3xi64>
func.func @forward(%before: tensor<3xi64>, %i: tensor<2x3xi32>) -> tensor<3xi64> {
  %f = graph.check_indices %before, %i from -4 to 3 : (tensor<3xi64>, tensor<2x3xi32>) -> tensor<3xi64>
  return %f : tensor<3xi64>
}

// CHECK-LABEL: func.func @first
// CHECK: dense<[0, -1, 0]> : tensor<3xi64>
func.func @first() -> tensor<3xi64> {
  %f = graph.no_findings : tensor<3xi64>
  return %f : tensor<3xi64>
}
