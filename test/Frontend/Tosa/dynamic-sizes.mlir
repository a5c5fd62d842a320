// RUN: buddy-opt %s --buddy-tosa-dynamic-sizes --split-input-file | FileCheck %s

// CHECK-DAG: #[[X:.*]] = affine_map<()[s0, s1] -> (s0, s1, 8)>
// CHECK-DAG: #[[Y:.*]] = affine_map<()[s0, s1] -> (s0, 1, 8)>
// CHECK-DAG: #[[LONGER:.*]] = affine_map<()[s0, s1] -> (s0, s1 + 1, 8)>
// CHECK-DAG: #[[REPEATED:.*]] = affine_map<(d0, d1, d2) -> (d0, 0, d2)>
// CHECK: buddy.signature = {inputs = [{name = "x", sizes = #[[X]], type = tensor<?x?x8xf32>}], outputs = [{name = "n", type = tensor<8xf32>}]}
module attributes {
    buddy.symbols = [{name = "batch", min = 1 : i64, max = 8 : i64}, {name = "s64", min = 2 : i64, max = 4096 : i64}],
    buddy.signature = {inputs = [{name = "x", type = tensor<722113583x659309107x8xf32>}], outputs = [{name = "n", type = tensor<8xf32>}]}} {
  // The symbols are the last arguments, and are passed on to whom they concern.
  // CHECK-LABEL: func.func @forward
  // CHECK-SAME: (%[[P:[a-z0-9]+]]: tensor<8xf32>, %[[IN:[a-z0-9]+]]: tensor<?x?x8xf32> {buddy.sizes = #[[X]]}, %[[B:[a-z0-9]+]]: index {buddy.symbol = "batch"}, %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
  // CHECK-SAME: -> (tensor<?x1x8xf32> {buddy.sizes = #[[Y]]})
  // CHECK: call @last(%[[IN]], %[[B]], %[[S]])
  // CHECK: call @fixed(%[[P]])
  func.func @forward(%p: tensor<8xf32>, %x: tensor<722113583x659309107x8xf32>) -> tensor<722113583x1x8xf32> {
    %0 = call @last(%x) : (tensor<722113583x659309107x8xf32>) -> tensor<722113583x1x8xf32>
    %1 = call @fixed(%p) : (tensor<8xf32>) -> tensor<8xf32>
    return %0 : tensor<722113583x1x8xf32>
  }

  // CHECK-LABEL: func.func private @last
  // CHECK-SAME: (%[[IN:[a-z0-9]+]]: tensor<?x?x8xf32> {{.*}}, %[[B:[a-z0-9]+]]: index {{.*}}, %[[S:[a-z0-9]+]]: index {{.*}})
  // CHECK: %[[FROM:.*]] = arith.addi %[[S]], %c-1
  // CHECK: tensor.extract_slice %[[IN]][0, %[[FROM]], 0] [%[[B]], 1, 8] [1, 1, 1] : tensor<?x?x8xf32> to tensor<?x1x8xf32>
  func.func private @last(%x: tensor<722113583x659309107x8xf32>) -> tensor<722113583x1x8xf32> {
    %start = tosa.const_shape {values = dense<[0, 659309106, 0]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %size = tosa.const_shape {values = dense<[722113583, 1, 8]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %0 = tosa.slice %x, %start, %size : (tensor<722113583x659309107x8xf32>, !tosa.shape<3>, !tosa.shape<3>) -> tensor<722113583x1x8xf32>
    return %0 : tensor<722113583x1x8xf32>
  }

  // CHECK-LABEL: func.func private @fixed
  // CHECK-SAME: (%{{.*}}: tensor<8xf32>) -> tensor<8xf32>
  func.func private @fixed(%x: tensor<8xf32>) -> tensor<8xf32> {
    return %x : tensor<8xf32>
  }

  // Dimensions that hold the same elements are joined and taken apart in groups; each expression is
  // computed once, at the start.
  // CHECK-LABEL: func.func private @reshapes
  // CHECK-SAME: (%[[IN:[a-z0-9]+]]: tensor<?x?x8xf32> {{.*}}, %[[B:[a-z0-9]+]]: index {{.*}}, %[[S:[a-z0-9]+]]: index {{.*}})
  // CHECK: %[[ROWS:.*]] = arith.muli %[[B]], %[[S]]
  // CHECK: %[[ALL:.*]] = arith.muli %[[ROWS]], %c8
  // CHECK-NOT: arith.muli
  // CHECK: %[[FOUR:.*]] = tensor.expand_shape %[[IN]] {{\[\[}}0], [1], [2, 3]] output_shape [%[[B]], %[[S]], 2, 4]
  // CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[FOUR]] {{\[\[}}0, 1, 2, 3]]
  // CHECK: %[[ROW:.*]] = tensor.expand_shape %[[FLAT]] {{\[\[}}0, 1]] output_shape [1, %[[ALL]]]
  // CHECK: %[[AGAIN:.*]] = tensor.collapse_shape %[[ROW]] {{\[\[}}0, 1]]
  // CHECK: tensor.expand_shape %[[AGAIN]] {{\[\[}}0, 1, 2]] output_shape [8, %[[S]], %[[B]]] : tensor<?xf32> into tensor<8x?x?xf32>
  func.func private @reshapes(%x: tensor<722113583x659309107x8xf32>) -> tensor<8x659309107x722113583xf32> {
    %four = tosa.const_shape {values = dense<[722113583, 659309107, 2, 4]> : tensor<4xindex>} : () -> !tosa.shape<4>
    %0 = tosa.reshape %x, %four : (tensor<722113583x659309107x8xf32>, !tosa.shape<4>) -> tensor<722113583x659309107x2x4xf32>
    %row = tosa.const_shape {values = dense<[1, 3808768492482403048]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %1 = tosa.reshape %0, %row : (tensor<722113583x659309107x2x4xf32>, !tosa.shape<2>) -> tensor<1x3808768492482403048xf32>
    %other = tosa.const_shape {values = dense<[8, 659309107, 722113583]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %2 = tosa.reshape %1, %other : (tensor<1x3808768492482403048xf32>, !tosa.shape<3>) -> tensor<8x659309107x722113583xf32>
    return %2 : tensor<8x659309107x722113583xf32>
  }

  // CHECK-LABEL: func.func private @repeated
  // CHECK-SAME: (%{{.*}}: tensor<?x1x8xf32> {{.*}}, %[[B:[a-z0-9]+]]: index {{.*}}, %[[S:[a-z0-9]+]]: index {{.*}})
  // CHECK: %[[PLACE:.*]] = tensor.empty(%[[B]]) : tensor<?x1x8xf32>
  // CHECK: %[[C:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%[[PLACE]] : tensor<?x1x8xf32>)
  // CHECK: %[[SUM:.*]] = tosa.add %[[C]],
  // CHECK: %[[OUT:.*]] = tensor.empty(%[[B]], %[[S]])
  // CHECK: linalg.generic {indexing_maps = [#[[REPEATED]], #{{.*}}], {{.*}}} ins(%[[SUM]] : {{.*}}) outs(%[[OUT]] : tensor<?x?x8xf32>)
  func.func private @repeated(%y: tensor<722113583x1x8xf32>) -> tensor<722113583x659309107x8xf32> {
    %c = "tosa.const"() <{values = dense<1.5> : tensor<722113583x1x8xf32>}> : () -> tensor<722113583x1x8xf32>
    %0 = tosa.add %c, %y : (tensor<722113583x1x8xf32>, tensor<722113583x1x8xf32>) -> tensor<722113583x1x8xf32>
    %times = tosa.const_shape {values = dense<[1, 659309107, 1]> : tensor<3xindex>} : () -> !tosa.shape<3>
    %1 = tosa.tile %0, %times : (tensor<722113583x1x8xf32>, !tosa.shape<3>) -> tensor<722113583x659309107x8xf32>
    return %1 : tensor<722113583x659309107x8xf32>
  }

  // CHECK-LABEL: func.func private @joined
  // CHECK-SAME: (%[[IN:[a-z0-9]+]]: tensor<?x?x8xf32> {{.*}}, %[[B:[a-z0-9]+]]: index {{.*}}, %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
  // CHECK-SAME: -> (tensor<?x?x8xf32> {buddy.sizes = #[[LONGER]]}, index)
  // CHECK: %[[MORE:.*]] = arith.addi %[[S]], %c1
  // CHECK: %[[WHOLE:.*]] = tensor.empty(%[[B]], %[[MORE]])
  // CHECK: %[[OUT:.*]] = tensor.insert_slice %[[IN]] into %[[WHOLE]][0, 1, 0] [%[[B]], %[[S]], 8] [1, 1, 1]
  // CHECK: return %[[OUT]], %[[MORE]]
  func.func private @joined(%x: tensor<722113583x659309107x8xf32>) -> (tensor<722113583x659309108x8xf32>, index) {
    %whole = tensor.empty() : tensor<722113583x659309108x8xf32>
    %0 = tensor.insert_slice %x into %whole[0, 1, 0] [722113583, 659309107, 8] [1, 1, 1]
        : tensor<722113583x659309107x8xf32> into tensor<722113583x659309108x8xf32>
    %n = arith.constant 659309108 : index
    return %0, %n : tensor<722113583x659309108x8xf32>, index
  }
}

// -----

// Without symbols nothing changes, however large a size is.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%{{.*}}: tensor<722113583xf32>) -> tensor<722113583xf32>
func.func @forward(%x: tensor<722113583xf32>) -> tensor<722113583xf32> {
  return %x : tensor<722113583xf32>
}
