// RUN: buddy-opt %s --buddy-results-to-arguments --split-input-file --verify-diagnostics

func.func @forward(%s: index {buddy.symbol = "s64"}) {
  %0 = call @subgraph0(%s) : (index) -> memref<?xf32>
  return
}
// expected-error @+1 {{result 0 has a size that each run chooses and no buddy.sizes that says which}}
func.func private @subgraph0(%s: index {buddy.symbol = "s64"}) -> memref<?xf32> {
  %0 = memref.alloc(%s) : memref<?xf32>
  return %0 : memref<?xf32>
}

// -----

// A size for one of two dimensions.
func.func @forward(%s: index {buddy.symbol = "s64"}) {
  %0 = call @subgraph0(%s) : (index) -> memref<?x?xf32>
  return
}
// expected-error @+1 {{result 0 has a size that each run chooses and no buddy.sizes}}
func.func private @subgraph0(%s: index {buddy.symbol = "s64"}) -> (memref<?x?xf32> {buddy.sizes = affine_map<()[s0] -> (s0)>}) {
  %0 = memref.alloc(%s, %s) : memref<?x?xf32>
  return %0 : memref<?x?xf32>
}

// -----

// The callee has no second symbol.
func.func @forward(%s: index {buddy.symbol = "s64"}) {
  %0 = call @subgraph0(%s) : (index) -> memref<?xf32>
  return
}
// expected-error @+1 {{result 0 has a size that each run chooses and no buddy.sizes}}
func.func private @subgraph0(%s: index {buddy.symbol = "s64"}) -> (memref<?xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s1)>}) {
  %0 = memref.alloc(%s) : memref<?xf32>
  return %0 : memref<?xf32>
}

// -----

// expected-error @+1 {{result 1 is 'index', which is not plain memory}}
func.func @number(%s: index {buddy.symbol = "s64"}) -> (memref<?xf32>, index) {
  %0 = memref.alloc(%s) : memref<?xf32>
  return %0, %s : memref<?xf32>, index
}

// -----

// expected-error @+1 {{result 0 is 'memref<?xf32, strided<[2]>>', which is not plain memory}}
func.func @strided(%s: index {buddy.symbol = "s64"}, %x: memref<?xf32, strided<[2]>>) -> memref<?xf32, strided<[2]>> {
  return %x : memref<?xf32, strided<[2]>>
}
