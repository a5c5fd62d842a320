// RUN: buddy-opt %s --buddy-tensor-contract -o /dev/null

// Tiles and vectors on tensors; dynamic sizes may be left where a slice was taken.
func.func @forward(%params: memref<64xi8>, %x: tensor<5x7xf32>, %n: index) -> tensor<5x7xf32> {
  %0 = tensor.extract_slice %x[0, 0] [%n, 7] [1, 1] : tensor<5x7xf32> to tensor<?x7xf32>
  %1 = tensor.insert_slice %0 into %x[0, 0] [%n, 7] [1, 1] : tensor<?x7xf32> into tensor<5x7xf32>
  %2 = call @subgraph0(%1) : (tensor<5x7xf32>) -> tensor<5x7xf32>
  return %2 : tensor<5x7xf32>
}
func.func private @subgraph0(%x: tensor<5x7xf32>) -> tensor<5x7xf32> {
  %bit = arith.constant dense<true> : vector<7xi1>
  return %x : tensor<5x7xf32>
}
