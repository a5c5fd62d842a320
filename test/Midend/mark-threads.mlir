// RUN: buddy-opt %s --buddy-mark-threads | FileCheck %s

llvm.func @buddy_kernel_begin(i32) -> i64
llvm.func @buddy_kernel_mark(i64, i32, i32)

// A loop that runs only if there is work (open sizes) belongs to the mark before the condition.
// CHECK-LABEL: func.func @guarded
// CHECK: %[[TOKEN:.*]] = llvm.call @buddy_kernel_begin
// CHECK: omp.parallel {
// CHECK: llvm.call @buddy_kernel_mark(%[[TOKEN]],
// CHECK: omp.wsloop nowait
func.func @guarded(%x: memref<?xf32>, %n: index, %v: f32, %some: i1) {
  %k = arith.constant 0 : i32
  %e = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = llvm.call @buddy_kernel_begin(%k) : (i32) -> i64
  scf.if %some {
    omp.parallel {
      omp.wsloop {
        omp.loop_nest (%i) : index = (%c0) to (%n) step (%c1) {
          memref.store %v, %x[%i] : memref<?xf32>
          omp.yield
        }
      }
      omp.terminator
    }
  }
  llvm.call @buddy_kernel_mark(%t, %k, %e) : (i64, i32, i32) -> ()
  return
}

// One that stands in no kernel is left alone.
// CHECK-LABEL: func.func @outside
// CHECK: llvm.call @buddy_kernel_mark
// CHECK: omp.parallel {
// CHECK-NEXT: omp.wsloop {
// CHECK-NOT: llvm.call
// CHECK: return
func.func @outside(%x: memref<?xf32>, %n: index, %v: f32) {
  %k = arith.constant 0 : i32
  %e = arith.constant 1 : i32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %t = llvm.call @buddy_kernel_begin(%k) : (i32) -> i64
  llvm.call @buddy_kernel_mark(%t, %k, %e) : (i64, i32, i32) -> ()
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%n) step (%c1) {
        memref.store %v, %x[%i] : memref<?xf32>
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
