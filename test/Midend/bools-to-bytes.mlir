// RUN: buddy-opt %s --buddy-bools-to-bytes | FileCheck %s

// CHECK-NOT: tensor<{{[^>]*}}i1>

// CHECK-LABEL: func.func @forward
// CHECK-SAME: tensor<4x5xi8> {buddy.name = "mask"}) -> tensor<5x4xi8>
// CHECK: call @moved(%{{.*}}) : (tensor<4x5xi8>) -> tensor<5x4xi8>
func.func @forward(%mask: tensor<4x5xi1> {buddy.name = "mask"}) -> tensor<5x4xi1> {
  %0 = call @moved(%mask) : (tensor<4x5xi1>) -> tensor<5x4xi1>
  return %0 : tensor<5x4xi1>
}

// Movements are rebuilt; a body sees i1 as before.
// CHECK-LABEL: func.func private @moved
// CHECK: arith.constant dense<{{\[\[}}1, 0, 1, 1, 0]]> : tensor<1x5xi8>
// CHECK: tensor.extract_slice %{{.*}} : tensor<4x5xi8> to tensor<3x5xi8>
// CHECK: tensor.insert_slice
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<4x5xi8>) outs(%{{.*}} : tensor<5x4xi8>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: i8, %{{.*}}: i8):
// CHECK: %[[BIT:.*]] = arith.cmpi ne, %[[IN]], %{{.*}} : i8
// CHECK: %[[NOT:.*]] = arith.xori %[[BIT]], %{{.*}} : i1
// CHECK: %[[BYTE:.*]] = arith.extui %[[NOT]] : i1 to i8
// CHECK: linalg.yield %[[BYTE]] : i8
func.func private @moved(%mask: tensor<4x5xi1>) -> tensor<5x4xi1> {
  %first = arith.constant dense<[[true, false, true, true, false]]> : tensor<1x5xi1>
  %rest = tensor.extract_slice %mask[1, 0] [3, 5] [1, 1] : tensor<4x5xi1> to tensor<3x5xi1>
  %e0 = tensor.empty() : tensor<4x5xi1>
  %a = tensor.insert_slice %first into %e0[0, 0] [1, 5] [1, 1] : tensor<1x5xi1> into tensor<4x5xi1>
  %b = tensor.insert_slice %rest into %a[1, 0] [3, 5] [1, 1] : tensor<3x5xi1> into tensor<4x5xi1>
  %e1 = tensor.empty() : tensor<5x4xi1>
  %not = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>],
    iterator_types = ["parallel", "parallel"]} ins(%b : tensor<4x5xi1>) outs(%e1 : tensor<5x4xi1>) {
  ^bb0(%in: i1, %out: i1):
    %true = arith.constant true
    %n = arith.xori %in, %true : i1
    linalg.yield %n : i1
  } -> tensor<5x4xi1>
  return %not : tensor<5x4xi1>
}

// A boolean that is no tensor stays what it is, also as an operand of an op on tensors.
// CHECK-LABEL: func.func @scalar
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : i1) outs(%{{.*}} : tensor<5xi8>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: i1, %{{.*}}: i8):
// CHECK: arith.extui %[[IN]] : i1 to i8
func.func @scalar(%bit: i1) -> tensor<5xi1> {
  %e0 = tensor.empty() : tensor<5xi1>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
    ins(%bit : i1) outs(%e0 : tensor<5xi1>) {
  ^bb0(%in: i1, %out: i1):
    linalg.yield %in : i1
  } -> tensor<5xi1>
  return %0 : tensor<5xi1>
}

// CHECK-LABEL: func.func @padded
// CHECK: tensor.pad
// CHECK: tensor.yield %{{.*}} : i8
// CHECK: : tensor<5xi8> to tensor<8xi8>
func.func @padded(%mask: tensor<5xi1>) -> tensor<8xi1> {
  %false = arith.constant false
  %0 = tensor.pad %mask low[1] high[2] {
  ^bb0(%i: index):
    tensor.yield %false : i1
  } : tensor<5xi1> to tensor<8xi1>
  return %0 : tensor<8xi1>
}

// CHECK-LABEL: func.func @attention
// CHECK: attn.attention %{{.*}} keep %{{.*}} : tensor<5x7xi8> scale
func.func @attention(%q: tensor<1x1x5x8xf32>, %k: tensor<1x1x7x8xf32>, %keep: tensor<5x7xi1>) -> tensor<1x1x5x8xf32> {
  %0 = attn.attention %q, %k, %k keep %keep : tensor<5x7xi1> scale 1.0 empty_rows "zero" : (tensor<1x1x5x8xf32>, tensor<1x1x7x8xf32>, tensor<1x1x7x8xf32>) -> tensor<1x1x5x8xf32>
  return %0 : tensor<1x1x5x8xf32>
}

// CHECK-LABEL: func.func @resource
// CHECK: arith.constant dense<[1, 0, 1, 0]> : tensor<4xi8>
func.func @resource() -> tensor<4xi1> {
  %0 = arith.constant dense_resource<table> : tensor<4xi1>
  return %0 : tensor<4xi1>
}

{-#
  dialect_resources: { builtin: { table: "0x0100000001000100" } }
#-}
