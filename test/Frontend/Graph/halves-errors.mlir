// RUN: buddy-opt %s --split-input-file --verify-diagnostics

// Nothing is computed in f16 and bf16.
func.func @add(%x: tensor<4xf16>) -> tensor<4xf16> {
  // expected-error@+1 {{'graph.add' op operand #0 must be}}
  %0 = graph.add %x, %x : (tensor<4xf16>, tensor<4xf16>) -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// -----

func.func @exp(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  // expected-error@+1 {{'graph.exp' op operand #0 must be}}
  %0 = graph.exp %x : tensor<4xbf16>
  return %0 : tensor<4xbf16>
}
