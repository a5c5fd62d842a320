// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v4 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization --buddy-stage-affine-loops \
// RUN:   | FileCheck %s
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v3 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization --buddy-stage-affine-loops \
// RUN:   | FileCheck %s
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=aarch64 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization --buddy-stage-affine-loops \
// RUN:   | FileCheck %s

// Nothing heavy is left for linalg, and nothing of it stays.
// CHECK-NOT: linalg.
// CHECK-LABEL: func.func private @subgraph0
// CHECK-NOT: linalg.
// CHECK: return
// CHECK-NOT: linalg.
