// RUN: buddy-opt %S/../Inputs/layer.mlir \
// RUN:   --buddy-stage-tosa-to-linalg --buddy-stage-arith-expansion \
// RUN:   | FileCheck %s

// Forms that the target has no instruction for are gone. attention is still whole: its exp comes later.
// CHECK-NOT: {{tosa\.|arith\.(ceildivsi|floordivsi|ceildivui|maximumf|minimumf)}}
// CHECK: attn.attention
// CHECK-NOT: {{arith\.(ceildivsi|floordivsi|ceildivui|maximumf|minimumf)}}
