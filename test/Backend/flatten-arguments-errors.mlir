// RUN: buddy-opt %s --buddy-flatten-arguments --split-input-file --verify-diagnostics

// expected-error @+1 {{argument 0 has a size that each run chooses and no buddy.sizes that says which}}
func.func @unnamed(%x: memref<?x8xf32>, %s: index {buddy.symbol = "s64"}) {
  return
}

// -----

// Bytes are the workspace in one dimension only.
// expected-error @+1 {{argument 0 has a size that each run chooses and no buddy.sizes that says which}}
func.func @bytes(%x: memref<?x8xi8>, %s: index {buddy.symbol = "s64"}) {
  return
}

// -----

// expected-error @+1 {{argument 1 has a size that each run chooses and no buddy.sizes}}
func.func @rank(%y: memref<4xf32>, %x: memref<?x8xf32> {buddy.sizes = affine_map<()[s0] -> (s0)>}, %s: index {buddy.symbol = "s64"}) {
  return
}

// -----

// There is one symbol.
// expected-error @+1 {{argument 0 has a size that each run chooses and no buddy.sizes}}
func.func @symbols(%x: memref<?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s1, 8)>}, %s: index {buddy.symbol = "s64"}) {
  return
}
