// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v4 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization --buddy-stage-affine-loops \
// RUN:   --buddy-stage-parallelization \
// RUN:   | FileCheck %s
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v3 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization --buddy-stage-affine-loops \
// RUN:   --buddy-stage-parallelization \
// RUN:   | FileCheck %s
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=aarch64 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization --buddy-stage-affine-loops \
// RUN:   --buddy-stage-parallelization \
// RUN:   | FileCheck %s

// CHECK-NOT: scf.forall
// CHECK: omp.parallel
// CHECK: omp.wsloop nowait schedule(dynamic)
// CHECK-NOT: scf.forall
