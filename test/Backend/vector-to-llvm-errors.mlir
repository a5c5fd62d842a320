// RUN: buddy-opt %s --buddy-stage-vector-to-llvm --verify-diagnostics

// The stage begins with the midend's contract (backend-contract-errors.mlir has it all).
// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  func.func @forward(%params: memref<64xf32>, %workspace: memref<0xi8>) {
    // expected-error @+1 {{'memref.alloc': memory on the heap}}
    %a = memref.alloc() : memref<4xf32>
    return
  }
}
