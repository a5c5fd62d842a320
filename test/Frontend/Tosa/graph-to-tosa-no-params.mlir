// A program without parameters keeps the calling convention: one float that nothing reads.
// RUN: buddy-opt %s --buddy-graph-to-tosa --buddy-tosa-contract | FileCheck %s

// CHECK: func.func @forward(%{{.*}}: tensor<1xf32>, %{{.*}}: tensor<4xi64>) -> tensor<4xi64>
func.func @forward(%x: tensor<4xi64>) -> tensor<4xi64> {
  %0 = call @subgraph0(%x) : (tensor<4xi64>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}
// CHECK: func.func private @subgraph0(%{{.*}}: tensor<4xi64>) -> tensor<4xi64>
func.func private @subgraph0(%x: tensor<4xi64>) -> tensor<4xi64> {
  %0 = graph.add %x, %x : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}
