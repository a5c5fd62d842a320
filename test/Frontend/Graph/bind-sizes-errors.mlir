// RUN: buddy-opt %s --buddy-graph-bind-sizes --split-input-file --verify-diagnostics

// expected-error @+1 {{buddy.symbols must be a list of at most 3 {name = "s0", min = 1 : i64}}}
module attributes {buddy.symbols = "s0"} {
}

// -----

// expected-error @+1 {{buddy.symbols must be a list of at most 3}}
module attributes {buddy.symbols = [{name = "s0"}]} {
}

// -----

// expected-error @+1 {{buddy.symbols must be a list of at most 3}}
module attributes {buddy.symbols = [{name = "a", min = 1 : i64}, {name = "b", min = 1 : i64}, {name = "c", min = 1 : i64},
                                    {name = "d", min = 1 : i64}]} {
}

// -----

// expected-error @+1 {{a tensor's map of sizes does not have its rank; a size is a sum or product of the 1 symbols of buddy.symbols}}
module attributes {buddy.symbols = [{name = "s0", min = 1 : i64}]} {
  func.func private @f(%x: tensor<?x8xf32, affine_map<()[s0] -> (s0)>>)
}

// -----

// expected-error @+1 {{a tensor's map of sizes cannot be read}}
module attributes {buddy.symbols = [{name = "s0", min = 1 : i64}]} {
  func.func private @f(%x: tensor<?x8xf32, affine_map<()[s0] -> (s0 floordiv 2, 8)>>)
}

// -----

// A number off which nothing could be read back.
// expected-error @+1 {{a tensor's map of sizes cannot be read}}
module attributes {buddy.symbols = [{name = "s0", min = 1 : i64}]} {
  func.func private @f(%x: tensor<?x8xf32, affine_map<()[s0] -> (s0 * s0 + 1, 8)>>)
}

// -----

// One symbol more than the module has.
// expected-error @+1 {{a tensor's map of sizes cannot be read}}
module attributes {buddy.symbols = [{name = "s0", min = 1 : i64}]} {
  func.func private @f(%x: tensor<?x8xf32, affine_map<()[s0, s1] -> (s1, 8)>>)
}

// -----

// expected-error @+1 {{an operation's buddy.sizes cannot be read}}
module attributes {buddy.symbols = [{name = "s0", min = 1 : i64}]} {
  func.func @f(%x: tensor<4x8xf32>) -> tensor<1x8xf32> {
    %0 = graph.slice %x dim 0 from 0 to 1 step 1 {buddy.sizes = {end = "s0"}} : tensor<4x8xf32> to tensor<1x8xf32>
    return %0 : tensor<1x8xf32>
  }
}

// -----

// It has no such number.
// expected-error @+1 {{an operation's buddy.sizes cannot be read}}
module attributes {buddy.symbols = [{name = "s0", min = 1 : i64}]} {
  func.func @f(%x: tensor<4x8xf32>) -> tensor<1x8xf32> {
    %0 = graph.slice %x dim 0 from 0 to 1 step 1 {buddy.sizes = {stop = affine_map<()[s0] -> (s0)>}} : tensor<4x8xf32> to tensor<1x8xf32>
    return %0 : tensor<1x8xf32>
  }
}
