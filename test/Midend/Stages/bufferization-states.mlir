// RUN: buddy-opt %s --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v4 --buddy-stage-bufferization | FileCheck %s

// A row goes into the cache where the cache lies: nothing of its size is made or copied, and nothing
// of it is returned.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[KEYS:[^:]*]]: memref<2x64x16xf32>
// CHECK-NOT: 64x16xf32>{{$}}
// CHECK: call @subgraph0({{.*}}%[[KEYS]]
// CHECK-NEXT: return{{$}}
// CHECK-LABEL: func.func private @subgraph0(
// CHECK-SAME: %[[K:[^:]*]]: memref<2x64x16xf32>
// CHECK: scf.for
// CHECK: %[[ROW:.*]] = memref.subview %[[K]][{{.*}}] [1, 1, 16]
// CHECK: memref.copy %{{.*}}, %[[ROW]]
module attributes {buddy.parameters = [], buddy.signature = {
    inputs = [{name = "i", type = tensor<1xi64>}, {name = "k", type = tensor<2x1x16xf32>}],
    outputs = [{name = "output0", type = tensor<2x64x16xf32>}],
    states = [{name = "keys", type = tensor<2x64x16xf32>}]}} {
  func.func @forward(%p: tensor<1xf32>, %i: tensor<1xi32>, %k: tensor<2x1x16xf32>,
                     %keys: tensor<2x64x16xf32> {buddy.state = 1 : i64})
      -> (tensor<2x64x16xf32>, tensor<2x64x16xf32>) {
    %r:2 = call @subgraph0(%i, %k, %keys) : (tensor<1xi32>, tensor<2x1x16xf32>, tensor<2x64x16xf32>) -> (tensor<2x64x16xf32>, tensor<2x64x16xf32>)
    return %r#0, %r#1 : tensor<2x64x16xf32>, tensor<2x64x16xf32>
  }
  func.func private @subgraph0(%i: tensor<1xi32>, %k: tensor<2x1x16xf32>, %keys: tensor<2x64x16xf32> {buddy.state = 1 : i64})
      -> (tensor<2x64x16xf32>, tensor<2x64x16xf32>) {
    %s = tosa.const_shape {values = dense<[1, 1]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %m = tosa.const_shape {values = dense<[2, 1]> : tensor<2xindex>} : () -> !tosa.shape<2>
    %one = tosa.reshape %i, %s : (tensor<1xi32>, !tosa.shape<2>) -> tensor<1x1xi32>
    %both = tosa.tile %one, %m : (tensor<1x1xi32>, !tosa.shape<2>) -> tensor<2x1xi32>
    %new = tosa.scatter %keys, %both, %k : (tensor<2x64x16xf32>, tensor<2x1xi32>, tensor<2x1x16xf32>) -> tensor<2x64x16xf32>
    %out = tosa.exp %new : (tensor<2x64x16xf32>) -> tensor<2x64x16xf32>
    return %out, %new : tensor<2x64x16xf32>, tensor<2x64x16xf32>
  }
}
