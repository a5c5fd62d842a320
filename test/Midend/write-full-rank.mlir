// RUN: buddy-opt %s --buddy-write-full-rank | FileCheck %s

// A row that is written to the front of two: the vector has the tensor's rank, or bufferization would take it for all.

// CHECK-LABEL: func.func @front
// CHECK: %[[ROW:.*]] = vector.shape_cast %{{.*}} : vector<8xf32> to vector<1x1x8xf32>
// CHECK: vector.transfer_write %[[ROW]], %{{.*}}[%{{.*}}] {in_bounds = [true, true, true]} : vector<1x1x8xf32>, tensor<1x2x8xf32>
// What is written whole, or is longer than the vector at once, is understood.
// CHECK: vector.transfer_write %{{.*}} : vector<8xf32>, tensor<1x8xf32>
// CHECK: vector.transfer_write %{{.*}} : vector<8xf32>, tensor<9x8xf32>
func.func @front(%v: vector<8xf32>, %a: tensor<1x2x8xf32>, %b: tensor<1x8xf32>, %c: tensor<9x8xf32>)
    -> (tensor<1x2x8xf32>, tensor<1x8xf32>, tensor<9x8xf32>) {
  %c0 = arith.constant 0 : index
  %0 = vector.transfer_write %v, %a[%c0, %c0, %c0] {in_bounds = [true]} : vector<8xf32>, tensor<1x2x8xf32>
  %1 = vector.transfer_write %v, %b[%c0, %c0] {in_bounds = [true]} : vector<8xf32>, tensor<1x8xf32>
  %2 = vector.transfer_write %v, %c[%c0, %c0] {in_bounds = [true]} : vector<8xf32>, tensor<9x8xf32>
  return %0, %1, %2 : tensor<1x2x8xf32>, tensor<1x8xf32>, tensor<9x8xf32>
}
