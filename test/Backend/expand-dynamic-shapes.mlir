// RUN: buddy-opt %s --buddy-expand-dynamic-shapes | FileCheck %s
// What upstream's pass crashes on, together with it.
// RUN: buddy-opt %s --buddy-stage-memref-expansion | FileCheck %s --check-prefix=STAGE

// STAGE-NOT: memref.expand_shape

// CHECK-LABEL: func.func @two
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?x8xf32>, %[[B:[a-z0-9]+]]: index, %[[S:[a-z0-9]+]]: index
// CHECK: %[[BUFFER:[a-z_0-9]+]], %{{.*}} = memref.extract_strided_metadata %[[X]]
// CHECK: %[[STEP:.*]] = arith.muli %c8{{.*}}, %[[S]]
// CHECK: %[[VIEW:.*]] = memref.reinterpret_cast %[[BUFFER]] to offset: [0], sizes: [%[[B]], %[[S]], 8], strides: [%[[STEP]], 8, 1]
// CHECK: %[[CAST:.*]] = memref.cast %[[VIEW]] : memref<?x?x8xf32, strided<[?, 8, 1]>> to memref<?x?x8xf32>
// CHECK: return %[[CAST]]
func.func @two(%x: memref<?x8xf32>, %b: index, %s: index) -> memref<?x?x8xf32> {
  %0 = memref.expand_shape %x [[0, 1], [2]] output_shape [%b, %s, 8] : memref<?x8xf32> into memref<?x?x8xf32>
  return %0 : memref<?x?x8xf32>
}

// Rows of 16 of which 8 are taken, from somewhere on; known sizes behind the dynamic ones.
// CHECK-LABEL: func.func @strided
// CHECK-SAME: %{{.*}}: memref<?x8xf32, strided<[16, 1], offset: ?>>, %[[B:[a-z0-9]+]]: index, %[[S:[a-z0-9]+]]: index
// CHECK: %[[BUFFER:[a-z_0-9]+]], %[[OFFSET:[a-z_0-9]+]], %{{.*}} = memref.extract_strided_metadata
// CHECK: %[[STEP:.*]] = arith.muli %c16{{.*}}, %[[S]]
// CHECK: memref.reinterpret_cast %[[BUFFER]] to offset: [%[[OFFSET]]], sizes: [%[[B]], %[[S]], 2, 4], strides: [%[[STEP]], 16, 4, 1]
func.func @strided(%x: memref<?x8xf32, strided<[16, 1], offset: ?>>, %b: index, %s: index)
    -> memref<?x?x2x4xf32, strided<[?, 16, 4, 1], offset: ?>> {
  %0 = memref.expand_shape %x [[0, 1], [2, 3]] output_shape [%b, %s, 2, 4]
      : memref<?x8xf32, strided<[16, 1], offset: ?>> into memref<?x?x2x4xf32, strided<[?, 16, 4, 1], offset: ?>>
  return %0 : memref<?x?x2x4xf32, strided<[?, 16, 4, 1], offset: ?>>
}

// One dynamic size in a group is upstream's, also where another group has one.
// CHECK-LABEL: func.func @one
// CHECK: memref.expand_shape
func.func @one(%x: memref<?x?xf32>, %b: index, %s: index) -> memref<?x2x?x4xf32> {
  %0 = memref.expand_shape %x [[0, 1], [2, 3]] output_shape [%b, 2, %s, 4] : memref<?x?xf32> into memref<?x2x?x4xf32>
  return %0 : memref<?x2x?x4xf32>
}

// The third dimension is left out, and not the first.
// CHECK-LABEL: func.func @unit
// CHECK: %[[WHOLE:.*]] = memref.subview %{{.*}}[0, 0, 1, 0] [1, 6, 1, %[[S:.*]]] [1, 1, 1, 1] : memref<1x6x2x?xf32> to memref<1x6x1x?xf32, strided<[?, ?, ?, 1], offset: ?>>
// CHECK: %[[BUFFER:[a-z_0-9]+]], %[[OFFSET:[a-z_0-9]+]], %{{.*}}, %[[STRIDES:.*]]:4 = memref.extract_strided_metadata %[[WHOLE]]
// CHECK: memref.reinterpret_cast %[[BUFFER]] to offset: [%[[OFFSET]]], sizes: [1, 6, %[[S]]], strides: [%[[STRIDES]]#0, %[[STRIDES]]#1, 1]
func.func @unit(%x: memref<1x6x2x?xf32>, %s: index) -> memref<1x6x?xf32, strided<[?, ?, 1], offset: ?>> {
  %0 = memref.subview %x[0, 0, 1, 0] [1, 6, 1, %s] [1, 1, 1, 1]
      : memref<1x6x2x?xf32> to memref<1x6x?xf32, strided<[?, ?, 1], offset: ?>>
  return %0 : memref<1x6x?xf32, strided<[?, ?, 1], offset: ?>>
}

// All of them, or as many as there are, is clear; so is what strides that are known say.
// CHECK-LABEL: func.func @clear
// CHECK-COUNT-2: memref.subview
// CHECK-NOT: memref.reinterpret_cast
// CHECK: return
func.func @clear(%x: memref<1x6x2x?xf32>, %y: memref<1x6x2x5xf32>, %s: index)
    -> (memref<6x?xf32, strided<[?, 1], offset: ?>>, memref<1x6x5xf32, strided<[60, 10, 1]>>) {
  %0 = memref.subview %x[0, 0, 1, 0] [1, 6, 1, %s] [1, 1, 1, 1]
      : memref<1x6x2x?xf32> to memref<6x?xf32, strided<[?, 1], offset: ?>>
  %1 = memref.subview %y[0, 0, 0, 0] [1, 6, 1, 5] [1, 1, 1, 1]
      : memref<1x6x2x5xf32> to memref<1x6x5xf32, strided<[60, 10, 1]>>
  return %0, %1 : memref<6x?xf32, strided<[?, 1], offset: ?>>, memref<1x6x5xf32, strided<[60, 10, 1]>>
}
