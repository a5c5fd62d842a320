// RUN: buddy-opt %s --buddy-flatten-arguments | FileCheck %s

// A pointer, of which the function makes the memory again; the workspace, whose size nobody says, is as
// long as anyone could ask for. Callers pass the first element.

// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%[[X:[a-z0-9]+]]: memref<1xf32> {buddy.sizes = {{[^}]*}}}, %[[W:[a-z0-9]+]]: memref<4xf32>, %[[B:[a-z0-9]+]]: index {buddy.symbol = "batch"}, %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"}, %[[WORK:[a-z0-9]+]]: memref<1xi8>)
// CHECK: %[[STEP:.*]] = arith.muli %{{.*}}, %c8{{.*}} : index
// CHECK: %[[WHOLE:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[B]], %{{.*}}, 8], strides: [%[[STEP]], 8, 1] : memref<1xf32> to memref<?x?x8xf32, strided<[?, 8, 1]>>
// CHECK: %[[IN:.*]] = memref.cast %[[WHOLE]] : memref<?x?x8xf32, strided<[?, 8, 1]>> to memref<?x?x8xf32>
// CHECK: %[[MOST:.*]] = arith.constant 9223372036854775807 : index
// CHECK: %[[BYTES:.*]] = memref.reinterpret_cast %[[WORK]] to offset: [0], sizes: [%[[MOST]]], strides: [1]
// CHECK: memref.load %[[W]]
// CHECK: memref.copy %[[IN]], %[[TEMPORARY:.*]] : memref<?x?x8xf32> to memref<?x?x8xf32>
// CHECK: %[[FIRST:.*]] = memref.reinterpret_cast %[[TEMPORARY]] to offset: [0], sizes: [1], strides: [1] : memref<?x?x8xf32> to memref<1xf32>
// CHECK: call @subgraph0(%[[FIRST]], %[[S]]) : (memref<1xf32>, index) -> ()
func.func @forward(%x: memref<?x?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s0, s1 + 1, 8)>}, %w: memref<4xf32>,
                   %b: index {buddy.symbol = "batch"}, %s: index {buddy.symbol = "s64"}, %work: memref<?xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = arith.addi %s, %c1 : index
  %0 = memref.load %w[%c0] : memref<4xf32>
  %1 = memref.view %work[%c0][%b, %n] : memref<?xi8> to memref<?x?x8xf32>
  memref.copy %x, %1 : memref<?x?x8xf32> to memref<?x?x8xf32>
  call @subgraph0(%1, %s) : (memref<?x?x8xf32>, index) -> ()
  return
}
// CHECK-LABEL: func.func private @subgraph0
// CHECK-SAME: (%{{.*}}: memref<1xf32> {{.*}}, %{{.*}}: index {buddy.symbol = "s64"})
func.func private @subgraph0(%x: memref<?x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (2, s0 + 1, 8)>}, %s: index {buddy.symbol = "s64"}) {
  return
}

// Memory of known sizes is a pointer by itself.
// CHECK-LABEL: func.func @known
// CHECK-SAME: (%{{.*}}: memref<4x8xf32>)
// CHECK-NOT: memref.reinterpret_cast
// CHECK: return
func.func @known(%x: memref<4x8xf32>) {
  call @callee(%x) : (memref<4x8xf32>) -> ()
  return
}
func.func private @callee(%x: memref<4x8xf32>) {
  return
}
