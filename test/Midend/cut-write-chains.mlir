// RUN: buddy-opt %s --buddy-cut-write-chains | FileCheck %s
// RUN: buddy-opt %s --buddy-cut-write-chains --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --canonicalize | FileCheck %s --check-prefix=MEMORY

// The sixteenth write is the last of its chain. What comes out is the same memory.
// CHECK-LABEL: func.func @chain
// CHECK-COUNT-16: tensor.insert_slice
// CHECK: %[[BUFFER:.*]] = bufferization.to_buffer %[[LAST:.*]] : tensor<24x4xf32> to memref<24x4xf32>
// CHECK: %[[NEXT:.*]] = bufferization.to_tensor %[[BUFFER]] restrict writable
// CHECK: tensor.insert_slice %{{.*}} into %[[NEXT]]
// MEMORY-LABEL: func.func @chain
// MEMORY-COUNT-17: memref.copy %{{.*}}, %{{.*}} : memref<4xf32> to memref<4xf32, strided<[1]
// MEMORY-NOT: memref.copy
// MEMORY: return
func.func @chain(%x: tensor<4xf32> {bufferization.writable = false}) -> tensor<24x4xf32> {
  %y = tensor.empty() : tensor<24x4xf32>
  %0 = tensor.insert_slice %x into %y[0, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %1 = tensor.insert_slice %x into %0[1, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %2 = tensor.insert_slice %x into %1[2, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %3 = tensor.insert_slice %x into %2[3, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %4 = tensor.insert_slice %x into %3[4, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %5 = tensor.insert_slice %x into %4[5, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %6 = tensor.insert_slice %x into %5[6, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %7 = tensor.insert_slice %x into %6[7, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %8 = tensor.insert_slice %x into %7[8, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %9 = tensor.insert_slice %x into %8[9, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %10 = tensor.insert_slice %x into %9[10, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %11 = tensor.insert_slice %x into %10[11, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %12 = tensor.insert_slice %x into %11[12, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %13 = tensor.insert_slice %x into %12[13, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %14 = tensor.insert_slice %x into %13[14, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %15 = tensor.insert_slice %x into %14[15, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %16 = tensor.insert_slice %x into %15[16, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  return %16 : tensor<24x4xf32>
}

// What is read of it later is copied.
// MEMORY-LABEL: func.func @read_later
// MEMORY: memref.copy %{{.*}}, %{{.*}} : memref<24x4xf32> to memref<24x4xf32>
// MEMORY: return
func.func @read_later(%x: tensor<4xf32> {bufferization.writable = false}) -> (tensor<24x4xf32>, tensor<24x4xf32>) {
  %y = tensor.empty() : tensor<24x4xf32>
  %0 = tensor.insert_slice %x into %y[0, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %1 = tensor.insert_slice %x into %0[1, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %2 = tensor.insert_slice %x into %1[2, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %3 = tensor.insert_slice %x into %2[3, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %4 = tensor.insert_slice %x into %3[4, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %5 = tensor.insert_slice %x into %4[5, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %6 = tensor.insert_slice %x into %5[6, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %7 = tensor.insert_slice %x into %6[7, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %8 = tensor.insert_slice %x into %7[8, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %9 = tensor.insert_slice %x into %8[9, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %10 = tensor.insert_slice %x into %9[10, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %11 = tensor.insert_slice %x into %10[11, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %12 = tensor.insert_slice %x into %11[12, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %13 = tensor.insert_slice %x into %12[13, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %14 = tensor.insert_slice %x into %13[14, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %15 = tensor.insert_slice %x into %14[15, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  %16 = tensor.insert_slice %x into %15[16, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<24x4xf32>
  return %16, %4 : tensor<24x4xf32>, tensor<24x4xf32>
}

// Views are no writes, and a short chain stays as it is.
// CHECK-LABEL: func.func @short
// CHECK-NOT: bufferization
// CHECK: return
func.func @short(%x: tensor<16x4xf32>) -> tensor<4xf32> {
  %0 = tensor.extract_slice %x[0, 0] [15, 4] [1, 1] : tensor<16x4xf32> to tensor<15x4xf32>
  %1 = tensor.extract_slice %0[0, 0] [14, 4] [1, 1] : tensor<15x4xf32> to tensor<14x4xf32>
  %2 = tensor.extract_slice %1[0, 0] [13, 4] [1, 1] : tensor<14x4xf32> to tensor<13x4xf32>
  %3 = tensor.extract_slice %2[0, 0] [12, 4] [1, 1] : tensor<13x4xf32> to tensor<12x4xf32>
  %4 = tensor.extract_slice %3[0, 0] [11, 4] [1, 1] : tensor<12x4xf32> to tensor<11x4xf32>
  %5 = tensor.extract_slice %4[0, 0] [10, 4] [1, 1] : tensor<11x4xf32> to tensor<10x4xf32>
  %6 = tensor.extract_slice %5[0, 0] [9, 4] [1, 1] : tensor<10x4xf32> to tensor<9x4xf32>
  %7 = tensor.extract_slice %6[0, 0] [8, 4] [1, 1] : tensor<9x4xf32> to tensor<8x4xf32>
  %8 = tensor.extract_slice %7[0, 0] [7, 4] [1, 1] : tensor<8x4xf32> to tensor<7x4xf32>
  %9 = tensor.extract_slice %8[0, 0] [6, 4] [1, 1] : tensor<7x4xf32> to tensor<6x4xf32>
  %r = tensor.extract_slice %9[0, 0] [1, 4] [1, 1] : tensor<6x4xf32> to tensor<4xf32>
  return %r : tensor<4xf32>
}
