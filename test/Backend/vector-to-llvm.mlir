// RUN: buddy-opt %s --buddy-stage-vector-to-llvm | FileCheck %s

module attributes {buddy.signature = {inputs = [{name = "x", type = tensor<8x32xf32>}],
                                      outputs = [{name = "output0", type = tensor<8x32xf32>}]}} {
  // The arguments are annotated, and still memrefs.
  // CHECK: func.func @forward(%{{.*}}: memref<64xf32> {llvm.align = 64
  func.func @forward(%params: memref<64xf32>, %x: memref<8x32xf32>, %out: memref<8x32xf32>,
                     %workspace: memref<0xi8>) {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    // A transfer of rank 2 is one load a row, one of a column is a load an element.
    // CHECK-COUNT-8: llvm.load {{.*}} -> vector<32xf32>
    %tile = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<8x32xf32>, vector<8x32xf32>
    %column = memref.subview %x[0, 0] [8, 1] [1, 1] : memref<8x32xf32> to memref<8xf32, strided<[32]>>
    // CHECK: memref.load {{.*}} : memref<8xf32, strided<[32]>>
    %a = vector.transfer_read %column[%c0], %zero {in_bounds = [true]} : memref<8xf32, strided<[32]>>, vector<8xf32>
    %b = vector.load %params[%c0] : memref<64xf32>, vector<32xf32>
    // CHECK-COUNT-8: llvm.intr.fma(
    %sum = vector.outerproduct %a, %b, %tile {kind = #vector.kind<add>} : vector<8xf32>, vector<32xf32>
    // A reduction in any order, with NaN and infinities as they are.
    // CHECK: llvm.intr.vector.reduce.fmaximum(%{{.*}}) {fastmathFlags = #llvm.fastmath<reassoc>}
    %m = vector.reduction <maximumf>, %b : vector<32xf32> into f32
    // CHECK: "llvm.intr.vector.reduce.fadd"(%{{.*}}) <{fastmathFlags = #llvm.fastmath<reassoc>}>
    %s = vector.reduction <add>, %b : vector<32xf32> into f32
    %ms = arith.addf %m, %s : f32
    memref.store %ms, %out[%c0, %c0] : memref<8x32xf32>
    // CHECK-COUNT-8: llvm.store {{.*}} : vector<32xf32>
    vector.transfer_write %sum, %out[%c0, %c0] {in_bounds = [true, true]} : vector<8x32xf32>, memref<8x32xf32>
    // CHECK-NOT: vector.transfer
    // CHECK: return
    return
  }
}
