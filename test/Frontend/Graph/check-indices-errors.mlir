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

func.func @forward(%ids: tensor<2xi64>, %w: tensor<4x8xf32>) -> tensor<2x8xf32> {
  %i = graph.mul %ids, %ids : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  // expected-error@+1 {{computed in a way that does not tell whether they stay inside of a dimension of size 4; clamp them}}
  %x = graph.gather %w[%i] dim 0 : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<2x8xf32>
  return %x : tensor<2x8xf32>
}
// -----

// A clamp that leaves too much: five positions, a table of four.
func.func @forward(%mask: tensor<5xi1>, %w: tensor<4x8xf32>) -> tensor<5x8xf32> {
  %ones = graph.convert %mask : tensor<5xi1> to tensor<5xi64>
  %i = graph.cumsum %ones dim 0 : tensor<5xi64>
  // expected-error@+1 {{size 4}}
  %x = graph.gather %w[%i] dim 0 : (tensor<4x8xf32>, tensor<5xi64>) -> tensor<5x8xf32>
  return %x : tensor<5x8xf32>
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

// What a run leaves behind cannot be checked before the next one.
func.func @forward(%seen: tensor<1xi64> {buddy.state = 1 : i64}, %k: tensor<4x8xf32>, %s: tensor<1x8xf32>) -> (tensor<4x8xf32>, tensor<1xi64>) {
  // expected-error@+1 {{computed in a way that does not tell whether they stay inside}}
  %x = graph.index_copy %k[%seen], %s dim 0 : (tensor<4x8xf32>, tensor<1xi64>, tensor<1x8xf32>) -> tensor<4x8xf32>
  return %x, %seen : tensor<4x8xf32>, tensor<1xi64>
}
// -----

// Counted from a mask of zeros and ones, and too large all the same.
module {
  func.func @forward(%mask: tensor<2x3xi64>, %w: tensor<3x8xf32>) -> tensor<2x3x8xf32> {
    %count = graph.cumsum %mask dim 1 : tensor<2x3xi64>
    // expected-error@+1 {{its indices are computed in a way that does not tell whether they stay inside of a dimension of size 3}}
    %x = graph.gather %w[%count] dim 0 : (tensor<3x8xf32>, tensor<2x3xi64>) -> tensor<2x3x8xf32>
    return %x : tensor<2x3x8xf32>
  }
}
