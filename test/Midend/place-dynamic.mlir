// RUN: buddy-opt %s --buddy-place-in-workspace --split-input-file | FileCheck %s
// RUN: buddy-opt %s --buddy-place-in-workspace --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=RANGES

// Two slots: the buffer of 8 s64 bytes has one of its own; the two of 4 s64 bytes, which are never alive
// at once, share the other. The callees take turns behind them: one needs what its own function says,
// the other 64 bytes.

// CHECK-LABEL: func.func @forward_workspace_bytes
// CHECK-SAME: (%[[S:.*]]: index {buddy.symbol = "s64"}) -> index
// CHECK-COUNT-2: arith.divsi
// CHECK: %[[NEED:.*]] = call @subgraph0_workspace_bytes(%[[S]]) : (index) -> index
// CHECK: %[[MOST:.*]] = arith.maxui %[[NEED]], %c64
// CHECK: %[[TOTAL:.*]] = arith.addi %{{.*}}, %[[MOST]]
// CHECK: return %[[TOTAL]] : index

// RANGES-LABEL: func.func @forward(
// RANGES-SAME: %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"}, %[[OUT:[a-z0-9]+]]: memref<?xi8> {{.*}}, %[[WORK:[a-z0-9]+]]: memref<?xi8>)
// RANGES-SAME: buddy.plan = [{live = array<i64: {{[0-9, ]+}}>, slot = 1 : i64, type = memref<?xf32>}
// RANGES-SAME: {live = array<i64: {{[0-9, ]+}}>, slot = 0 : i64, type = memref<?xf32>}
// RANGES-SAME: {live = array<i64: {{[0-9, ]+}}>, slot = 1 : i64, type = memref<?x4xi8>}]
// RANGES: %[[FIRST:.*]] = arith.muli %{{.*}}, %c64 overflow<nsw>
// RANGES: %[[SECOND:.*]] = arith.muli %{{.*}}, %c64 overflow<nsw>
// RANGES: %[[BEHIND:.*]] = arith.addi %[[FIRST]], %[[SECOND]]
// RANGES: %[[TWICE:.*]] = arith.muli %[[S]], %c2
// RANGES: memref.view %[[WORK]][%[[FIRST]]][%[[S]]] : memref<?xi8> to memref<?xf32>
// RANGES: memref.view %[[WORK]][%c0][%[[TWICE]]] : memref<?xi8> to memref<?xf32>
// RANGES: memref.view %[[WORK]][%[[FIRST]]][%[[S]]] : memref<?xi8> to memref<?x4xi8>
// RANGES: %[[NEED:.*]] = call @subgraph0_workspace_bytes(%[[S]])
// RANGES: %[[PART:.*]] = memref.view %[[WORK]][%[[BEHIND]]][%[[NEED]]] : memref<?xi8> to memref<?xi8>
// RANGES: call @subgraph0(%{{.*}}, %[[S]], %[[PART]])
// RANGES: %[[FIXED:.*]] = memref.view %[[WORK]][%[[BEHIND]]][] : memref<?xi8> to memref<64xi8>
// RANGES: call @fixed(%{{.*}}, %[[FIXED]])
module {
  func.func @forward(%x: memref<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0)>}, %s: index {buddy.symbol = "s64"},
                     %out: memref<?xi8> {buddy.sizes = affine_map<()[s0] -> (s0)>}) {
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %twice = arith.muli %s, %c2 : index
    %0 = memref.alloc(%s) : memref<?xf32>
    memref.copy %x, %0 : memref<?xf32> to memref<?xf32>
    %1 = memref.alloc(%twice) : memref<?xf32>
    %part = memref.subview %1[0] [%s] [1] : memref<?xf32> to memref<?xf32, strided<[1]>>
    memref.copy %0, %part : memref<?xf32> to memref<?xf32, strided<[1]>>
    %2 = memref.alloc(%s) : memref<?x4xi8>
    call @subgraph0(%2, %s) : (memref<?x4xi8>, index) -> ()
    call @fixed(%x) : (memref<?xf32>) -> ()
    memref.copy %part, %x : memref<?xf32, strided<[1]>> to memref<?xf32>
    return
  }

  // 4 (s64 + 1) bytes in whole lines. With no slot to share, a function says so as its callers ask.
  // CHECK-LABEL: func.func private @subgraph0_workspace_bytes
  // CHECK: arith.addi %{{.*}}, %c1
  // CHECK-LABEL: func.func private @subgraph0(
  // CHECK-SAME: %{{.*}}: memref<?xi8>) attributes {buddy.plan = [{live = {{.*}}, slot = 0 : i64, type = memref<?x4xi8>}]}
  func.func private @subgraph0(%x: memref<?x4xi8> {buddy.sizes = affine_map<()[s0] -> (s0, 4)>}, %s: index {buddy.symbol = "s64"}) {
    %c1 = arith.constant 1 : index
    %n = arith.addi %s, %c1 : index
    %0 = memref.alloc(%n) : memref<?x4xi8>
    %part = memref.subview %0[1, 0] [%s, 4] [1, 1] : memref<?x4xi8> to memref<?x4xi8, strided<[4, 1], offset: 4>>
    memref.copy %part, %x : memref<?x4xi8, strided<[4, 1], offset: 4>> to memref<?x4xi8>
    return
  }

  // A function without symbols has a number, and nothing says it.
  // CHECK-NOT: @fixed_workspace_bytes
  // CHECK-LABEL: func.func private @fixed(
  // CHECK-SAME: %{{.*}}: memref<64xi8>)
  func.func private @fixed(%x: memref<?xf32>) {
    %c0 = arith.constant 0 : index
    %0 = memref.alloc() : memref<5xf32>
    %v = memref.load %0[%c0] : memref<5xf32>
    memref.store %v, %x[%c0] : memref<?xf32>
    return
  }
}

// -----

// Buffers of several expressions in one slot: it is as long as the longer of them, whichever that is.
// A static one is in whole lines when compiling.
// CHECK-LABEL: func.func @forward_workspace_bytes
// CHECK: %[[A:.*]] = arith.muli %{{.*}}, %{{.*}} overflow<nsw>
// CHECK: %[[B:.*]] = arith.constant 64
// CHECK: arith.maxui %{{.*}}, %[[B]]
// CHECK-NOT: arith.maxui
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: slot = 0 : i64, type = memref<?xf32>}
// CHECK-SAME: slot = 0 : i64, type = memref<5xf32>}
func.func @forward(%x: memref<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0)>}, %y: memref<5xf32>, %s: index {buddy.symbol = "s64"}) {
  %c0 = arith.constant 0 : index
  %0 = memref.alloc(%s) : memref<?xf32>
  memref.copy %x, %0 : memref<?xf32> to memref<?xf32>
  %1 = memref.load %0[%c0] : memref<?xf32>
  memref.store %1, %x[%c0] : memref<?xf32>
  %2 = memref.alloc() : memref<5xf32>
  memref.copy %y, %2 : memref<5xf32> to memref<5xf32>
  %3 = memref.load %2[%c0] : memref<5xf32>
  memref.store %3, %y[%c0] : memref<5xf32>
  return
}

// -----

// A result is computed where it ends up.
// CHECK-LABEL: func.func @in_place(
// CHECK-SAME: %[[OUT:[a-z0-9]+]]: memref<?xf32> {{.*}}, %{{.*}}: memref<?xi8>)
// CHECK-NOT: memref.view
// CHECK: memref.store %{{.*}}, %[[OUT]][
// CHECK-NOT: memref.copy
// CHECK: return
func.func @in_place(%s: index {buddy.symbol = "s64"}, %out: memref<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0)>}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %0 = memref.alloc(%s) : memref<?xf32>
  memref.store %zero, %0[%c0] : memref<?xf32>
  memref.copy %0, %out : memref<?xf32> to memref<?xf32>
  return
}
