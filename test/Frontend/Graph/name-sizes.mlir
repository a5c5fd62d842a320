// RUN: buddy-opt %s --buddy-graph-name-sizes --split-input-file | FileCheck %s
// And back: the form people read says all there is.
// RUN: buddy-opt %s --split-input-file > %t.numbers
// RUN: buddy-opt %s --buddy-graph-name-sizes --split-input-file | buddy-opt --buddy-graph-bind-sizes --split-input-file | diff - %t.numbers

// CHECK-DAG: #[[X:.*]] = affine_map<()[s0, s1] -> (s0, s1, 8)>
// CHECK-DAG: #[[Y:.*]] = affine_map<()[s0, s1] -> (s0, 1, 8)>
// CHECK-DAG: #[[FROM:.*]] = affine_map<()[s0, s1] -> (s1 - 1)>
// CHECK-DAG: #[[TO:.*]] = affine_map<()[s0, s1] -> (s1)>
// CHECK-DAG: #[[FLAT:.*]] = affine_map<()[s0, s1] -> ((s0 * s1) * 8)>
// CHECK: buddy.signature = {inputs = [{name = "x", type = tensor<?x?x8xf32, #[[X]]>}]
module attributes {
    buddy.symbols = [{name = "batch", min = 1 : i64, max = 8 : i64}, {name = "s64", min = 2 : i64, max = 4096 : i64}],
    buddy.signature = {inputs = [{name = "x", type = tensor<722113583x659309107x8xf32>}], outputs = []}} {
  // CHECK-LABEL: func.func @last
  // CHECK-SAME: (%{{.*}}: tensor<?x?x8xf32, #[[X]]>) -> tensor<?x1x8xf32, #[[Y]]>
  // CHECK: graph.slice %{{.*}} dim 1 from 0 to 0 step 1 {buddy.sizes = {end = #[[TO]], start = #[[FROM]]}} : tensor<?x?x8xf32, #[[X]]> to tensor<?x1x8xf32, #[[Y]]>
  func.func @last(%x: tensor<722113583x659309107x8xf32>) -> tensor<722113583x1x8xf32> {
    %0 = graph.slice %x dim 1 from 659309106 to 659309107 step 1 : tensor<722113583x659309107x8xf32> to tensor<722113583x1x8xf32>
    return %0 : tensor<722113583x1x8xf32>
  }

  // CHECK-LABEL: func.func @flat
  // CHECK: graph.reshape %{{.*}} : tensor<?x?x8xf32, #[[X]]> to tensor<?xf32, #[[FLAT]]>
  func.func @flat(%x: tensor<722113583x659309107x8xf32>) -> tensor<3808768492482403048xf32> {
    %0 = graph.reshape %x : tensor<722113583x659309107x8xf32> to tensor<3808768492482403048xf32>
    return %0 : tensor<3808768492482403048xf32>
  }

  // A number of the program's own, beyond what sizes can be: 2^62.
  // CHECK-LABEL: func.func @own
  // CHECK: graph.arange 4611686018427387904 : i64
  // CHECK-NOT: buddy.sizes
  func.func @own() -> tensor<2xi64> {
    %0 = graph.arange 4611686018427387904 : i64 step 1 : i64 : tensor<2xi64>
    return %0 : tensor<2xi64>
  }
}

// -----

// Without symbols a large size is a large size.
// CHECK-LABEL: func.func private @fixed
// CHECK-SAME: tensor<722113583xi8>
func.func private @fixed(tensor<722113583xi8>)
