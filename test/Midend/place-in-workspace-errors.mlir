// RUN: buddy-opt %s --buddy-place-in-workspace --split-input-file --verify-diagnostics

func.func @unknown_size(%n: index) {
  // expected-error @+1 {{a buffer of unknown size cannot be placed in the workspace}}
  %0 = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

func.func @unknown_size_in_parallel(%n: index) {
  scf.forall (%i) in (5) {
    // expected-error @+1 {{a buffer of unknown size inside a parallel loop}}
    %0 = memref.alloc(%n) : memref<?xf32>
  }
  return
}

// -----

func.func @too_large_for_a_stack() {
  // expected-error @+1 {{the temporaries of one thread take 2097152 bytes, more than its stack may hold (1048576); choose smaller blocks in buddy.schedule}}
  scf.forall (%i) in (5) {
    %0 = memref.alloc() : memref<1024x512xf32>
  }
  return
}

// -----

// Two iterations' buffers are alive at once.
func.func @carried(%x: memref<5xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %0 = scf.for %i = %c0 to %c5 step %c1 iter_args(%last = %x) -> (memref<5xf32>) {
    // expected-error @+1 {{a buffer made in a loop is handed on to the next iteration}}
    %1 = memref.alloc() : memref<5xf32>
    memref.copy %last, %1 : memref<5xf32> to memref<5xf32>
    scf.yield %1 : memref<5xf32>
  }
  return
}

// -----

func.func @carried_in_parallel(%x: memref<5xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.forall (%p) in (5) {
    %0 = scf.for %i = %c0 to %c5 step %c1 iter_args(%last = %x) -> (memref<5xf32>) {
      // expected-error @+1 {{a buffer made in a loop is handed on to the next iteration}}
      %1 = memref.alloc() : memref<5xf32>
      memref.copy %last, %1 : memref<5xf32> to memref<5xf32>
      scf.yield %1 : memref<5xf32>
    }
  }
  return
}

// -----

// expected-error @+1 {{functions that call each other in a circle cannot be placed}}
func.func @ping() {
  call @pong() : () -> ()
  return
}
func.func @pong() {
  call @ping() : () -> ()
  return
}

// -----

// expected-error @+1 {{a function with branches cannot be placed; use scf for control flow}}
func.func @branches(%x: memref<5xf32>) {
  cf.br ^next
^next:
  %0 = memref.alloc() : memref<5xf32>
  memref.copy %0, %x : memref<5xf32> to memref<5xf32>
  return
}
