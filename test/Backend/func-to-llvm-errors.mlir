// RUN: buddy-opt %s --buddy-stage-func-to-llvm --buddy-stage-reconcile-casts --verify-diagnostics

// An argument of unknown size cannot be a bare pointer. The contract at the end of the backend says
// that 'forward' came out wrong; the midend's contract would have named the argument.
// expected-error @+3 {{'forward' must take 2 pointers (params, 0 inputs, 0 states, 0 outputs, workspace, as buddy.signature says) and return nothing (stage to blame: func-to-llvm)}}
// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  func.func @forward(%params: memref<?xf32>, %workspace: memref<0xi8>) {
    return
  }
}
