// RUN: buddy-opt %s --buddy-graph-fuse-linears | FileCheck %s

// CHECK-LABEL: @qkv
// CHECK-DAG: %[[WQ:.*]] = graph.param "q.weight"
// CHECK-DAG: %[[WK:.*]] = graph.param "k.weight"
// CHECK-DAG: %[[BQ:.*]] = graph.param "q.bias"
// CHECK-DAG: %[[BK:.*]] = graph.param "k.bias"
// CHECK: %[[W:.*]] = graph.cat %[[WQ]], %[[WK]] dim 0 : (tensor<6x4xf32>, tensor<2x4xf32>) -> tensor<8x4xf32>
// CHECK: %[[B:.*]] = graph.cat %[[BQ]], %[[BK]] dim 0 : (tensor<6xf32>, tensor<2xf32>) -> tensor<8xf32>
// CHECK: %[[Y:.*]] = graph.linear %arg0, %[[W]] bias %[[B]] : tensor<8xf32> : (tensor<1x5x4xf32>, tensor<8x4xf32>) -> tensor<1x5x8xf32>
// CHECK: %[[Q:.*]] = graph.slice %[[Y]] dim 2 from 0 to 6 step 1
// CHECK: %[[K:.*]] = graph.slice %[[Y]] dim 2 from 6 to 8 step 1
// CHECK-NOT: graph.linear
// CHECK: return %[[Q]], %[[K]]
func.func @qkv(%x: tensor<1x5x4xf32>) -> (tensor<1x5x6xf32>, tensor<1x5x2xf32>) {
  %wq = graph.param "q.weight" : tensor<6x4xf32>
  %bq = graph.param "q.bias" : tensor<6xf32>
  %q = graph.linear %x, %wq bias %bq : tensor<6xf32> : (tensor<1x5x4xf32>, tensor<6x4xf32>) -> tensor<1x5x6xf32>
  %wk = graph.param "k.weight" : tensor<2x4xf32>
  %bk = graph.param "k.bias" : tensor<2xf32>
  %k = graph.linear %x, %wk bias %bk : tensor<2xf32> : (tensor<1x5x4xf32>, tensor<2x4xf32>) -> tensor<1x5x2xf32>
  return %q, %k : tensor<1x5x6xf32>, tensor<1x5x2xf32>
}

// With and without bias are two groups; here each has one member. So has another input.
// CHECK-LABEL: @unlike
// CHECK-NOT: graph.cat
func.func @unlike(%x: tensor<5x4xf32>, %y: tensor<5x4xf32>) -> (tensor<5x6xf32>, tensor<5x2xf32>, tensor<5x2xf32>) {
  %wq = graph.param "q.weight" : tensor<6x4xf32>
  %bq = graph.param "q.bias" : tensor<6xf32>
  %wk = graph.param "k.weight" : tensor<2x4xf32>
  %wv = graph.param "v.weight" : tensor<2x4xf32>
  %q = graph.linear %x, %wq bias %bq : tensor<6xf32> : (tensor<5x4xf32>, tensor<6x4xf32>) -> tensor<5x6xf32>
  %k = graph.linear %x, %wk : (tensor<5x4xf32>, tensor<2x4xf32>) -> tensor<5x2xf32>
  %v = graph.linear %y, %wv : (tensor<5x4xf32>, tensor<2x4xf32>) -> tensor<5x2xf32>
  return %q, %k, %v : tensor<5x6xf32>, tensor<5x2xf32>, tensor<5x2xf32>
}

// A weight that is computed is not a parameter; one weight used twice is not joined with itself.
// CHECK-LABEL: @not_parameters
// CHECK-NOT: graph.cat
func.func @not_parameters(%x: tensor<5x4xf32>, %w: tensor<2x4xf32>) -> (tensor<5x2xf32>, tensor<5x2xf32>, tensor<5x2xf32>) {
  %wk = graph.param "k.weight" : tensor<2x4xf32>
  %wl = graph.param "k.weight" : tensor<2x4xf32>
  %k = graph.linear %x, %w : (tensor<5x4xf32>, tensor<2x4xf32>) -> tensor<5x2xf32>
  %v = graph.linear %x, %wk : (tensor<5x4xf32>, tensor<2x4xf32>) -> tensor<5x2xf32>
  %u = graph.linear %x, %wl : (tensor<5x4xf32>, tensor<2x4xf32>) -> tensor<5x2xf32>
  return %k, %v, %u : tensor<5x2xf32>, tensor<5x2xf32>, tensor<5x2xf32>
}

// A product with a weight's transpose is a linear; with another value's it is not.
// CHECK-LABEL: @transposed
// CHECK-DAG: %[[W:.*]] = graph.param "w"
// CHECK: graph.linear %arg0, %[[W]] : (tensor<1x5x4xf32>, tensor<6x4xf32>) -> tensor<1x5x6xf32>
// CHECK: graph.matmul
func.func @transposed(%x: tensor<1x5x4xf32>, %y: tensor<6x4xf32>) -> (tensor<1x5x6xf32>, tensor<1x5x6xf32>) {
  %w = graph.param "w" : tensor<6x4xf32>
  %t = graph.permute %w [1, 0] : tensor<6x4xf32> to tensor<4x6xf32>
  %a = graph.matmul %x, %t : (tensor<1x5x4xf32>, tensor<4x6xf32>) -> tensor<1x5x6xf32>
  %u = graph.permute %y [1, 0] : tensor<6x4xf32> to tensor<4x6xf32>
  %b = graph.matmul %x, %u : (tensor<1x5x4xf32>, tensor<4x6xf32>) -> tensor<1x5x6xf32>
  return %a, %b : tensor<1x5x6xf32>, tensor<1x5x6xf32>
}
