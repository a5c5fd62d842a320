// RUN: buddy-opt %s --buddy-graph-check-indices --split-input-file --verify-diagnostics

func.func @forward(%w: tensor<4x8xf32>) -> tensor<2x8xf32> {
  %i = graph.constant dense<[3, 4]> : tensor<2xi64>
  // expected-error@+1 {{index 4 is outside of a dimension of size 4; PyTorch raises IndexError}}
  %x = graph.gather %w[%i] dim 0 : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
  return %x : tensor<2x8xf32>
}
// -----

// Without wrap nothing counts from the end.
func.func @forward(%w: tensor<4x8xf32>) -> tensor<1x8xf32> {
  %i = graph.constant dense<-1> : tensor<1xi64>
  // expected-error@+1 {{index -1 is outside of a dimension of size 4}}
  %x = graph.gather %w[%i] dim 0 : (tensor<4x8xf32>, tensor<1xi64>) -> tensor<1x8xf32>
  return %x : tensor<1x8xf32>
}
// -----

// expected-error@+1 {{no value of input 0 is inside of all that it indexes}}
module {
  func.func @forward(%ids: tensor<2xi64>, %w: tensor<4x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
    %x = graph.gather %w[%ids] dim 0 : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
    %nine = graph.constant dense<9> : tensor<i64>
    %far = graph.add %ids, %nine : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>
    %y = graph.gather %w[%far] dim 0 : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
    return %x, %y : tensor<2x8xf32>, tensor<2x8xf32>
  }
}
// -----

func.func @forward(%k: tensor<4x8xf32>, %s: tensor<1x8xf32>) -> tensor<4x8xf32> {
  %i = graph.constant dense<4> : tensor<1xi64>
  // expected-error@+1 {{index 4 is outside of a dimension of size 4}}
  %x = graph.index_copy %k[%i], %s dim 0 : (tensor<4x8xf32>, tensor<1xi64>, tensor<1x8xf32>) -> tensor<4x8xf32>
  return %x : tensor<4x8xf32>
}
// -----

// Five rows do not fit in four, wherever they begin.
func.func @forward(%pos: tensor<i64> {buddy.name = "pos"}, %k: tensor<4x8xf32>, %s: tensor<5x8xf32>) -> tensor<4x8xf32> {
  %rows = graph.arange 0 : i64 step 1 : i64 : tensor<5xi64>
  %i = graph.add %rows, %pos : (tensor<5xi64>, tensor<i64>) -> tensor<5xi64>
  // expected-error@+1 {{no value of input 'pos' keeps its indices inside of a dimension of size 4; PyTorch raises IndexError}}
  %x = graph.index_copy %k[%i], %s dim 0 : (tensor<4x8xf32>, tensor<5xi64>, tensor<5x8xf32>) -> tensor<4x8xf32>
  return %x : tensor<4x8xf32>
}
// -----

func.func @forward(%x: tensor<2xi64>, %w: tensor<0x8xf32>) -> tensor<2x8xf32> {
  %i = graph.mul %x, %x : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  // expected-error@+1 {{nothing can be chosen from a dimension of size 0; PyTorch raises IndexError}}
  %y = graph.gather %w[%i] dim 0 : (tensor<0x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
// -----

// A bound that every value is beyond.
func.func @forward(%x: tensor<2xi1>, %w: tensor<4x8xf32>) -> tensor<2x8xf32> {
  %four = graph.constant dense<4> : tensor<i64>
  %ones = graph.convert %x : tensor<2xi1> to tensor<2xi64>
  %i = graph.add %ones, %four : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>
  // expected-error@+1 {{index 5 is outside of a dimension of size 4; PyTorch raises IndexError}}
  %y = graph.gather %w[%i] dim 0 : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
// -----

func.func @findings(%i: tensor<2xi64>, %before: tensor<4xi64>) -> tensor<4xi64> {
  // expected-error@+1 {{result must be three numbers: checks passed, place, index}}
  %f = graph.check_indices %before, %i from 0 to 3 : (tensor<4xi64>, tensor<2xi64>) -> tensor<4xi64>
  return %f : tensor<4xi64>
}
// -----

func.func @findings() -> tensor<2xi64> {
  // expected-error@+1 {{result must be three numbers}}
  %f = graph.no_findings : tensor<2xi64>
  return %f : tensor<2xi64>
}
