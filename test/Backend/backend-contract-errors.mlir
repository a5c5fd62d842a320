// RUN: buddy-opt %s --buddy-backend-contract --split-input-file --verify-diagnostics

// expected-error @+3 {{there is no function 'forward' (stage to blame: tosa)}}
// expected-error @+2 {{the IR after stage vector-optimization breaks its contract in 1 place}}
// expected-note @+1 {{run 'buddy-opt --buddy-backend-contract'}}
module {
}

// -----

// expected-error @+3 {{module attribute buddy.signature is missing}}
// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module {
  func.func @forward(%params: memref<4xf32>, %workspace: memref<0xi8>) {
    return
  }
}

// -----

// expected-error @+3 {{module attribute buddy.signature has no name or no ranked tensor type in entry 0 of 'inputs'}}
// expected-error @+2 {{breaks its contract}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [{name = "x"}], outputs = []}} {
  func.func @forward(%params: memref<4xf32>, %workspace: memref<0xi8>) {
    return
  }
}

// -----

// expected-error @+2 {{breaks its contract in 1 place}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [{name = "x", type = tensor<8xf32>}], outputs = []}} {
  // expected-error @+1 {{'forward' must take params, 1 inputs, 0 states, 0 outputs and the workspace, as buddy.signature says, and return nothing; it takes 2 arguments and returns 0 values}}
  func.func @forward(%params: memref<4xf32>, %workspace: memref<0xi8>) {
    return
  }
}

// -----

// expected-error @+2 {{breaks its contract in 4 places}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [{name = "x", type = tensor<8xf32>}, {name = "m", type = tensor<8xi1>}], outputs = []}} {
  // expected-error @+5 {{argument 2 of 'forward' is memref<?xi8>, not a static memref of identity layout or a scalar (stage to blame: bufferization)}}
  // expected-error @+4 {{argument 1 of 'forward' is memref<7xf32>, but buddy.signature says that 'x' is tensor<8xf32>}}
  // expected-error @+3 {{argument 2 of 'forward' is memref<?xi8>, but buddy.signature says that 'm' is tensor<8xi1>}}
  // expected-error @+2 {{the last argument of 'forward' must be the workspace, memref<Wxi8>, not memref<4xf32>}}
  // The arguments are wrong in every way.
  func.func @forward(%params: memref<4xf32>, %x: memref<7xf32>, %m: memref<?xi8>, %workspace: memref<4xf32>) {
    return
  }
}

// -----

// expected-error @+2 {{breaks its contract in 2 places}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [{name = "x", type = tensor<8xf32>}], outputs = []}} {
  func.func @forward(%params: memref<4xf32>, %x: memref<8xf32>, %workspace: memref<0xi8>) {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    // expected-error @+1 {{writes to the parameters, which are read-only}}
    memref.store %zero, %params[%c0] : memref<4xf32>
    %tail = memref.subview %x[4] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
    %v = arith.constant dense<0.0> : vector<4xf32>
    // expected-error @+1 {{writes to the user's input 'x'}}
    vector.store %v, %tail[%c0] : memref<4xf32, strided<[1], offset: 4>>, vector<4xf32>
    return
  }
}

// -----

// expected-error @+2 {{breaks its contract in 10 places}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  // expected-error @+1 {{a memref.global without a value is defined nowhere}}
  memref.global "private" @nowhere : memref<4xf32>
  // expected-error @+1 {{a boolean in memory must be i8, not i1}}
  memref.global "private" constant @bits : memref<4xi1> = dense<true>
  // expected-error @+1 {{function 'elsewhere' is declared and defined nowhere}}
  func.func private @elsewhere(memref<4xf32>)
  // expected-error @+1 {{argument 0 of 'strided' is memref<4xf32, strided<[2]>>, not a static memref of identity layout or a scalar}}
  func.func private @strided(%a: memref<4xf32, strided<[2]>>) {
    return
  }
  func.func @forward(%params: memref<4xf32>, %workspace: memref<0xi8>) {
    // expected-error @+1 {{'memref.alloc': memory on the heap: a temporary must be a view of the workspace (stage to blame: bufferization)}}
    %heap = memref.alloc() : memref<4xf32>
    // expected-error @+1 {{a boolean in memory must be i8, not i1 (stage to blame: bufferization)}}
    %flags = memref.alloca() : memref<4xi1>
    %x = arith.constant 1.0 : f32
    // expected-error @+1 {{'math.exp': would be a call of libm, it must be a polynomial (stage to blame: vector-optimization)}}
    %e = math.exp %x : f32
    %d = arith.constant 1.0 : f64
    // expected-error @+1 {{'math.erf': would be a call of libm, it must be a polynomial (stage to blame: vector-optimization)}}
    %f = math.erf %d : f64
    // expected-error @+1 {{'tensor.empty': operations of 'tensor' may not reach the backend (stage to blame: bufferization)}}
    %t = tensor.empty() : tensor<4xf32>
    // expected-error @+1 {{operations of 'tosa' may not reach the backend (stage to blame: tosa-to-linalg)}}
    %n = tosa.abs %t : (tensor<4xf32>) -> tensor<4xf32>
    return
  }
}

// -----

// expected-error @+2 {{breaks its contract in 3 places}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  func.func @forward(%params: memref<4xf32>, %workspace: memref<0xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    scf.for %i = %c0 to %c4 step %c1 {
      // expected-error @+1 {{'memref.alloca': is repeated by 'scf.for' without a memref.alloca_scope around it: the stack would grow (stage to blame: parallelization)}}
      %a = memref.alloca() : memref<4xf32>
    }
    memref.alloca_scope {
      omp.parallel {
        omp.wsloop {
          omp.loop_nest (%i) : index = (%c0) to (%c4) step (%c1) {
            // expected-error @+1 {{'memref.alloca': is repeated by 'omp.loop_nest'}}
            %a = memref.alloca() : memref<4xf32>
            omp.yield
          }
        }
        omp.terminator
      }
    }
    cf.br ^again
  ^again:
    // expected-error @+1 {{'memref.alloca': is repeated by 'memref.alloca'}}
    %b = memref.alloca() : memref<4xf32>
    %more = arith.constant true
    cf.cond_br %more, ^again, ^end
  ^end:
    return
  }
}

// -----

// No more than ten errors are shown.
// expected-error @+2 {{breaks its contract in 11 places, of which 10 are shown}}
// expected-note @+1 {{to repeat}}
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  func.func @forward(%params: memref<4xf32>, %workspace: memref<0xi8>) {
    %t = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %0 = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %1 = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %2 = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %3 = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %4 = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %5 = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %6 = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %7 = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %8 = tensor.empty() : tensor<f32> // expected-error {{'tensor'}}
    %9 = tensor.empty() : tensor<f32>
    return
  }
}
