// RUN: buddy-opt %s --buddy-tosa-dynamic-sizes --split-input-file --verify-diagnostics

// As many different numbers as a run has cannot be written down.
module attributes {buddy.symbols = [{name = "s64", min = 2 : i64}]} {
  func.func @forward() -> tensor<722113583xf32> {
    // expected-error @+1 {{a constant of a size that each run chooses must be one number}}
    %0 = "tosa.const"() <{values = dense_resource<many> : tensor<722113583xf32>}> : () -> tensor<722113583xf32>
    return %0 : tensor<722113583xf32>
  }
}

// -----

// The program has one symbol; this is the stand-in of a second.
module attributes {buddy.symbols = [{name = "s64", min = 2 : i64}]} {
  func.func @forward() -> index {
    // expected-error @+1 {{has a size that is not a supported expression of the symbols}}
    %n = arith.constant 659309107 : index
    return %n : index
  }
}

// -----

module attributes {buddy.symbols = [{name = "s64", min = 2 : i64}]} {
  func.func @forward(%x: tensor<722113583x4xf32>) -> tensor<4xf32> {
    // 17 * 722113583 + 1
    // expected-error @+1 {{has a size that is not a supported expression of the symbols}}
    %n = arith.constant 12275930912 : index
    %0 = tensor.extract_slice %x[%n, 0] [1, 4] [1, 1] : tensor<722113583x4xf32> to tensor<4xf32>
    return %0 : tensor<4xf32>
  }
}
