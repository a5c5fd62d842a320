// RUN: buddy-opt %s --buddy-function-boundaries --split-input-file --verify-diagnostics

// expected-error@+1 {{argument 0 is a state, but its buddy.state is not the number of a result of its type}}
func.func @number(%a: tensor<4xf32> {buddy.state = 1 : i64}) -> tensor<4xf32> {
  return %a : tensor<4xf32>
}
// -----

// expected-error@+1 {{argument 0 is a state, but its buddy.state is not the number of a result of its type}}
func.func @type(%a: tensor<4xf32> {buddy.state = 0 : i64}, %b: tensor<5xf32>) -> tensor<5xf32> {
  return %b : tensor<5xf32>
}
