// RUN: buddy-opt %s --buddy-graph-contract --split-input-file --verify-diagnostics

// expected-error@+1 {{@forward and @subgraph0 must be here (graph contract; buddy-graph-partition is to blame)}}
module {
  func.func @forward(%x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
}

// -----

func.func @forward(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{@forward may hold parameters, their joins, calls and the return only (graph contract; buddy-graph-partition is to blame)}}
  %0 = graph.neg %x : tensor<4xf32>
  %1 = call @subgraph0(%0) : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func private @subgraph0(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{a subgraph must not read parameters}}
  %0 = graph.param "w" : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// All of them in one go.
func.func @forward(%x: tensor<4xf32>) -> tensor<4xf32> {
  %1 = call @subgraph0(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func private @subgraph0(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{only tensors of fixed shape are supported for now}}
  %0 = graph.reshape %x : tensor<4xf32> to tensor<?xf32>
  // expected-error@+1 {{only tensors of fixed shape are supported for now}}
  %1 = graph.cos %0 : tensor<?xf32>
  // f64 and what is rounded to half are values as others are.
  %2 = graph.convert %x : tensor<4xf32> to tensor<4xf64>
  %3 = graph.convert %x : tensor<4xf32> to tensor<4xbf16>
  return %x : tensor<4xf32>
}

// -----

func.func @forward(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %1 = call @subgraph0(%x) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}
func.func private @subgraph0(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{graph.sdpa is left (graph contract; buddy-graph-fuse-attention is to blame)}}
  %0 = graph.sdpa %x, %x, %x : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// expected-error@+1 {{only tensors of fixed shape are supported for now}}
func.func @forward(%x: tensor<?xf32>) -> tensor<?xf32> {
  %1 = call @subgraph0(%x) : (tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}
func.func private @subgraph0(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
