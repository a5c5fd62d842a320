// RUN: buddy-opt %s --buddy-stage-arith-to-llvm --buddy-stage-cf-to-llvm --buddy-stage-func-to-llvm --buddy-stage-reconcile-casts --verify-diagnostics

// What this stage cannot lower stays, and the contract at the end of the backend names it.
// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  llvm.func @use(f32)
  func.func @forward(%params: memref<4xf32>, %workspace: memref<0xi8>) {
    %p = llvm.mlir.poison : f32
    // expected-error @+1 {{'math.cbrt': was not lowered (stage to blame: arith-to-llvm)}}
    %d = math.cbrt %p : f32
    llvm.call @use(%d) : (f32) -> ()
    return
  }
}
