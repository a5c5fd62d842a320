// RUN: buddy-opt %s --buddy-stage-memref-expansion | FileCheck %s

// CHECK: llvm.mlir.global private constant @table(dense_resource<table> : tensor<4xf32>)
memref.global "private" constant @table : memref<4xf32> = dense_resource<table>

// CHECK-LABEL: func.func @views
// CHECK-NOT: memref.{{subview|view|reinterpret_cast|collapse_shape|expand_shape|load|store|get_global|alloca|copy}}
// CHECK-NOT: affine.
// CHECK: llvm.intr.stacksave
// CHECK: llvm.alloca
// CHECK: "llvm.intr.memcpy"
// A copy of a part of a row is a loop and no call.
// CHECK: scf.for
// CHECK: llvm.load
// CHECK: llvm.store
// CHECK: llvm.intr.stackrestore
// CHECK-NOT: @memrefCopy
// CHECK: return
func.func @views(%workspace: memref<4096xi8>, %out: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %a = memref.view %workspace[%c64][] : memref<4096xi8> to memref<4x8xf32>
  %flat = memref.collapse_shape %a [[0, 1]] : memref<4x8xf32> into memref<32xf32>
  %b = memref.expand_shape %flat [[0, 1, 2]] output_shape [2, 2, 8] : memref<32xf32> into memref<2x2x8xf32>
  %c = memref.reinterpret_cast %b to offset: [8], sizes: [4, 2], strides: [8, 1] : memref<2x2x8xf32> to memref<4x2xf32, strided<[8, 1], offset: 8>>
  %table = memref.get_global @table : memref<4xf32>
  omp.parallel {
    memref.alloca_scope {
      %d = memref.alloca() : memref<4x2xf32>
      %row = memref.subview %a[1, 0] [1, 4] [1, 1] : memref<4x8xf32> to memref<4xf32, strided<[1], offset: 8>>
      memref.copy %table, %row : memref<4xf32> to memref<4xf32, strided<[1], offset: 8>>
      memref.copy %c, %d : memref<4x2xf32, strided<[8, 1], offset: 8>> to memref<4x2xf32>
      affine.for %i = 0 to 4 {
        %v = affine.load %d[%i, 1] : memref<4x2xf32>
        affine.store %v, %out[%i] : memref<4xf32>
      }
    }
    omp.terminator
  }
  return
}

{-# dialect_resources: { builtin: { table: "0x040000000000803F000000400000404000008040" } } #-}
