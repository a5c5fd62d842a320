// RUN: buddy-opt %s --buddy-graph-partition --split-input-file --verify-diagnostics

// expected-error@+1 {{has no function @forward of one block to partition}}
module {
  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
}

// -----

func.func @forward(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
// expected-error@+1 {{@subgraph0 exists already}}
func.func private @subgraph0(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
