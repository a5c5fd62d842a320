// RUN: buddy-opt %s --buddy-graph-name-sizes --split-input-file --verify-diagnostics

// 722113583 * 659309107 + 1.
// expected-error @+1 {{a size cannot be read as an expression of the symbols; a pass of the graph is to blame}}
module attributes {buddy.symbols = [{name = "s0", min = 1 : i64}, {name = "s1", min = 1 : i64}]} {
  func.func private @f(%x: tensor<476096061560300382x8xf32>)
}
