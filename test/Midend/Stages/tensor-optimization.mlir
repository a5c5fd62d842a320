// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v4 \
// RUN:   | FileCheck %s --check-prefixes=CHECK,V4
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=x86-64-v3 \
// RUN:   | FileCheck %s --check-prefixes=CHECK,V3
// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   --buddy-stage-tensor-optimization=target=aarch64 \
// RUN:   | FileCheck %s --check-prefixes=CHECK,ARM

// Weights packed, tiles vectorized on tensors, attention an online softmax; schedules are applied, and seen
// on the module and on the loops that the ops became.
// CHECK: module attributes {buddy.flops = {{[1-9][0-9]*}} : i64
// CHECK-SAME: buddy.params = [{bytes = {{[0-9]+}} : i64, cols = 64 : i64, kind = "panels", offset = 0 : i64, rows = 128 : i64, sources = ["q_proj.weight", "k_proj.weight", "v_proj.weight"], tile = [[TILE:[0-9]+]] : i64}
// CHECK-SAME: kind = "plain", {{.*}}sources = ["q_proj.bias", "k_proj.bias", "v_proj.bias"]
// CHECK-SAME: sources = ["o_proj.weight"], tile = [[TILE]] : i64
// CHECK-SAME: buddy.schedules = [{{.*}}op = "subgraph0.contraction0", {{.*}}op = "subgraph0.attention0", {{.*}}op = "subgraph0.contraction1",
// CHECK-NOT: {{attn\.|buddy\.vectorize|tensor<[0-9x]*i1>}}
// CHECK-LABEL: func.func @forward(%arg0: memref<{{[0-9]+}}xi8>
// CHECK-LABEL: func.func private @subgraph0
// V4: vector.contract {{.*}}vector<7x1x32xf32>
// V3: vector.contract {{.*}}x16xf32>
// ARM: vector.contract {{.*}}x8xf32>
// CHECK: } {buddy.schedule = {k_block = 256 : i64, kind = "tile", op = "subgraph0.contraction0"
// CHECK: scf.forall
// CHECK: math.exp
// CHECK: scf.forall.in_parallel
// CHECK: } {buddy.schedule = {diagonal_block = {{.*}}kind = "attention", op = "subgraph0.attention0"
