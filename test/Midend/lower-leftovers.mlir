// RUN: buddy-opt %s --buddy-lower-leftovers --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @fill
// CHECK: affine.for %{{.*}} = 0 to 4
// CHECK: affine.for %{{.*}} = 0 to 5
// CHECK: affine.store
// CHECK-NOT: linalg
func.func @fill(%x: memref<4x5xf32>, %zero: f32) {
  linalg.fill ins(%zero : f32) outs(%x : memref<4x5xf32>)
  return
}

// A copy between different layouts would call a slow library function; one between equal ones is a memcpy,
// and one onto itself nothing.
// CHECK-LABEL: func.func @copies
// CHECK-SAME: %[[X:.*]]: memref<4x5xf32>, %[[Y:.*]]: memref<4x5xf32>, %[[Z:.*]]: memref<4x5xf32, strided<[10, 1]>>
// CHECK-NEXT: memref.copy %[[X]], %[[Y]]
// CHECK-NOT: memref.copy
// CHECK: affine.load %[[X]]
// CHECK: affine.store %{{.*}}, %[[Z]]
// CHECK-NOT: memref.copy
// CHECK: return
func.func @copies(%x: memref<4x5xf32>, %y: memref<4x5xf32>, %z: memref<4x5xf32, strided<[10, 1]>>) {
  memref.copy %x, %y : memref<4x5xf32> to memref<4x5xf32>
  memref.copy %x, %z : memref<4x5xf32> to memref<4x5xf32, strided<[10, 1]>>
  memref.copy %y, %y : memref<4x5xf32> to memref<4x5xf32>
  return
}

// CHECK-LABEL: func.func @reduction
// CHECK: affine.for
// CHECK: affine.for
// CHECK: arith.addf
func.func @reduction(%x: memref<4x5xf32>, %sum: memref<4xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : memref<4x5xf32>) outs(%sum : memref<4xf32>) {
  ^bb0(%a: f32, %s: f32):
    %0 = arith.addf %a, %s : f32
    linalg.yield %0 : f32
  }
  return
}

// The place in a whole that was tiled: an offset that is a symbol of its map.
// CHECK-LABEL: func.func @offset
// CHECK: affine.for %[[I:.*]] = 0 to 4
// CHECK: arith.addi %[[I]], %{{.*}} : index
// CHECK-NOT: affine.apply
// CHECK: return
func.func @offset(%x: memref<4xindex>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%x : memref<4xindex>) {
  ^bb0(%out: index):
    %0 = linalg.index 0 : index
    %1 = affine.apply affine_map<()[s0] -> (s0 + 16)>()[%0]
    linalg.yield %1 : index
  }
  return
}
