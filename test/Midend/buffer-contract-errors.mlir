// RUN: buddy-opt %s --buddy-buffer-contract --split-input-file --verify-diagnostics

// expected-error @+1 {{after bufferization: a tensor is left (pass to blame: one-shot-bufferize)}}
func.func @tensors(%x: tensor<4xf32>) {
  return
}

// -----

func.func @allocation() {
  // expected-error @+1 {{memory is allocated when running (pass to blame: buddy-place-in-workspace)}}
  %0 = memref.alloc() : memref<4xf32>
  // expected-error @+1 {{memory is allocated when running (pass to blame: buddy-place-in-workspace)}}
  memref.dealloc %0 : memref<4xf32>
  return
}

// -----

// expected-error @+1 {{booleans in memory (pass to blame: buddy-bools-to-bytes)}}
func.func @booleans(%x: memref<4xi1>) {
  return
}
