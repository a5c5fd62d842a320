// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v4 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization \
// RUN:   | FileCheck %s --check-prefixes=CHECK,V4
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v3 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization \
// RUN:   | FileCheck %s --check-prefixes=CHECK,V3
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=aarch64 --buddy-stage-bufferization \
// RUN:   --buddy-stage-matmul-optimization \
// RUN:   | FileCheck %s --check-prefixes=CHECK,ARM

// Contractions are rows of multiply-adds on single registers.
// CHECK-NOT: {{vector\.(contract|outerproduct|multi_reduction)}}
// V4: vector.fma {{.*}} : vector<32xf32>
// V3: vector.fma {{.*}} : vector<16xf32>
// ARM: vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT: {{vector\.(contract|outerproduct|multi_reduction)}}
