// RUN: buddy-opt %s --buddy-expand-strided-copy | FileCheck %s

// CHECK-LABEL: func.func @contiguous
// CHECK-COUNT-2: memref.copy
// CHECK-NOT: memref.copy
// CHECK: return
func.func @contiguous(%a: memref<8x32xf32>, %b: memref<16x32xf32>, %c: memref<8x32xf32>) {
  %rows = memref.subview %b[8, 0] [8, 32] [1, 1] : memref<16x32xf32> to memref<8x32xf32, strided<[32, 1], offset: 256>>
  memref.copy %a, %rows : memref<8x32xf32> to memref<8x32xf32, strided<[32, 1], offset: 256>>
  memref.copy %a, %c : memref<8x32xf32> to memref<8x32xf32>
  memref.copy %a, %a : memref<8x32xf32> to memref<8x32xf32>
  return
}

// CHECK-LABEL: func.func @strided
// CHECK-SAME: (%[[A:.*]]: memref<8x32xf32>, %[[B:.*]]: memref<8x64xf32>)
// CHECK: %[[HALF:.*]] = memref.subview %[[B]]
// CHECK-DAG: %[[EIGHT:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[WIDTH:.*]] = arith.constant 32 : index
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[EIGHT]]
// CHECK: scf.for %[[J:.*]] = %{{.*}} to %[[WIDTH]]
// CHECK: %[[V:.*]] = memref.load %[[A]][%[[I]], %[[J]]]
// CHECK: memref.store %[[V]], %[[HALF]][%[[I]], %[[J]]]
// CHECK-NOT: memref.copy
func.func @strided(%a: memref<8x32xf32>, %b: memref<8x64xf32>) {
  %half = memref.subview %b[0, 32] [8, 32] [1, 1] : memref<8x64xf32> to memref<8x32xf32, strided<[64, 1], offset: 32>>
  memref.copy %a, %half : memref<8x32xf32> to memref<8x32xf32, strided<[64, 1], offset: 32>>
  return
}
