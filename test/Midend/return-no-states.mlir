// RUN: buddy-opt %s --buddy-return-no-states | FileCheck %s

// In its own memory: dropped, behind casts too, and the caller uses what it passed. Elsewhere: a
// result of the subgraph like any other, which forward puts into its place at the end.

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[A:[^:]*]]: memref<4xf32>, %[[B:[^:]*]]: memref<4xf32>) -> memref<8xf32> {
// CHECK: %[[R:.*]]:2 = call @subgraph0(%[[A]], %[[B]]) : (memref<4xf32>, memref<4xf32>) -> (memref<8xf32>, memref<4xf32>)
// CHECK: memref.load %[[A]]
// CHECK: memref.copy %[[R]]#1, %[[B]]
// CHECK-NEXT: return %[[R]]#0 : memref<8xf32>
func.func @forward(%a: memref<4xf32> {buddy.state = 1 : i64}, %b: memref<4xf32> {buddy.state = 2 : i64})
    -> (memref<8xf32>, memref<4xf32>, memref<4xf32>) {
  %r:3 = call @subgraph0(%a, %b) : (memref<4xf32>, memref<4xf32>) -> (memref<8xf32>, memref<4xf32>, memref<4xf32>)
  %c0 = arith.constant 0 : index
  %e = memref.load %r#1[%c0] : memref<4xf32>
  memref.store %e, %r#0[%c0] : memref<8xf32>
  return %r#0, %r#1, %r#2 : memref<8xf32>, memref<4xf32>, memref<4xf32>
}

// CHECK-LABEL: func.func private @subgraph0(
// CHECK-SAME: %[[A:[^:]*]]: memref<4xf32>, %[[B:[^:]*]]: memref<4xf32>) -> (memref<8xf32>, memref<4xf32>)
// CHECK: return %{{.*}}, %{{.*}} : memref<8xf32>, memref<4xf32>
func.func private @subgraph0(%a: memref<4xf32> {buddy.state = 1 : i64}, %b: memref<4xf32> {buddy.state = 2 : i64})
    -> (memref<8xf32>, memref<4xf32>, memref<4xf32>) {
  %o = memref.alloc() : memref<8xf32>
  %n = memref.alloc() : memref<4xf32>
  %c = memref.cast %a : memref<4xf32> to memref<?xf32>
  %d = memref.cast %c : memref<?xf32> to memref<4xf32>
  return %o, %d, %n : memref<8xf32>, memref<4xf32>, memref<4xf32>
}
