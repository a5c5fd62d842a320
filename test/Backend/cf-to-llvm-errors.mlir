// RUN: buddy-opt %s --buddy-stage-cf-to-llvm --allow-unregistered-dialect --verify-diagnostics

// A scope must be gone by now (stage memref-expansion): it would get several blocks.
func.func @scope(%flag: i1) {
  // expected-error @+1 {{expects region #0 to have 0 or 1 blocks}}
  memref.alloca_scope {
    %a = memref.alloca() : memref<4xf32>
    scf.if %flag {
      "test.use"(%a) : (memref<4xf32>) -> ()
    }
  }
  return
}
