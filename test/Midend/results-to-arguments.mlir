// RUN: buddy-opt %s --buddy-results-to-arguments --split-input-file | FileCheck %s

// The caller makes memory of the size that the callee's buddy.sizes says, for what it passes as symbols.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"}, %[[Y:[a-z0-9]+]]: memref<?xf32> {buddy.sizes = {{[^}]*}}}, %[[Z:[a-z0-9]+]]: memref<4xf32>) {
// CHECK: %[[TWICE:.*]] = arith.muli %[[S]], %c2
// CHECK: %[[MORE:.*]] = arith.addi %[[TWICE]], %c1
// CHECK: %[[ROWS:.*]] = memref.alloc(%[[MORE]]) : memref<?x4xf32>
// CHECK: call @subgraph0(%[[TWICE]], %[[ROWS]]) : (index, memref<?x4xf32>) -> ()
// CHECK: memref.subview %[[ROWS]]
// CHECK: memref.copy %{{.*}}, %[[Y]] : memref<?xf32> to memref<?xf32>
// CHECK: memref.copy %{{.*}}, %[[Z]] : memref<4xf32> to memref<4xf32>
// CHECK-NEXT: return
func.func @forward(%s: index {buddy.symbol = "s64"})
    -> (memref<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0)>}, memref<4xf32>) {
  %c2 = arith.constant 2 : index
  %twice = arith.muli %s, %c2 : index
  %rows = call @subgraph0(%twice) : (index) -> memref<?x4xf32>
  %first = memref.subview %rows[0, 0] [1, 4] [1, 1] : memref<?x4xf32> to memref<4xf32, strided<[1]>>
  %y = memref.alloc(%s) : memref<?xf32>
  %z = memref.alloc() : memref<4xf32>
  memref.copy %first, %z : memref<4xf32, strided<[1]>> to memref<4xf32>
  return %y, %z : memref<?xf32>, memref<4xf32>
}
// CHECK-LABEL: func.func private @subgraph0
// CHECK-SAME: (%{{.*}}: index {buddy.symbol = "s64"}, %[[OUT:.*]]: memref<?x4xf32> {buddy.sizes = {{[^}]*}}})
// CHECK: memref.copy %{{.*}}, %[[OUT]]
func.func private @subgraph0(%s: index {buddy.symbol = "s64"}) -> (memref<?x4xf32> {buddy.sizes = affine_map<()[s0] -> (s0 + 1, 4)>}) {
  %c1 = arith.constant 1 : index
  %n = arith.addi %s, %c1 : index
  %0 = memref.alloc(%n) : memref<?x4xf32>
  return %0 : memref<?x4xf32>
}

// -----

// Where all sizes are known upstream's pass does it: what is computed for the result is computed there.
// CHECK-LABEL: func.func @known
// CHECK-SAME: (%[[OUT:.*]]: memref<4xf32>)
// CHECK-NOT: memref.alloc
// CHECK: memref.store %{{.*}}, %[[OUT]][
func.func @known() -> memref<4xf32> {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %0 = memref.alloc() : memref<4xf32>
  memref.store %one, %0[%c0] : memref<4xf32>
  return %0 : memref<4xf32>
}
