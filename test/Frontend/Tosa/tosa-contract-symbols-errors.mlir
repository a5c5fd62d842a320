// RUN: buddy-opt %s --buddy-tosa-contract --split-input-file --verify-diagnostics

// What is for sizes that each run chooses is for nothing else.
module attributes {buddy.parameters = []} {
  func.func @forward(%p: tensor<1xf32>, %x: tensor<2x8xf32>) -> tensor<16xf32> {
    %0 = call @subgraph0(%x) : (tensor<2x8xf32>) -> tensor<16xf32>
    return %0 : tensor<16xf32>
  }
  func.func private @subgraph0(%x: tensor<2x8xf32>) -> tensor<16xf32> {
    // expected-error@+1 {{'tensor.collapse_shape' op is neither func's nor TOSA's}}
    %0 = tensor.collapse_shape %x [[0, 1]] : tensor<2x8xf32> into tensor<16xf32>
    return %0 : tensor<16xf32>
  }
}

// -----

// Only some dialects say something of sizes.
module attributes {buddy.symbols = [{name = "s64", min = 2 : i64}], buddy.parameters = []} {
  func.func @forward(%p: tensor<1xf32>, %x: tensor<?xf32>, %s: index {buddy.symbol = "s64"}) -> tensor<?xf32> {
    %0 = call @subgraph0(%x, %s) : (tensor<?xf32>, index) -> tensor<?xf32>
    return %0 : tensor<?xf32>
  }
  func.func private @subgraph0(%x: tensor<?xf32>, %s: index {buddy.symbol = "s64"}) -> tensor<?xf32> {
    // expected-error@+1 {{'math.exp' op is neither func's nor TOSA's}}
    %0 = math.exp %x : tensor<?xf32>
    return %0 : tensor<?xf32>
  }
}

// -----

module attributes {buddy.symbols = [{name = "s64", min = 2 : i64}], buddy.parameters = []} {
  // expected-error@+1 {{must take the symbols of buddy.symbols last}}
  func.func @forward(%p: tensor<1xf32>) -> tensor<2xf32> {
    %0 = call @subgraph0() : () -> tensor<2xf32>
    return %0 : tensor<2xf32>
  }
  func.func private @subgraph0() -> tensor<2xf32> {
    %0 = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
    return %0 : tensor<2xf32>
  }
}

// -----

// The signature's input is not the argument's type.
module attributes {buddy.symbols = [{name = "s64", min = 2 : i64}], buddy.parameters = [],
                   buddy.signature = {inputs = [{name = "x", type = tensor<?x8xf32>}], outputs = [{name = "y", type = tensor<?xf32>}]}} {
  // expected-error@+1 {{inputs}}
  func.func @forward(%p: tensor<1xf32>, %x: tensor<?xf32>, %s: index {buddy.symbol = "s64"}) -> tensor<?xf32> {
    %0 = call @subgraph0(%x, %s) : (tensor<?xf32>, index) -> tensor<?xf32>
    return %0 : tensor<?xf32>
  }
  func.func private @subgraph0(%x: tensor<?xf32>, %s: index {buddy.symbol = "s64"}) -> tensor<?xf32> {
    return %x : tensor<?xf32>
  }
}
