// RUN: buddy-opt %s --buddy-llvm-contract --split-input-file --verify-diagnostics

// expected-error @+3 {{there is no llvm.func 'forward' with a body (stage to blame: func-to-llvm)}}
// expected-error @+2 {{the IR after stage reconcile-casts breaks its contract in 1 place}}
// expected-note @+1 {{run 'buddy-opt --buddy-llvm-contract'}}
module {
  llvm.func @forward()
}

// -----

// A memref with a dynamic shape does not become one pointer.
// expected-error @+3 {{'forward' must take 2 pointers (params, 0 inputs, 0 states, 0 outputs, workspace, as buddy.signature says) and return nothing (stage to blame: func-to-llvm)}}
// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  llvm.func @forward(%params: !llvm.ptr, %workspace: !llvm.ptr, %size: i64) {
    llvm.return
  }
}

// -----

// Each operation that is left names the stage that should have lowered it; the casts beside it say
// nothing.
// expected-error @+2 {{breaks its contract in 8 places}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  // expected-error @+1 {{was not lowered (stage to blame: func-to-llvm)}}
  func.func @forward(%params: memref<4xf32>, %workspace: memref<0xi8>) {
    // expected-error @+1 {{'arith.constant': was not lowered (stage to blame: arith-to-llvm)}}
    %c = arith.constant 0 : i64
    %i = builtin.unrealized_conversion_cast %c : i64 to index
    // expected-error @+1 {{'memref.load': was not lowered (stage to blame: memref-expansion)}}
    %x = memref.load %params[%i] : memref<4xf32>
    // expected-error @+1 {{'vector.broadcast': was not lowered (stage to blame: vector-to-llvm)}}
    %v = vector.broadcast %x : f32 to vector<4xf32>
    // expected-error @+1 {{'builtin.unrealized_conversion_cast': a cast between types is left that nothing cancels (stage to blame: reconcile-casts)}}
    %p = builtin.unrealized_conversion_cast %workspace : memref<0xi8> to !llvm.ptr
    // expected-error @+1 {{'cf.br': was not lowered (stage to blame: cf-to-llvm)}}
    cf.br ^end
  ^end:
    // expected-error @+1 {{'tensor.empty': was not lowered (stage to blame: vector-optimization)}}
    %t = tensor.empty() : tensor<4xf32>
    // expected-error @+1 {{'func.return': was not lowered (stage to blame: func-to-llvm)}}
    return
  }
}

// -----

// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  llvm.func @forward(%params: !llvm.ptr, %workspace: !llvm.ptr) {
    %0 = llvm.load %params : !llvm.ptr -> f32
    // expected-error @+1 {{leaves its roundings to the code generator; llvm.intr.fma has one (stage to blame: vector-to-llvm)}}
    %1 = llvm.intr.fmuladd(%0, %0, %0) : (f32, f32, f32) -> f32
    llvm.store %1, %workspace : f32, !llvm.ptr
    llvm.return
  }
}
