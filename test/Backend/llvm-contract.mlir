// RUN: buddy-opt %s --buddy-llvm-contract | FileCheck %s

// CHECK: llvm.func @forward
// CHECK: omp.parallel
module attributes {buddy.signature = {inputs = [{name = "x", type = tensor<4xf32>}],
                                      outputs = [{name = "output0", type = tensor<4xf32>}]}} {
  llvm.mlir.global internal constant @table(1.0 : f32) : f32
  llvm.func @forward(%params: !llvm.ptr, %x: !llvm.ptr, %out: !llvm.ptr, %workspace: !llvm.ptr) {
    omp.parallel {
      omp.terminator
    }
    llvm.return
  }
}
