// RUN: buddy-opt %s --buddy-backend-contract --split-input-file --verify-diagnostics

// expected-error @+3 {{module attribute buddy.symbols must be a list of {name = "s64", min = 2 : i64, max = 32768 : i64}}}
// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.symbols = [{min = 1 : i64}], buddy.signature = {inputs = [], outputs = []}} {
  func.func @forward(%params: memref<4xf32>, %s: index {buddy.symbol = "s64"}, %workspace: memref<?xi8>) {
    return
  }
}

// -----

// The symbol is missing.
// expected-error @+2 {{breaks its contract in 2 places}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.symbols = [{name = "s64", min = 1 : i64}], buddy.signature = {inputs = [], outputs = []}} {
  // expected-error @+2 {{'forward' must take params, 0 inputs, 0 states, 0 outputs and the workspace, as buddy.signature says, and return nothing; it takes 2 arguments}}
  // expected-error @+1 {{argument 1 of 'forward' is memref<?xi8>, not a static memref of identity layout or a scalar}}
  func.func @forward(%params: memref<4xf32>, %workspace: memref<?xi8>) {
    return
  }
}

// -----

// An output where the symbol should be.
// expected-error @+2 {{breaks its contract in 2 places}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.symbols = [{name = "s64", min = 1 : i64}],
                   buddy.signature = {inputs = [], outputs = [{name = "y", type = tensor<?xf32>}]}} {
  // expected-error @+2 {{argument 1 of 'forward' is memref<?xf32>, not the index that is the symbol 's64' (stage to blame: tosa)}}
  // expected-error @+1 {{argument 2 of 'forward' is index, but buddy.signature says that 'y' is tensor<?xf32>}}
  func.func @forward(%params: memref<4xf32>, %y: memref<?xf32>, %s: index {buddy.symbol = "s64"}, %workspace: memref<?xi8>) {
    return
  }
}

// -----

// A size that the signature knows.
// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.symbols = [{name = "s64", min = 1 : i64}],
                   buddy.signature = {inputs = [{name = "x", type = tensor<4xf32>}], outputs = []}} {
  // expected-error @+1 {{argument 1 of 'forward' is memref<?xf32>, but buddy.signature says that 'x' is tensor<4xf32>}}
  func.func @forward(%params: memref<4xf32>, %x: memref<?xf32>, %s: index {buddy.symbol = "s64"}, %workspace: memref<?xi8>) {
    return
  }
}
