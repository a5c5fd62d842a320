// RUN: buddy-opt %s --buddy-mark-kernels --split-input-file --verify-diagnostics

// expected-error @+1 {{the kernels of this module are marked already}}
llvm.func @buddy_kernel_begin(i32) -> i64
func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) {
  memref.copy %x, %y : memref<4xf32> to memref<4xf32>
  return
}
