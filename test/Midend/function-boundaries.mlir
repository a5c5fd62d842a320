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
