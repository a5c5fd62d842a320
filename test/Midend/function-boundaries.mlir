// RUN: buddy-opt %s --buddy-function-boundaries | FileCheck %s

// An input that is returned, a value that is returned twice, and memrefs, which are left alone.

// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[A:.*]]: tensor<4xf32> {buddy.name = "a", bufferization.writable = false}
// CHECK-SAME: %{{.*}}: memref<8xi8>)
// CHECK-NEXT: %[[X:.*]] = arith.addf
// CHECK-NEXT: %[[Y:.*]] = bufferization.alloc_tensor() copy(%[[X]]) : tensor<4xf32>
// CHECK-NEXT: %[[Z:.*]] = bufferization.alloc_tensor() copy(%[[X]]) : tensor<4xf32>
// CHECK-NEXT: return %[[X]], %[[A]], %[[Y]], %[[Z]]
func.func @f(%a: tensor<4xf32> {buddy.name = "a"}, %p: memref<8xi8>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %x = arith.addf %a, %a : tensor<4xf32>
  return %x, %a, %x, %x : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// CHECK: func.func private @external(tensor<4xf32>) -> tensor<4xf32>
func.func private @external(tensor<4xf32>) -> tensor<4xf32>

// A state may be written; what it was is copied wherever it is returned, and a swap copies both.
// CHECK-LABEL: func.func @states(
// CHECK-SAME: %[[A:[^:]*]]: tensor<2x4xf32> {buddy.state = 1 : i64, bufferization.writable = true}
// CHECK-SAME: %[[B:[^:]*]]: tensor<2x4xf32> {buddy.state = 2 : i64, bufferization.writable = true}
// CHECK-SAME: %[[C:[^:]*]]: tensor<2x4xf32> {buddy.state = 3 : i64, bufferization.writable = true}
// CHECK: %[[V:.*]] = tensor.collapse_shape %[[A]]
// CHECK-DAG: %[[OLD:.*]] = bufferization.alloc_tensor() copy(%[[V]])
// CHECK-DAG: %[[FROM_B:.*]] = bufferization.alloc_tensor() copy(%[[B]])
// CHECK-DAG: %[[FROM_A:.*]] = bufferization.alloc_tensor() copy(%[[A]])
// CHECK: return %[[OLD]], %[[FROM_B]], %[[FROM_A]], %[[C]]
func.func @states(%a: tensor<2x4xf32> {buddy.state = 1 : i64}, %b: tensor<2x4xf32> {buddy.state = 2 : i64},
                  %c: tensor<2x4xf32> {buddy.state = 3 : i64})
    -> (tensor<8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) {
  %v = tensor.collapse_shape %a [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
  return %v, %b, %a, %c : tensor<8xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
}
