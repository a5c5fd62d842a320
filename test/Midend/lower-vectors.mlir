// RUN: buddy-opt %s --buddy-lower-vectors --canonicalize | FileCheck %s

// A transfer of rows is one for each row; no loop appears, no vector is a matrix.
// CHECK-LABEL: func.func @rows
// CHECK-NOT: scf.for
// CHECK-COUNT-2: vector.transfer_read {{.*}} vector<8xf32>
// CHECK-COUNT-2: vector.transfer_write {{.*}} vector<8xf32>
// CHECK-NOT: vector.transfer
// CHECK: return
func.func @rows(%x: memref<4x16xf32>, %y: memref<4x16xf32>, %i: index) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  %0 = vector.transfer_read %x[%i, %c0], %pad {in_bounds = [true, true]} : memref<4x16xf32>, vector<2x8xf32>
  vector.transfer_write %0, %y[%c0, %i] {in_bounds = [true, true]} : vector<2x8xf32>, memref<4x16xf32>
  return
}

// CHECK-LABEL: func.func @transpose
// CHECK-NOT: vector.transpose
// CHECK: vector.shuffle
// CHECK: return
func.func @transpose(%x: vector<16x16xf32>) -> vector<16x16xf32> {
  %0 = vector.transpose %x, [1, 0] : vector<16x16xf32> to vector<16x16xf32>
  return %0 : vector<16x16xf32>
}

// CHECK-LABEL: func.func @shape
// CHECK-NOT: vector.shape_cast
// CHECK: return
func.func @shape(%x: vector<2x1x8xf32>) -> vector<2x8xf32> {
  %0 = vector.shape_cast %x : vector<2x1x8xf32> to vector<2x8xf32>
  return %0 : vector<2x8xf32>
}
