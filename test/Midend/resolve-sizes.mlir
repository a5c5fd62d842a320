// RUN: buddy-opt %s --buddy-resolve-sizes --split-input-file | FileCheck %s

// What an argument's buddy.sizes says, in terms of the symbols; sizes that are numbers stay those.
// CHECK-LABEL: func.func @arguments
// CHECK-SAME: %[[B:[a-z0-9]+]]: index {buddy.symbol = "batch"}, %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK: %[[TWICE:.*]] = arith.muli %[[S]], %c2{{.*}}
// CHECK: %[[SIZE:.*]] = arith.addi %[[TWICE]], %c-1
// CHECK: return %[[B]], %[[SIZE]], %c8
func.func @arguments(%x: tensor<?x?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s0, s1 * 2 - 1, 8)>},
                     %b: index {buddy.symbol = "batch"}, %s: index {buddy.symbol = "s64"}) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %0 = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %1 = tensor.dim %x, %c1 : tensor<?x?x8xf32>
  %2 = tensor.dim %x, %c2 : tensor<?x?x8xf32>
  return %0, %1, %2 : index, index, index
}

// -----

// Through views, operations that write into a tensor, and loops that carry one.
// CHECK-LABEL: func.func @views
// CHECK-SAME: %[[B:[a-z0-9]+]]: index {buddy.symbol = "batch"}, %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK: return %[[B]], %[[S]], %[[S]], %[[S]], %[[S]]
func.func @views(%x: tensor<?x?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s0, s1, 8)>}, %y: tensor<1x8xf32>,
                 %b: index {buddy.symbol = "batch"}, %s: index {buddy.symbol = "s64"}) -> (index, index, index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %slice = tensor.extract_slice %x[0, 0, 0] [%b, 1, 8] [1, 1, 1] : tensor<?x?x8xf32> to tensor<?x8xf32>
  %0 = tensor.dim %slice, %c0 : tensor<?x8xf32>
  %empty = tensor.empty(%s) : tensor<?x8xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = tensor.dim %fill, %c0 : tensor<?x8xf32>
  %parts = tensor.expand_shape %fill [[0], [1, 2]] output_shape [%s, 2, 4] : tensor<?x8xf32> into tensor<?x2x4xf32>
  %2 = tensor.dim %parts, %c0 : tensor<?x2x4xf32>
  %loop = scf.for %i = %c0 to %s step %c1 iter_args(%carried = %fill) -> tensor<?x8xf32> {
    %d = tensor.dim %carried, %c0 : tensor<?x8xf32>
    %last = arith.subi %d, %c1 : index
    %next = tensor.insert_slice %y into %carried[%last, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<?x8xf32>
    scf.yield %next : tensor<?x8xf32>
  }
  %3 = tensor.dim %loop, %c0 : tensor<?x8xf32>
  %shared = scf.forall (%i) in (%s) shared_outs(%out = %loop) -> tensor<?x8xf32> {
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %y into %out[%i, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<?x8xf32>
    }
  }
  %4 = tensor.dim %shared, %c0 : tensor<?x8xf32>
  return %0, %1, %2, %3, %4 : index, index, index, index, index
}

// -----

// Several dimensions that were joined to one: their product, without those of one. That of a group of
// several used to be read after the groups were gone.
// CHECK-LABEL: func.func @collapsed
// CHECK-SAME: %[[B:[a-z0-9]+]]: index {buddy.symbol = "batch"}, %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK-DAG: %[[ROWS:.*]] = arith.muli %[[B]], %[[S]]
// CHECK-DAG: %[[ROWS2:.*]] = arith.muli %[[B]], %[[S]]
// CHECK-DAG: %[[ALL:.*]] = arith.muli %[[ROWS2]], %c8{{.*}}
// CHECK: return %[[ROWS]], %c8{{[_0-9]*}}, %[[ALL]]
func.func @collapsed(%x: tensor<?x1x?x8xf32> {buddy.sizes = affine_map<()[s0, s1] -> (s0, 1, s1, 8)>},
                     %b: index {buddy.symbol = "batch"}, %s: index {buddy.symbol = "s64"}) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = tensor.collapse_shape %x [[0, 1, 2], [3]] : tensor<?x1x?x8xf32> into tensor<?x8xf32>
  %0 = tensor.dim %rows, %c0 : tensor<?x8xf32>
  %1 = tensor.dim %rows, %c1 : tensor<?x8xf32>
  %all = tensor.collapse_shape %x [[0, 1, 2, 3]] : tensor<?x1x?x8xf32> into tensor<?xf32>
  %2 = tensor.dim %all, %c0 : tensor<?xf32>
  return %0, %1, %2 : index, index, index
}

// -----

// A result has the sizes that its callee says of it, for what the call passes; attention's result those of
// its query, in its own order of dimensions.
// CHECK-LABEL: func.func @calls
// CHECK-SAME: %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK: %[[MORE:.*]] = arith.addi %[[S]], %c1
// CHECK: %[[SIZE:.*]] = arith.muli %[[MORE]], %c3
// CHECK: return %[[SIZE]], %[[S]]
func.func @calls(%q: tensor<1x2x?x8xf32> {buddy.sizes = affine_map<()[s0] -> (1, 2, s0, 8)>}, %kv: tensor<1x2x40x8xf32>,
                 %s: index {buddy.symbol = "s64"}) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %more = arith.addi %s, %c1 : index
  %y = call @callee(%more) : (index) -> tensor<?xf32>
  %0 = tensor.dim %y, %c0 : tensor<?xf32>
  %a = attn.attention %q, %kv, %kv scale 1.0 empty_rows "zero" {result_sequence_major}
      : (tensor<1x2x?x8xf32>, tensor<1x2x40x8xf32>, tensor<1x2x40x8xf32>) -> tensor<1x?x2x8xf32>
  %1 = tensor.dim %a, %c1 : tensor<1x?x2x8xf32>
  return %0, %1 : index, index
}
func.func private @callee(%s: index {buddy.symbol = "s64"}) -> (tensor<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0 * 3)>}) {
  %c3 = arith.constant 3 : index
  %n = arith.muli %s, %c3 : index
  %0 = tensor.empty(%n) : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// Upstream asks whether a size is 1, and repeats what has it. By contract the sizes are equal; two
// questions with one condition were merged, and both results are what they would have been.
// CHECK-LABEL: func.func @question
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor<?x8xf32> {{.*}}, %[[Y:[a-z0-9]+]]: tensor<?x4xf32> {{.*}}, %{{.*}}: index
// CHECK-NOT: scf.if
// CHECK: return %[[X]], %[[Y]]
func.func @question(%x: tensor<?x8xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 8)>},
                    %y: tensor<?x4xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 4)>},
                    %s: index {buddy.symbol = "s64"}) -> (tensor<?x8xf32>, tensor<?x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %size = tensor.dim %x, %c0 : tensor<?x8xf32>
  %isOne = arith.cmpi eq, %size, %c1 : index
  %0:2 = scf.if %isOne -> (tensor<?x8xf32>, tensor<?x4xf32>) {
    %a = tensor.empty(%s) : tensor<?x8xf32>
    %b = tensor.empty(%s) : tensor<?x4xf32>
    scf.yield %a, %b : tensor<?x8xf32>, tensor<?x4xf32>
  } else {
    scf.yield %x, %y : tensor<?x8xf32>, tensor<?x4xf32>
  }
  return %0#0, %0#1 : tensor<?x8xf32>, tensor<?x4xf32>
}

// -----

// Conditions of the program's own: a value that is 1, a size that is 2, one that is not 1, and a branch
// that computes something or gives a number.
// CHECK-LABEL: func.func @own
// CHECK-COUNT-5: scf.if
func.func @own(%x: tensor<?x8xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 8)>}, %y: tensor<?x8xf32>, %n: i32,
               %s: index {buddy.symbol = "s64"})
    -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, f32) {
  %one = arith.constant 1 : i32
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %isValue = arith.cmpi eq, %n, %one : i32
  %isTwo = arith.cmpi eq, %s, %c2 : index
  %isOne = arith.cmpi eq, %s, %c1 : index
  %isNotOne = arith.cmpi ne, %s, %c1 : index
  %0 = scf.if %isValue -> (tensor<?x8xf32>) {
    %a = tensor.empty(%s) : tensor<?x8xf32>
    scf.yield %a : tensor<?x8xf32>
  } else {
    scf.yield %x : tensor<?x8xf32>
  }
  %1 = scf.if %isTwo -> (tensor<?x8xf32>) {
    %a = tensor.empty(%s) : tensor<?x8xf32>
    scf.yield %a : tensor<?x8xf32>
  } else {
    scf.yield %x : tensor<?x8xf32>
  }
  %2 = scf.if %isNotOne -> (tensor<?x8xf32>) {
    %a = tensor.empty(%s) : tensor<?x8xf32>
    scf.yield %a : tensor<?x8xf32>
  } else {
    scf.yield %x : tensor<?x8xf32>
  }
  %3 = scf.if %isOne -> (tensor<?x8xf32>) {
    scf.yield %x : tensor<?x8xf32>
  } else {
    %a = tensor.empty(%s) : tensor<?x8xf32>
    scf.yield %a : tensor<?x8xf32>
  }
  %4:2 = scf.if %isOne -> (tensor<?x8xf32>, f32) {
    %a = tensor.empty(%s) : tensor<?x8xf32>
    scf.yield %a, %half : tensor<?x8xf32>, f32
  } else {
    scf.yield %y, %zero : tensor<?x8xf32>, f32
  }
  return %0, %1, %2, %3, %4#0, %4#1 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, f32
}

// -----

// Nobody says what it is: it stays.
// CHECK-LABEL: func.func @unnamed
// CHECK: tensor.dim %{{.*}}, %c0{{.*}} : tensor<?x8xf32>
func.func @unnamed(%x: tensor<?x8xf32>) -> index {
  %c0 = arith.constant 0 : index
  %0 = tensor.dim %x, %c0 : tensor<?x8xf32>
  return %0 : index
}

// -----

// What two operands are broadcast to: their sizes are equal, in whatever way they are written.
// CHECK-LABEL: func.func @larger
// CHECK-SAME: %[[S:[a-z0-9]+]]: index {buddy.symbol = "s64"})
// CHECK: %[[TWICE:.*]] = arith.muli %[[S]]
// CHECK-NOT: arith.maxui
// CHECK: return %[[TWICE]]
func.func @larger(%x: tensor<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0 * 2)>}, %y: tensor<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0)>},
                  %s: index {buddy.symbol = "s64"}) -> index {
  %c0 = arith.constant 0 : index
  %0 = tensor.dim %x, %c0 : tensor<?xf32>
  %1 = tensor.dim %y, %c0 : tensor<?xf32>
  %2 = arith.addi %1, %1 : index
  %3 = arith.maxui %0, %2 : index
  return %3 : index
}
