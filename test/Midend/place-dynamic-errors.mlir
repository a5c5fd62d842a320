// RUN: buddy-opt %s --buddy-place-in-workspace --split-input-file --verify-diagnostics

func.func @forward(%n: index, %s: index {buddy.symbol = "s64"}) {
  // expected-error @+1 {{the size of this buffer is no expression of the symbols; it cannot be placed in the workspace}}
  %0 = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

// What is left of 64 is no sum or product.
func.func @forward(%s: index {buddy.symbol = "s64"}) {
  %c64 = arith.constant 64 : index
  %n = arith.remui %s, %c64 : index
  // expected-error @+1 {{the size of this buffer is no expression of the symbols}}
  %0 = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

func.func @forward(%s: index {buddy.symbol = "s64"}) {
  %c1 = arith.constant 1 : index
  %n = arith.addi %s, %c1 : index
  // expected-error @+1 {{passes a size that is no symbol of its caller}}
  call @subgraph0(%n) : (index) -> ()
  return
}
func.func private @subgraph0(%s: index {buddy.symbol = "s64"}) {
  %0 = memref.alloc(%s) : memref<?xf32>
  return
}

// -----

func.func @in_parallel(%s: index {buddy.symbol = "s64"}) {
  scf.forall (%i) in (5) {
    // expected-error @+1 {{a buffer of unknown size inside a parallel loop}}
    %0 = memref.alloc(%s) : memref<?xf32>
  }
  return
}
