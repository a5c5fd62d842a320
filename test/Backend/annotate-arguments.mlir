// RUN: buddy-opt %s --buddy-annotate-arguments --split-input-file | FileCheck %s

// Read through views and a call: readonly. Written through them: not. The user's tensors are neither
// noalias nor aligned.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: memref<64xf32> {llvm.align = 64 : i64, llvm.dereferenceable = 256 : i64, llvm.noalias, llvm.nonnull, llvm.noundef, llvm.readonly}
// CHECK-SAME: memref<2x4xi8> {llvm.dereferenceable = 8 : i64, llvm.nonnull, llvm.noundef, llvm.readonly}
// CHECK-SAME: memref<8xf32> {llvm.dereferenceable = 32 : i64, llvm.nonnull, llvm.noundef}
// CHECK-SAME: memref<128xi8> {llvm.align = 64 : i64, llvm.dereferenceable = 128 : i64, llvm.noalias, llvm.nonnull, llvm.noundef}
func.func @forward(%params: memref<64xf32>, %x: memref<2x4xi8>, %out: memref<8xf32>,
                   %workspace: memref<128xi8>) {
  %c0 = arith.constant 0 : index
  memref.prefetch %params[%c0], read, locality<3>, data : memref<64xf32>
  %weights = memref.reinterpret_cast %params to offset: [32], sizes: [4, 8], strides: [8, 1] : memref<64xf32> to memref<4x8xf32, strided<[8, 1], offset: 32>>
  %tail = memref.subview %params[56] [8] [1] : memref<64xf32> to memref<8xf32, strided<[1], offset: 56>>
  %bias = memref.cast %tail : memref<8xf32, strided<[1], offset: 56>> to memref<8xf32, strided<[1], offset: ?>>
  memref.copy %bias, %out : memref<8xf32, strided<[1], offset: ?>> to memref<8xf32>
  %v = vector.load %weights[%c0, %c0] : memref<4x8xf32, strided<[8, 1], offset: 32>>, vector<8xf32>
  %flat = memref.collapse_shape %x [[0, 1]] : memref<2x4xi8> into memref<8xi8>
  %temporary = memref.view %workspace[%c0][] : memref<128xi8> to memref<8xf32>
  call @kernel(%flat, %temporary, %out) : (memref<8xi8>, memref<8xf32>, memref<8xf32>) -> ()
  return
}

// Nothing is known about the overlap of a private function's arguments.
// CHECK-LABEL: func.func private @kernel
// CHECK-SAME: memref<8xi8> {llvm.dereferenceable = 8 : i64, llvm.nonnull, llvm.noundef, llvm.readonly}
// CHECK-SAME: memref<8xf32> {llvm.dereferenceable = 32 : i64, llvm.nonnull, llvm.noundef}
// CHECK-SAME: memref<8xf32> {llvm.dereferenceable = 32 : i64, llvm.nonnull, llvm.noundef}
func.func private @kernel(%x: memref<8xi8>, %temporary: memref<8xf32>, %out: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  omp.parallel {
    %b = memref.load %x[%c0] : memref<8xi8>
    %f = arith.uitofp %b : i8 to f32
    memref.store %f, %temporary[%c0] : memref<8xf32>
    %v = vector.load %temporary[%c0] : memref<8xf32>, vector<8xf32>
    vector.store %v, %out[%c0] : memref<8xf32>, vector<8xf32>
    omp.terminator
  }
  return
}

// -----

// A model without parameters, without temporaries: null pointers are allowed.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: memref<0xf32> {llvm.align = 64 : i64, llvm.noalias, llvm.noundef, llvm.readonly}
// CHECK-SAME: memref<0xi8> {llvm.align = 64 : i64, llvm.noalias, llvm.noundef, llvm.readonly}
func.func @forward(%params: memref<0xf32>, %workspace: memref<0xi8>) {
  return
}

// -----

// Where a memref goes out of sight, nothing is said of it: into a select, a region, another callee.
// CHECK-LABEL: func.func private @hidden
// CHECK-SAME: memref<4xf32> {llvm.dereferenceable = 16 : i64, llvm.nonnull, llvm.noundef}
// CHECK-SAME: memref<4xf32> {llvm.dereferenceable = 16 : i64, llvm.nonnull, llvm.noundef}
// CHECK-SAME: memref<4xf32> {llvm.dereferenceable = 16 : i64, llvm.nonnull, llvm.noundef}
// CHECK-SAME: memref<4xf32> {llvm.dereferenceable = 16 : i64, llvm.nonnull, llvm.noundef}
// CHECK-SAME: i1)
func.func private @hidden(%a: memref<4xf32>, %b: memref<4xf32>, %c: memref<4xf32>,
                          %d: memref<4xf32>, %which: i1) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %either = arith.select %which, %a, %b : memref<4xf32>
  memref.store %zero, %either[%c0] : memref<4xf32>
  %address = memref.extract_aligned_pointer_as_index %c : memref<4xf32> -> index
  call @outside(%d) : (memref<4xf32>) -> ()
  return
}
func.func private @outside(memref<4xf32>)
