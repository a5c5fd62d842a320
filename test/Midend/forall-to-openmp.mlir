// RUN: buddy-opt %s --buddy-forall-to-openmp | FileCheck %s

// CHECK-LABEL: func.func @shared
// CHECK: omp.parallel
// CHECK: omp.wsloop schedule(dynamic)
// CHECK: omp.loop_nest (%{{.*}}, %{{.*}}) : index
// CHECK: memref.alloca_scope
// CHECK: memref.alloca()
func.func @shared(%x: memref<4x5xf32>) {
  scf.forall (%i, %j) in (4, 5) {
    %0 = memref.alloca() : memref<1xf32>
    %c0 = arith.constant 0 : index
    %1 = memref.load %0[%c0] : memref<1xf32>
    memref.store %1, %x[%i, %j] : memref<4x5xf32>
  }
  return
}

// One iteration is no work to share.
// CHECK-LABEL: func.func @single
// CHECK-NOT: omp
// CHECK: memref.store
// CHECK: return
func.func @single(%x: memref<4x5xf32>, %v: f32) {
  scf.forall (%i, %j) in (1, 1) {
    memref.store %v, %x[%i, %j] : memref<4x5xf32>
  }
  return
}
