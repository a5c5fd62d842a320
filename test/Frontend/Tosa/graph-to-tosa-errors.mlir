// RUN: buddy-opt %s --buddy-graph-to-tosa --split-input-file --verify-diagnostics

// All of them in one go, each where it is.
// expected-error@+1 {{argument 0 ('x') of @types: element type 'i16' is not supported, only float32, float64, int64, int32 and bool are; export the model in float32}}
func.func @types(%x: tensor<2xi16> {buddy.name = "x"},
                 // expected-error@+1 {{argument 1 of @types: dynamic sizes are not supported, this is 'tensor<?xf32>'; export the model with fixed shapes}}
                 %y: tensor<?xf32>,
                 // expected-error@+1 {{argument 2 of @types: TOSA has no tensors without elements, this is 'tensor<0xf32>'}}
                 %z: tensor<0xf32>,
                 // expected-error@+1 {{argument 3 of @types: TOSA knows only tensors with a rank, this is 'f32'}}
                 %s: f32) {
  return
}

// -----

func.func @ops(%b: tensor<2xi1>, %i: tensor<2xi64>, %x: tensor<1x1x4x8xf32>) {
  // expected-error@+1 {{'graph.neg' op not defined on booleans}}
  %0 = graph.neg %b : tensor<2xi1>
  // expected-error@+1 {{'graph.sub' op not defined on booleans, PyTorch has logical_xor for it}}
  %1 = graph.sub %b, %b : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
  // expected-error@+1 {{'graph.sum' op a sum of booleans needs a graph.convert to an integer first}}
  %2 = graph.sum %b [0] : tensor<2xi1> to tensor<1xi1>
  // expected-error@+1 {{'graph.mean' op the mean is defined on floats only}}
  %3 = graph.mean %i [0] : tensor<2xi64> to tensor<1xi64>
  // expected-error@+1 {{'graph.sdpa' op not fused to graph.attention; run --buddy-graph-fuse-attention before --buddy-graph-to-tosa}}
  %4 = graph.sdpa %x, %x, %x : (tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32>
  // expected-error@+1 {{'arith.constant' op belongs to neither the graph dialect nor func nor TOSA}}
  %5 = arith.constant dense<0.0> : tensor<2xf32>
  return
}

// -----

func.func @constants() {
  // expected-error@+1 {{'graph.constant' op its dense_resource has 4 bytes, not the 8 of its type}}
  %1 = graph.constant dense_resource<short> : tensor<2xf32>
  // expected-error@+1 {{'graph.constant' op its dense_resource holds no data; was the file cut?}}
  %2 = graph.constant dense_resource<absent> : tensor<2xi64>
  // expected-error@+1 {{'graph.arange' op runs beyond int32}}
  %3 = graph.arange 2147483647 : i64 step 1 : i64 : tensor<2xi32>
  // expected-error@+1 {{'graph.arange' op runs beyond int64}}
  %4 = graph.arange 0 : i64 step 9223372036854775807 : i64 : tensor<3xi64>
  return
}
{-# dialect_resources: { builtin: { short: "0x040000000000803F" } } #-}

// -----

module attributes {buddy.parameters = [{name = "w", kind = "parameter", type = tensor<4xf32>}]} {
  func.func @forward() {
    // expected-error@+1 {{'graph.param' op names 'v', which buddy.parameters does not list}}
    %0 = graph.param "v" : tensor<4xf32>
    // expected-error@+1 {{'graph.param' op is 'tensor<2x2xf32>', but buddy.parameters has 'tensor<4xf32>'}}
    %1 = graph.param "w" : tensor<2x2xf32>
    return
  }
  func.func private @subgraph0() {
    // expected-error@+1 {{'graph.param' op parameters are read in @forward only; run --buddy-graph-partition before --buddy-graph-to-tosa}}
    %0 = graph.param "w" : tensor<4xf32>
    return
  }
}

// -----

// expected-error@+1 {{buddy.parameters: 'w' is 'tensor<4xi64>', only float32 parameters are supported; export the model in float32}}
module attributes {buddy.parameters = [{name = "w", kind = "buffer", type = tensor<4xi64>}]} {
}

// -----

// expected-error@+1 {{buddy.parameters: 'w' is listed twice}}
module attributes {buddy.parameters = [{name = "w", type = tensor<4xf32>}, {name = "w", type = tensor<4xf32>}]} {
}

// -----

// expected-error@+1 {{buddy.parameters: entry 0 needs a name and a type that is a tensor of static shape}}
module attributes {buddy.parameters = [{name = "w", type = tensor<?xf32>}]} {
}

// -----

// expected-error@+1 {{buddy.parameters must be an array of dictionaries}}
module attributes {buddy.parameters = "w"} {
}

// -----

module attributes {buddy.signature = {inputs = [], outputs = []}} {
  // expected-error@+1 {{@forward has 1 arguments, buddy.signature lists 0 inputs and states; is this the fused graph (graph_fused.log)?}}
  func.func @forward(%x: tensor<2xf32>) {
    return
  }
}
