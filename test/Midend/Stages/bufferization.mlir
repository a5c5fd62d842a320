// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v4 --buddy-stage-bufferization \
// RUN:   | FileCheck %s
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v3 --buddy-stage-bufferization \
// RUN:   | FileCheck %s
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=aarch64 --buddy-stage-bufferization \
// RUN:   | FileCheck %s

// Results are the last arguments but one, the workspace is the last; nothing is allocated when running.
// CHECK: module attributes {{.*}}buddy.workspace_bytes = [[BYTES:[1-9][0-9]*]] : i64
// CHECK-NOT: {{memref\.alloc\(|memref\.dealloc|tensor<[^>]*> *$|bufferization\.to_}}
// CHECK: memref.global "private" constant @{{.*}} : memref<19x16xf32> = dense_resource<rotary_emb_
// CHECK-LABEL: func.func @forward(%arg0: memref<{{[0-9]+}}xi8>, %arg1: memref<1x19x64xf32>
// CHECK-SAME: %arg2: memref<1x19xi32>
// CHECK-SAME: %arg3: memref<1x19x64xf32>
// CHECK-SAME: %arg4: memref<[[BYTES]]xi8>
// CHECK: call @subgraph0
// CHECK-LABEL: func.func private @subgraph0
// CHECK-SAME: buddy.plan = [
// CHECK-NOT: {{memref\.alloc\(|memref\.dealloc}}
// CHECK: scf.forall
// CHECK-NOT: {{memref\.alloc\(|memref\.dealloc}}
