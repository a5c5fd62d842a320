// RUN: buddy-opt %s --buddy-place-in-workspace --canonicalize --split-input-file | FileCheck %s

// %0 and %2 are never alive at once and share a range; %1 is alive with both. forward's callee has its
// part behind forward's own. A buffer of 5 floats takes a whole line of 64 bytes.

// CHECK: module attributes {buddy.workspace_bytes = 384 : i64}
module {
  // CHECK-LABEL: func.func @forward
  // CHECK-SAME: %[[X:.*]]: memref<5xf32>, %[[OUT:.*]]: memref<5xf32>, %[[WORK:.*]]: memref<384xi8>)
  // CHECK-SAME: buddy.plan = [{live = array<i64: {{[0-9, ]+}}>, offset = 0 : i64, type = memref<5xf32>}
  // CHECK-SAME: {live = array<i64: {{[0-9, ]+}}>, offset = 64 : i64, type = memref<5xf32>}
  // CHECK-SAME: {live = array<i64: {{[0-9, ]+}}>, offset = 0 : i64, type = memref<5xf32>}]
  // CHECK-NOT: memref.alloc
  // CHECK: %[[CALLEE:.*]] = memref.view %[[WORK]][%c128{{.*}}][] : memref<384xi8> to memref<256xi8>
  // CHECK: call @subgraph0(%{{.*}}, %[[CALLEE]]) : (memref<5xf32>, memref<256xi8>)
  func.func @forward(%x: memref<5xf32>, %out: memref<5xf32>) {
    %0 = memref.alloc() : memref<5xf32>
    memref.copy %x, %0 : memref<5xf32> to memref<5xf32>
    %1 = memref.alloc() : memref<5xf32>
    memref.copy %0, %1 : memref<5xf32> to memref<5xf32>
    %2 = memref.alloc() : memref<5xf32>
    memref.copy %1, %2 : memref<5xf32> to memref<5xf32>
    func.call @subgraph0(%2) : (memref<5xf32>) -> ()
    memref.copy %1, %out : memref<5xf32> to memref<5xf32>
    memref.dealloc %1 : memref<5xf32>
    return
  }

  // A view keeps its buffer alive; a buffer made in a loop is taken for the whole loop.
  // CHECK-LABEL: func.func private @subgraph0
  // CHECK-SAME: memref<256xi8>)
  // CHECK-SAME: offset = 0 : i64, type = memref<4x8xf32>}
  // CHECK-SAME: offset = 128 : i64, type = memref<5x4xf32>}
  func.func private @subgraph0(%x: memref<5xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c5 = arith.constant 5 : index
    %zero = arith.constant 0.0 : f32
    %0 = memref.alloc() : memref<4x8xf32>
    %flat = memref.collapse_shape %0 [[0, 1]] : memref<4x8xf32> into memref<32xf32>
    scf.for %i = %c0 to %c5 step %c1 {
      %1 = memref.alloc() : memref<5x4xf32>
      memref.store %zero, %1[%i, %c0] : memref<5x4xf32>
      %2 = memref.load %1[%i, %c0] : memref<5x4xf32>
      memref.store %2, %x[%i] : memref<5xf32>
    }
    memref.store %zero, %flat[%c0] : memref<32xf32>
    return
  }
}

// -----

// A result is computed where it ends up, unless the buffer is used again after it was copied.
// CHECK-LABEL: func.func @in_place
// CHECK-SAME: %{{.*}}: memref<5xf32>, %[[A:.*]]: memref<5xf32>, %[[B:.*]]: memref<5xf32>, %[[WORK:.*]]: memref<64xi8>)
// CHECK: memref.store %{{.*}}, %[[A]][
// CHECK: %[[VIEW:.*]] = memref.view %[[WORK]]
// CHECK: memref.copy %[[VIEW]], %[[B]]
// CHECK: memref.store %{{.*}}, %{{.*}}[
func.func @in_place(%x: memref<5xf32>, %a: memref<5xf32>, %b: memref<5xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %0 = memref.alloc() : memref<5xf32>
  memref.store %zero, %0[%c0] : memref<5xf32>
  memref.copy %0, %a : memref<5xf32> to memref<5xf32>
  %1 = memref.alloc() : memref<5xf32>
  %view = memref.reinterpret_cast %1 to offset: [0], sizes: [1, 5], strides: [5, 1] : memref<5xf32> to memref<1x5xf32>
  memref.store %zero, %1[%c0] : memref<5xf32>
  memref.copy %1, %b : memref<5xf32> to memref<5xf32>
  memref.store %zero, %view[%c0, %c0] : memref<1x5xf32>
  %2 = memref.load %view[%c0, %c0] : memref<1x5xf32>
  memref.store %2, %x[%c0] : memref<5xf32>
  return
}

// -----

// Of open sizes equal types are not equal shapes: rows of n are not rows of m.
// CHECK-LABEL: func.func @turned(
// CHECK-SAME: %[[OUT:[a-z0-9]+]]: memref<?x?xf32>
// CHECK-NOT: memref.store %{{.*}}, %[[OUT]]
// CHECK: memref.copy %{{.*}}, %[[OUT]]
module attributes {buddy.symbols = [{max = 64 : i64, min = 1 : i64, name = "n"}, {max = 64 : i64, min = 1 : i64, name = "m"}]} {
  func.func @turned(%x: f32, %n: index {buddy.symbol = "n"}, %m: index {buddy.symbol = "m"}, %out: memref<?x?xf32>) {
    %c0 = arith.constant 0 : index
    %0 = memref.alloc(%n, %m) : memref<?x?xf32>
    memref.store %x, %0[%c0, %c0] : memref<?x?xf32>
    %1 = memref.collapse_shape %0 [[0, 1]] : memref<?x?xf32> into memref<?xf32>
    %2 = memref.expand_shape %1 [[0, 1]] output_shape [%m, %n] : memref<?xf32> into memref<?x?xf32>
    memref.copy %2, %out : memref<?x?xf32> to memref<?x?xf32>
    return
  }
}

// -----

// The panels of a product are the result's own memory under another shape; a buffer with room for more is not.
// CHECK-LABEL: func.func @panels
// CHECK-SAME: (%[[X:.*]]: memref<5xf32>, %[[OUT:.*]]: memref<1x2x32xf32>, %[[SHORT:.*]]: memref<1x2x20xf32>, %[[SPACE:.*]]: memref<{{[0-9]+}}xi8>)
// CHECK: %[[FLAT:.*]] = memref.collapse_shape %[[OUT]] {{\[\[}}0, 1, 2]] : memref<1x2x32xf32> into memref<64xf32>
// CHECK: %[[PANELS:.*]] = memref.expand_shape %[[FLAT]] {{\[\[}}0, 1, 2]] output_shape [2, 4, 8] : memref<64xf32> into memref<2x4x8xf32>
// CHECK: memref.store %{{.*}}, %[[PANELS]]
// CHECK-NOT: memref.copy %{{.*}}, %[[OUT]]
// CHECK: memref.copy %{{.*}}, %[[SHORT]]
func.func @panels(%x: memref<5xf32>, %out: memref<1x2x32xf32>, %short: memref<1x2x20xf32>) {
  %c0 = arith.constant 0 : index
  %0 = memref.alloc() : memref<2x4x8xf32>
  %v = memref.load %x[%c0] : memref<5xf32>
  memref.store %v, %0[%c0, %c0, %c0] : memref<2x4x8xf32>
  %1 = memref.collapse_shape %0 [[0], [1, 2]] : memref<2x4x8xf32> into memref<2x32xf32>
  %2 = memref.expand_shape %1 [[0, 1], [2]] output_shape [1, 2, 32] : memref<2x32xf32> into memref<1x2x32xf32>
  memref.copy %2, %out : memref<1x2x32xf32> to memref<1x2x32xf32>
  %3 = memref.alloc() : memref<2x3x8xf32>
  memref.store %v, %3[%c0, %c0, %c0] : memref<2x3x8xf32>
  %4 = memref.collapse_shape %3 [[0], [1, 2]] : memref<2x3x8xf32> into memref<2x24xf32>
  %5 = memref.subview %4[0, 0] [2, 20] [1, 1] : memref<2x24xf32> to memref<2x20xf32, strided<[24, 1]>>
  %6 = memref.expand_shape %5 [[0, 1], [2]] output_shape [1, 2, 20] : memref<2x20xf32, strided<[24, 1]>> into memref<1x2x20xf32, strided<[48, 24, 1]>>
  memref.copy %6, %short : memref<1x2x20xf32, strided<[48, 24, 1]>> to memref<1x2x20xf32>
  return
}

// Each thread has its own on its stack, at the body's start.
// CHECK-LABEL: func.func @parallel
// CHECK-SAME: %{{.*}}: memref<0xi8>)
// CHECK: scf.forall
// CHECK-NEXT: memref.alloca() {alignment = 64 : i64} : memref<16xf32>
// CHECK: scf.for
// CHECK-NOT: memref.alloc
func.func @parallel(%x: memref<5xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.forall (%i) in (5) {
    scf.for %j = %c0 to %c5 step %c1 {
      %0 = memref.alloc() : memref<16xf32>
      %1 = memref.load %0[%j] : memref<16xf32>
      memref.store %1, %x[%j] : memref<5xf32>
    }
  }
  return
}
