// RUN: buddy-opt %s --buddy-stage-func-to-llvm | FileCheck %s

// CHECK-LABEL: llvm.func @forward
// CHECK-SAME: (%{{.*}}: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias, llvm.readonly}, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
func.func @forward(%params: memref<4x8xf32> {llvm.align = 64 : i64, llvm.noalias, llvm.readonly},
                   %out: memref<4xf32>, %workspace: memref<0xi8>) {
  // CHECK: llvm.call @kernel(%{{.*}}) : (!llvm.ptr) -> ()
  call @kernel(%out) : (memref<4xf32>) -> ()
  // CHECK: llvm.return
  return
}

// The bounds of OpenMP's loops become 64-bit integers.
// CHECK-LABEL: llvm.func @kernel
// CHECK-SAME: (%{{.*}}: !llvm.ptr) attributes {sym_visibility = "private"}
// CHECK: omp.loop_nest (%{{.*}}) : i64
func.func private @kernel(%out: memref<4xf32>) {
  %0 = llvm.mlir.constant(0 : i64) : i64
  %1 = llvm.mlir.constant(1 : i64) : i64
  %from = builtin.unrealized_conversion_cast %0 : i64 to index
  %step = builtin.unrealized_conversion_cast %1 : i64 to index
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%from) to (%step) step (%step) {
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
