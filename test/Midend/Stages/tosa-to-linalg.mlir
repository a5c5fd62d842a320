// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg \
// RUN:   | FileCheck %s

// Composites are ops of their own; the rest is linalg and tensor; nothing of TOSA is left.
// CHECK-NOT: tosa.
// CHECK-LABEL: func.func @forward(%arg0: tensor<12424xf32>
// CHECK: tensor.extract_slice %arg0
// CHECK: call @subgraph0
// CHECK-LABEL: func.func private @subgraph0
// CHECK: linalg.batch_matmul
// CHECK-COUNT-4: tensor.insert_slice
// CHECK: attn.attention {{.*}} keep %{{.*}} : tensor<1x1x1x19xi1> scale 2.500000e-01 causal empty_rows "zero"
// CHECK: linalg.batch_matmul
// CHECK-NOT: buddy.composite
