// RUN: buddy-opt %s --buddy-stage-memref-expansion --verify-diagnostics

// Loops must still be loops here: a scope of several blocks cannot be lowered.
func.func @blocks(%more: i1) {
  // expected-error @+1 {{expects region #0 to have 0 or 1 blocks}}
  memref.alloca_scope {
    %a = memref.alloca() : memref<4xf32>
    cf.br ^next
  ^next:
    memref.alloca_scope.return
  }
  return
}
