// RUN: buddy-opt %s --buddy-mark-kernels | FileCheck %s
// RUN: buddy-opt %s --buddy-mark-kernels --buddy-forall-to-openmp --buddy-mark-threads | FileCheck %s --check-prefix=THREADS

// Names are those of the operations; the flops of each call come with the schedule, the bytes from the memory
// that a kernel uses: each tensor once.
// CHECK: module attributes {buddy.entry = "decode", buddy.kernels = [
// CHECK-SAME: {bytes = 48 : i64, flops = 42 : i64, kind = "contraction", location = "model.py:7", name = "f.contraction0"}
// CHECK-SAME: {bytes = 32 : i64, kind = "copy", location = "mark-kernels.mlir:{{[0-9]+}}", name = "f.loop0"}
// CHECK-SAME: {kind = "loop", location = {{.*}}, name = "f.loop1"}]
module attributes {buddy.entry = "decode", buddy.schedules = [
  {op = "f.contraction0", kind = "contraction", flops = 42, loops = [], extents = array<i64>, schedule = {}}]} {

// Two loops of one operation are one kernel.
// CHECK-LABEL: func.func @f
// CHECK: %[[K0:.*]] = arith.constant 0 : i32
// CHECK: %[[T0:.*]] = llvm.call @buddy_kernel_begin(%[[K0]]) : (i32) -> i64
// CHECK-NEXT: scf.forall
// CHECK-NOT: llvm.call
// CHECK: scf.forall
// CHECK: %[[END:.*]] = arith.constant 1 : i32
// CHECK-NEXT: llvm.call @buddy_kernel_mark(%[[T0]], %[[K0]], %[[END]]) : (i64, i32, i32) -> ()
// CHECK: llvm.call @buddy_kernel_begin
// CHECK-NEXT: memref.copy
// CHECK: llvm.call @buddy_kernel_mark
// CHECK: llvm.call @buddy_kernel_begin
// CHECK-NEXT: scf.for
// CHECK: llvm.call @buddy_kernel_mark

// Each thread of the parallel region marks its share, and waits for the others after it.
// THREADS-LABEL: func.func @f
// THREADS: %[[T0:.*]] = llvm.call @buddy_kernel_begin(%[[K0:.*]]) : (i32) -> i64
// THREADS: omp.parallel {
// THREADS-NEXT: %[[BEGIN:.*]] = arith.constant 2 : i32
// THREADS-NEXT: llvm.call @buddy_kernel_mark(%[[T0]], %[[K0]], %[[BEGIN]])
// THREADS-NEXT: omp.wsloop nowait
// THREADS: %[[END:.*]] = arith.constant 3 : i32
// THREADS-NEXT: llvm.call @buddy_kernel_mark(%[[T0]], %[[K0]], %[[END]])
// THREADS-NEXT: omp.terminator
func.func @f(%x: memref<4xf32>, %y: memref<4xf32>, %z: memref<4xf32>, %d: memref<?xf32>, %v: f32) {
  scf.forall (%i) in (3) {
    %0 = memref.load %x[%i] : memref<4xf32>
    %1 = memref.load %x[%i] : memref<4xf32>
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %y[%i] : memref<4xf32>
  } {buddy.schedule = {op = "f.contraction0"}} loc("/home/someone/model.py":7:0)
  scf.forall (%i) in (2) {
    %own = memref.alloca() : memref<8xf32>
    memref.store %v, %own[%i] : memref<8xf32>
    memref.store %v, %z[%i] : memref<4xf32>
  } {buddy.schedule = {op = "f.contraction0"}} loc("/home/someone/model.py":7:0)
  memref.copy %y, %z : memref<4xf32> to memref<4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  scf.for %i = %c0 to %c9 step %c1 {
    memref.store %v, %d[%i] : memref<?xf32>
  }
  return
}

// The hook of this module's entry, null until the runtime sets it.
// CHECK: llvm.mlir.global external @buddy_profile_decode()
// CHECK-NEXT: llvm.mlir.zero : !llvm.ptr
// CHECK: llvm.func internal @buddy_kernel_begin(%{{.*}}: i32) -> i64
// CHECK: llvm.func internal @buddy_kernel_mark(%{{.*}}: i64, %{{.*}}: i32, %{{.*}}: i32)
}
