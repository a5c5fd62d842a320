// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v4 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization --buddy-stage-affine-loops \
// RUN:   --buddy-stage-parallelization --buddy-stage-vector-optimization \
// RUN:   | FileCheck %s
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v3 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization --buddy-stage-affine-loops \
// RUN:   --buddy-stage-parallelization --buddy-stage-vector-optimization \
// RUN:   | FileCheck %s
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=aarch64 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization --buddy-stage-affine-loops \
// RUN:   --buddy-stage-parallelization --buddy-stage-vector-optimization \
// RUN:   | FileCheck %s
// RUN: buddy compile --from=%S/../Inputs/layer.mlir --at=tosa-to-linalg --until=vector-optimization --target=x86-64-v4 -o %t
// RUN: %mlir-opt %t/forward-midend.mlir -o /dev/null
// RUN: %mlir-opt %t/subgraph0-midend.mlir -o /dev/null

// No call of libm, no vector that is a matrix to be transposed, and a stock tool reads the files.
// CHECK-NOT: {{math\.(exp|tanh|powf|sin|cos|rsqrt)|vector\.transpose|vector\.contract|attn\.|memref\.alloc\(}}
// CHECK-LABEL: func.func @forward(%arg0: memref<{{[0-9]+}}xi8>, %arg1: memref<1x19x64xf32>
// CHECK-LABEL: func.func private @subgraph0
// CHECK-NOT: {{math\.(exp|tanh|powf|sin|cos|rsqrt)|vector\.transpose|vector\.contract|attn\.|memref\.alloc\(}}
// CHECK: omp.parallel
// CHECK-NOT: {{math\.(exp|tanh|powf|sin|cos|rsqrt)|vector\.transpose|vector\.contract|attn\.|memref\.alloc\(}}
