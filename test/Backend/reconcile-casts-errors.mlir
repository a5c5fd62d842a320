// RUN: buddy-opt %s --buddy-stage-reconcile-casts --verify-diagnostics

// The stage ends with the LLVM contract (llvm-contract-errors.mlir has it all).
// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  llvm.func @forward(%params: !llvm.ptr, %workspace: !llvm.ptr) {
    %0 = builtin.unrealized_conversion_cast %params : !llvm.ptr to memref<f32>
    // expected-error @+1 {{'memref.load': was not lowered (stage to blame: memref-expansion)}}
    %1 = memref.load %0[] : memref<f32>
    llvm.store %1, %workspace : f32, !llvm.ptr
    llvm.return
  }
}
