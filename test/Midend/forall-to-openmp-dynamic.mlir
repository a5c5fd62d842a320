// RUN: buddy-opt %s --buddy-forall-to-openmp | FileCheck %s

// A loop that turns out to be empty calls no threads.
// CHECK-LABEL: func.func @maybe_empty
// CHECK-SAME: %[[N:[a-z0-9]+]]: index, %[[M:[a-z0-9]+]]: index
// CHECK: %[[ROWS:.*]] = arith.cmpi slt, %c0{{.*}}, %[[N]] : index
// CHECK: %[[COLUMNS:.*]] = arith.cmpi slt, %c0{{.*}}, %[[M]] : index
// CHECK: %[[ANY:.*]] = arith.andi %[[ROWS]], %[[COLUMNS]] : i1
// CHECK: scf.if %[[ANY]] {
// CHECK: omp.parallel
// CHECK: omp.loop_nest (%{{.*}}, %{{.*}}, %{{.*}}) : index = (%{{.*}}) to (%[[N]], %c4{{.*}}, %[[M]])
func.func @maybe_empty(%x: memref<?x4x?xf32>, %n: index, %m: index, %v: f32) {
  scf.forall (%i, %j, %k) in (%n, 4, %m) {
    memref.store %v, %x[%i, %j, %k] : memref<?x4x?xf32>
  }
  return
}

// Known bounds ask nothing.
// CHECK-LABEL: func.func @known
// CHECK-NOT: scf.if
// CHECK: omp.parallel
func.func @known(%x: memref<4x5xf32>, %v: f32) {
  scf.forall (%i, %j) in (4, 5) {
    memref.store %v, %x[%i, %j] : memref<4x5xf32>
  }
  return
}
