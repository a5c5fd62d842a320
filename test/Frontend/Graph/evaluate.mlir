// RUN: buddy-opt %s --buddy-graph-evaluate --split-input-file | FileCheck %s

// Each op in its own dtype: 0.1f * 3.0f is rounded to float, cos is computed in double and rounded.
// CHECK-LABEL: @chain
// CHECK: graph.constant dense<[1.000000e+00, 0.995004177, 0.980066597, 0.955336511]> : tensor<4xf32>
func.func @chain(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = graph.arange 0.0 : f64 step 1.0 : f64 : tensor<4xf32>
  %1 = graph.constant dense<0.1> : tensor<f32>
  %2 = graph.mul %0, %1 : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %3 = graph.cos %2 : tensor<4xf32>
  %4 = graph.add %x, %3 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}

// -----

// Only the root becomes a constant, and what repeats is stored once.
// CHECK-LABEL: @broadcast
// CHECK-NEXT: %[[C:.*]] = graph.constant dense<{{.*}}> : tensor<1x3xf32>
// CHECK-NEXT: %[[E:.*]] = graph.expand %[[C]] : tensor<1x3xf32> to tensor<5x3xf32>
// CHECK-NEXT: graph.add
func.func @broadcast(%x: tensor<5x3xf32>) -> tensor<5x3xf32> {
  %0 = graph.arange 0.0 : f64 step 1.0 : f64 : tensor<3xf32>
  %1 = graph.expand %0 : tensor<3xf32> to tensor<5x3xf32>
  %2 = graph.sin %1 : tensor<5x3xf32>
  %3 = graph.add %x, %2 : (tensor<5x3xf32>, tensor<5x3xf32>) -> tensor<5x3xf32>
  return %3 : tensor<5x3xf32>
}

// -----

// More than 64 elements: a resource, named for what it is.
// CHECK-LABEL: @table
// CHECK-NEXT: graph.constant dense_resource<rotary_emb_cos> : tensor<65xf32>
// CHECK: rotary_emb_cos: "0x40000000
func.func @table(%x: tensor<65xf32>) -> tensor<65xf32> {
  %0 = graph.arange 0.0 : f64 step 1.0 : f64 : tensor<65xf32>
  %1 = graph.cos %0 : tensor<65xf32> loc("rotary_emb"("model.py":30:0))
  %2 = graph.mul %x, %1 : (tensor<65xf32>, tensor<65xf32>) -> tensor<65xf32>
  return %2 : tensor<65xf32>
}

// -----

// An attention mask of this size is not built.
// CHECK-LABEL: @mask
// CHECK: graph.tril
// CHECK: graph.where
func.func @mask() -> tensor<128x128xf32> {
  %0 = graph.constant dense<true> : tensor<128x128xi1>
  %1 = graph.tril %0 diagonal 0 : tensor<128x128xi1>
  %2 = graph.constant dense<0.0> : tensor<f32>
  %3 = graph.constant dense<0xFF800000> : tensor<f32>
  %4 = graph.where %1, %2, %3 : (tensor<128x128xi1>, tensor<f32>, tensor<f32>) -> tensor<128x128xf32>
  return %4 : tensor<128x128xf32>
}

// -----

// Weights are not baked in; and without the archive at hand, neither are buffers.
module attributes {buddy.parameters = [{name = "w", kind = "parameter", type = tensor<2xf32>}, {name = "b", kind = "buffer", type = tensor<2xf32>}]} {
  // CHECK-LABEL: @params
  // CHECK: graph.neg
  // CHECK: graph.neg
  func.func @params() -> (tensor<2xf32>, tensor<2xf32>) {
    %w = graph.param "w" : tensor<2xf32>
    %b = graph.param "b" : tensor<2xf32>
    %0 = graph.neg %w : tensor<2xf32>
    %1 = graph.neg %b : tensor<2xf32>
    return %0, %1 : tensor<2xf32>, tensor<2xf32>
  }
}

// -----

// CHECK-LABEL: @dtypes
func.func @dtypes() -> (tensor<3xi64>, tensor<3xi32>, tensor<3xf32>, tensor<3xi1>, tensor<2xi64>, tensor<2xf32>, tensor<1xf32>, tensor<2x3xi64>, tensor<3xf32>) {
  // Integers wrap.
  // CHECK-DAG: graph.constant dense<[9223372036854775807, -9223372036854775808, -9223372036854775807]> : tensor<3xi64>
  %0 = graph.arange 9223372036854775806 : i64 step 1 : i64 : tensor<3xi64>
  %1 = graph.constant dense<1> : tensor<i64>
  %2 = graph.add %0, %1 : (tensor<3xi64>, tensor<i64>) -> tensor<3xi64>
  // Towards zero; what does not fit is the smallest integer.
  // CHECK-DAG: graph.constant dense<[-1, 2, -2147483648]> : tensor<3xi32>
  %3 = graph.constant dense<[-1.5, 2.75, 1.0e30]> : tensor<3xf32>
  %4 = graph.convert %3 : tensor<3xf32> to tensor<3xi32>
  // i64 to f32 rounds to nearest even.
  // CHECK-DAG: graph.constant dense<[0x4B800000, 0x4B800000, 0x4B800001]> : tensor<3xf32>
  %5 = graph.arange 16777216 : i64 step 1 : i64 : tensor<3xi64>
  %6 = graph.convert %5 : tensor<3xi64> to tensor<3xf32>
  // NaN is not zero.
  // CHECK-DAG: graph.constant dense<[false, true, true]> : tensor<3xi1>
  %7 = graph.constant dense<[0.0, 0.5, 0x7FC00000]> : tensor<3xf32>
  %8 = graph.convert %7 : tensor<3xf32> to tensor<3xi1>
  // CHECK-DAG: graph.constant dense<[6, 15]> : tensor<2xi64>
  %9 = graph.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi64>
  %10 = graph.sum %9 [1] : tensor<2x3xi64> to tensor<2x1xi64>
  %11 = graph.reshape %10 : tensor<2x1xi64> to tensor<2xi64>
  // CHECK-DAG: graph.constant dense<[0.268941432, 0.731058597]> : tensor<2xf32>
  %12 = graph.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %13 = graph.softmax %12 dim 0 : tensor<2xf32>
  // CHECK-DAG: graph.constant dense<0x7FC00000> : tensor<1xf32>
  %14 = graph.amax %7 [0] : tensor<3xf32> to tensor<1xf32>
  // CHECK-DAG: graph.constant dense<{{\[\[}}0, 2, 3], [0, 0, 6]]> : tensor<2x3xi64>
  %15 = graph.triu %9 diagonal 1 : tensor<2x3xi64>
  // A large step is not accumulated.
  // CHECK-DAG: graph.constant dense<[1.000000e-01, 4.000000e-01, 0.699999988]> : tensor<3xf32>
  %16 = graph.arange 0.1 : f64 step 0.3 : f64 : tensor<3xf32>
  return %2, %4, %6, %8, %11, %13, %14, %15, %16 : tensor<3xi64>, tensor<3xi32>, tensor<3xf32>, tensor<3xi1>, tensor<2xi64>, tensor<2xf32>, tensor<1xf32>, tensor<2x3xi64>, tensor<3xf32>
}

// -----

// CHECK-LABEL: @views
func.func @views() -> (tensor<3x2xi64>, tensor<2xi64>, tensor<4xi64>, tensor<6xi64>) {
  %0 = graph.arange 0 : i64 step 1 : i64 : tensor<6xi64>
  %1 = graph.reshape %0 : tensor<6xi64> to tensor<2x3xi64>
  // CHECK-DAG: graph.constant dense<{{\[\[}}0, 3], [1, 4], [2, 5]]> : tensor<3x2xi64>
  %2 = graph.permute %1 [1, 0] : tensor<2x3xi64> to tensor<3x2xi64>
  // CHECK-DAG: graph.constant dense<[1, 5]> : tensor<2xi64>
  %3 = graph.slice %0 dim 0 from 1 to 6 step 4 : tensor<6xi64> to tensor<2xi64>
  // CHECK-DAG: graph.constant dense<[1, 5, 1, 5]> : tensor<4xi64>
  %4 = graph.cat %3, %3 dim 0 : (tensor<2xi64>, tensor<2xi64>) -> tensor<4xi64>
  // CHECK-DAG: graph.constant dense<[0, 3, 1, 4, 2, 5]> : tensor<6xi64>
  %5 = graph.reshape %2 : tensor<3x2xi64> to tensor<6xi64>
  return %2, %3, %4, %5 : tensor<3x2xi64>, tensor<2xi64>, tensor<4xi64>, tensor<6xi64>
}

// -----

// Rounded down, also of negative ones; by zero zero, and the least integer by -1 is itself.
// CHECK-LABEL: @floor_div
// CHECK: graph.constant dense<[-4, 3, 0, -9223372036854775808]> : tensor<4xi64>
func.func @floor_div(%x: tensor<4xi64>) -> tensor<4xi64> {
  %0 = graph.constant dense<[-7, 7, 7, -9223372036854775808]> : tensor<4xi64>
  %1 = graph.constant dense<[2, 2, 0, -1]> : tensor<4xi64>
  %2 = graph.floor_div %0, %1 : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
  %3 = graph.add %x, %2 : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
  return %3 : tensor<4xi64>
}

// -----

// Nothing to store.
// CHECK-LABEL: @empty
// CHECK: graph.constant dense<> : tensor<0xf32>
func.func @empty() -> tensor<0xf32> {
  %0 = graph.arange 0.0 : f64 step 1.0 : f64 : tensor<0xf32>
  %1 = graph.cos %0 : tensor<0xf32>
  return %1 : tensor<0xf32>
}
