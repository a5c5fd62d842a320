// Views, contractions, reductions and constants.
// RUN: buddy-opt %s --buddy-graph-to-tosa | FileCheck %s
// RUN: buddy-opt %s --buddy-graph-to-tosa | %mlir-opt --tosa-validate="strict-op-spec-alignment" -o /dev/null

// The range as rows of `step`, of which the first is kept; zeros fill the last row.
// CHECK-LABEL: func.func @stepped
// CHECK-NOT: tosa.slice
// CHECK: tosa.pad {{.*}} -> tensor<4x9x2xf32>
// CHECK: tosa.reshape {{.*}} -> tensor<4x3x3x2xf32>
// CHECK: tosa.slice {{.*}} -> tensor<4x3x1x2xf32>
// CHECK: tosa.reshape {{.*}} -> tensor<4x3x2xf32>
func.func @stepped(%x: tensor<4x7x2xf32>) -> tensor<4x3x2xf32> {
  %0 = graph.slice %x dim 1 from 0 to 7 step 3 : tensor<4x7x2xf32> to tensor<4x3x2xf32>
  return %0 : tensor<4x3x2xf32>
}

// CHECK-LABEL: func.func @expand
// CHECK: tosa.reshape {{.*}} -> tensor<1x3x1xf32>
// CHECK: tosa.const_shape {values = dense<[2, 1, 4]>
// CHECK: tosa.tile {{.*}} -> tensor<2x3x4xf32>
func.func @expand(%x: tensor<3x1xf32>) -> tensor<2x3x4xf32> {
  %0 = graph.expand %x : tensor<3x1xf32> to tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @triangle
// CHECK: dense<{{\[}}[1], [2], [3]]> : tensor<3x1xi32>
// CHECK: dense<{{\[}}[0, 1, 2]]> : tensor<1x3xi32>
// CHECK: tosa.greater_equal
// CHECK: tosa.select
// CHECK: tosa.greater_equal
// CHECK: tosa.logical_and
func.func @triangle(%x: tensor<3x3xf32>, %b: tensor<3x3xi1>) -> (tensor<3x3xf32>, tensor<3x3xi1>) {
  %0 = graph.tril %x diagonal 1 : tensor<3x3xf32>
  %1 = graph.triu %b diagonal 0 : tensor<3x3xi1>
  return %0, %1 : tensor<3x3xf32>, tensor<3x3xi1>
}

// The batch of a product with one matrix is more rows of the left side.
// CHECK-LABEL: func.func @products
// CHECK: tosa.matmul {{.*}} : (tensor<1x24x5xf32>, tensor<1x5x6xf32>, tensor<1xf32>, tensor<1xf32>)
// CHECK: tosa.tile {{.*}} -> tensor<2x3x4x5xf32>
// CHECK: tosa.tile {{.*}} -> tensor<2x3x5x6xf32>
// CHECK: tosa.matmul {{.*}} : (tensor<6x4x5xf32>, tensor<6x5x6xf32>, tensor<1xf32>, tensor<1xf32>)
func.func @products(%a: tensor<2x3x4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<2x1x4x5xf32>, %d: tensor<3x5x6xf32>)
    -> (tensor<2x3x4x6xf32>, tensor<2x3x4x6xf32>) {
  %0 = graph.matmul %a, %b : (tensor<2x3x4x5xf32>, tensor<5x6xf32>) -> tensor<2x3x4x6xf32>
  %1 = graph.matmul %c, %d : (tensor<2x1x4x5xf32>, tensor<3x5x6xf32>) -> tensor<2x3x4x6xf32>
  return %0, %1 : tensor<2x3x4x6xf32>, tensor<2x3x4x6xf32>
}

// CHECK-LABEL: func.func @linear
// CHECK: tosa.transpose %{{.*}} {perms = array<i32: 1, 0>} : (tensor<6x5xf32>) -> tensor<5x6xf32>
// CHECK: tosa.matmul {{.*}} -> tensor<1x12x6xf32>
// CHECK: tosa.add {{.*}} : (tensor<1x12x6xf32>, tensor<1x1x6xf32>)
func.func @linear(%x: tensor<3x4x5xf32>, %w: tensor<6x5xf32>, %b: tensor<6xf32>) -> tensor<3x4x6xf32> {
  %0 = graph.linear %x, %w bias %b : tensor<6xf32> : (tensor<3x4x5xf32>, tensor<6x5xf32>) -> tensor<3x4x6xf32>
  return %0 : tensor<3x4x6xf32>
}

// CHECK-LABEL: func.func @reductions
// CHECK: tosa.reduce_max
// CHECK: tosa.exp
// CHECK: tosa.reciprocal
// CHECK: tosa.reduce_sum {{.*}} {axis = 0 : i32}
// CHECK: tosa.reduce_sum {{.*}} {axis = 1 : i32}
// CHECK: dense<6.250000e-02>
func.func @reductions(%x: tensor<4x4xf32>) -> tensor<1x1xf32> {
  %0 = graph.softmax %x dim 1 : tensor<4x4xf32>
  %1 = graph.mean %0 [0, 1] : tensor<4x4xf32> to tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// A concatenation that another one doubles is repeated: the folds of TOSA would make pieces of it.
// CHECK-LABEL: func.func @doubled
// CHECK: tosa.concat %arg0, %arg0 {{.*}} -> tensor<2x6xf32>
// CHECK-NOT: tosa.concat
// CHECK: tosa.tile {{.*}} -> tensor<2x2x6xf32>
// CHECK: tosa.reshape {{.*}} -> tensor<2x12xf32>
func.func @doubled(%x: tensor<2x3xf32>) -> tensor<2x12xf32> {
  %0 = graph.cat %x, %x dim 1 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
  %1 = graph.cat %0, %0 dim 1 : (tensor<2x6xf32>, tensor<2x6xf32>) -> tensor<2x12xf32>
  return %1 : tensor<2x12xf32>
}

// CHECK-LABEL: func.func @constants
// CHECK: dense_resource<large> : tensor<4xf32>
// CHECK: dense<-5> : tensor<2xi64>
// CHECK: dense<[9223372036854775807, -2147483648]> : tensor<2xi64>
// CHECK: dense_resource<{{.*}}> : tensor<2xi64>
// CHECK: dense<[1.500000e+00, 2.000000e+00, 2.500000e+00]>
// CHECK: dense<[0, -2000000000, -4000000000]> : tensor<3xi64>
func.func @constants() -> (tensor<4xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<3xf32>, tensor<3xi64>) {
  %0 = graph.constant dense_resource<large> : tensor<4xf32>
  %1 = graph.constant dense<-5> : tensor<2xi64>
  %2 = graph.constant dense<[9223372036854775807, -2147483648]> : tensor<2xi64>
  %3 = graph.constant dense_resource<wide> : tensor<2xi64>
  %4 = graph.arange 1.5 : f64 step 0.5 : f64 : tensor<3xf32>
  %5 = graph.arange 0 : i64 step -2000000000 : i64 : tensor<3xi64>
  return %0, %1, %2, %3, %4, %5 : tensor<4xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<3xf32>, tensor<3xi64>
}

// CHECK: large: "0x040000000000803F0000004000004040000080C0"
// CHECK: wide: "0x080000000100000000000000FEFFFFFFFFFFFFFF"
{-#
  dialect_resources: {
    builtin: {
      large: "0x040000000000803F0000004000004040000080C0",
      wide: "0x080000000100000000000000FEFFFFFFFFFFFFFF"
    }
  }
#-}
