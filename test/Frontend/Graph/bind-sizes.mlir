// RUN: buddy-opt %s --buddy-graph-bind-sizes --split-input-file | FileCheck %s

// A symbol becomes its stand-in everywhere: in types, in types inside of attributes, in the numbers of an
// operation. What a size is made of can be read back off the product.

// CHECK: buddy.signature = {inputs = [{name = "x", type = tensor<722113583x659309107x8xf32>}]
module attributes {
    buddy.symbols = [{name = "batch", min = 1 : i64, max = 8 : i64}, {name = "s64", min = 2 : i64, max = 4096 : i64}],
    buddy.signature = {inputs = [{name = "x", type = tensor<?x?x8xf32, affine_map<()[s0, s1] -> (s0, s1, 8)>>}], outputs = []}} {
  // CHECK-LABEL: func.func @last
  // CHECK-SAME: (%{{.*}}: tensor<722113583x659309107x8xf32>) -> tensor<722113583x1x8xf32>
  // CHECK: graph.slice %{{.*}} dim 1 from 659309106 to 659309107 step 1 : tensor<722113583x659309107x8xf32> to tensor<722113583x1x8xf32>
  func.func @last(%x: tensor<?x?x8xf32, affine_map<()[s0, s1] -> (s0, s1, 8)>>)
      -> tensor<?x1x8xf32, affine_map<()[s0, s1] -> (s0, 1, 8)>> {
    %0 = graph.slice %x dim 1 from 0 to 0 step 1
        {buddy.sizes = {start = affine_map<()[s0, s1] -> (s1 - 1)>, end = affine_map<()[s0, s1] -> (s1)>}}
        : tensor<?x?x8xf32, affine_map<()[s0, s1] -> (s0, s1, 8)>> to tensor<?x1x8xf32, affine_map<()[s0, s1] -> (s0, 1, 8)>>
    return %0 : tensor<?x1x8xf32, affine_map<()[s0, s1] -> (s0, 1, 8)>>
  }

  // 8 * 722113583 * 659309107.
  // CHECK-LABEL: func.func @flat
  // CHECK: graph.reshape %{{.*}} : tensor<722113583x659309107x8xf32> to tensor<3808768492482403048xf32>
  func.func @flat(%x: tensor<?x?x8xf32, affine_map<()[s0, s1] -> (s0, s1, 8)>>)
      -> tensor<?xf32, affine_map<()[s0, s1] -> (s0 * s1 * 8)>> {
    %0 = graph.reshape %x : tensor<?x?x8xf32, affine_map<()[s0, s1] -> (s0, s1, 8)>>
        to tensor<?xf32, affine_map<()[s0, s1] -> (s0 * s1 * 8)>>
    return %0 : tensor<?xf32, affine_map<()[s0, s1] -> (s0 * s1 * 8)>>
  }
}

// -----

// Without symbols nothing changes.
// CHECK-LABEL: func.func @fixed
// CHECK: graph.neg %{{.*}} : tensor<2x8xf32>
func.func @fixed(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %0 = graph.neg %x : tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
