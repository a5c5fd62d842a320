// RUN: buddy-opt %s --buddy-pack-parameters --split-input-file --verify-diagnostics

// expected-error @+1 {{there is no function @forward}}
module attributes {buddy.parameters = []} {
  func.func @backward(%arg0: tensor<1xf32>) {
    return
  }
}

// -----

// expected-error @+1 {{there is no function @forward}}
module attributes {buddy.parameters = []} {
  func.func private @forward(tensor<1xf32>)
}

// -----

// expected-error @+1 {{module attribute buddy.parameters is missing}}
module {
  func.func @forward(%arg0: tensor<1xf32>) {
    return
  }
}

// -----

// expected-error @+1 {{buddy.parameters: each entry needs a name and a static tensor type}}
module attributes {buddy.parameters = [{name = "w", type = tensor<?xf32>}]} {
  func.func @forward(%arg0: tensor<1xf32>) {
    return
  }
}

// -----

// expected-error @+1 {{buddy.parameters: each entry needs a name and a static tensor type}}
module attributes {buddy.parameters = ["w"]} {
  func.func @forward(%arg0: tensor<1xf32>) {
    return
  }
}

// -----

module attributes {buddy.parameters = []} {
  // expected-error @+1 {{the first argument of forward must be arg0.data, tensor<N x f32>}}
  func.func @forward(%x: tensor<2x2xf32>) {
    return
  }
}

// -----

module attributes {buddy.parameters = []} {
  // expected-error @+1 {{the first argument of forward must be arg0.data, tensor<N x f32>}}
  func.func @forward() {
    return
  }
}

// -----

module attributes {buddy.parameters = [{name = "w", kind = "parameter", type = tensor<8xf32>}]} {
  // expected-error @+1 {{forward uses arg0.data in a way that has no recipe for params.bin: only whole parameters can be read}}
  func.func @forward(%arg0: tensor<8xf32>) -> tensor<4xf32> {
    %0 = tensor.extract_slice %arg0[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}

// -----

module attributes {buddy.parameters = [{name = "w", kind = "parameter", type = tensor<8xf32>}]} {
  func.func @forward(%arg0: tensor<8xf32>) -> tensor<8xf32> {
    %0 = tensor.extract_slice %arg0[0] [8] [1] : tensor<8xf32> to tensor<8xf32>
    %1 = call @subgraph0(%0) : (tensor<8xf32>) -> tensor<8xf32>
    // expected-error @+1 {{a subgraph that is called twice cannot have its parameters packed yet}}
    %2 = call @subgraph0(%1) : (tensor<8xf32>) -> tensor<8xf32>
    return %2 : tensor<8xf32>
  }
  func.func private @subgraph0(%w: tensor<8xf32>) -> tensor<8xf32> {
    return %w : tensor<8xf32>
  }
}

// -----

module attributes {buddy.parameters = []} {
  func.func @forward(%arg0: tensor<1xf32>) {
    // expected-error @+1 {{forward calls itself}}
    call @forward(%arg0) : (tensor<1xf32>) -> ()
    return
  }
}
