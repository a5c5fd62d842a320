// RUN: buddy-opt %s --buddy-vectorize --split-input-file | FileCheck %s

// One step of the reduction is one contraction; the accumulator is a vector that the loop carries, read
// once before it and written once behind it.

// CHECK-LABEL: func.func @contraction
// CHECK-NOT: buddy.vectorize
// CHECK: %[[START:.*]] = vector.transfer_read %{{.*}} : tensor<4x8xf32>, vector<4x8xf32>
// CHECK: %[[SUM:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %[[START]]) -> (vector<4x8xf32>)
// CHECK-NOT: vector.transfer_write
// CHECK: %[[NEXT:.*]] = vector.contract {{.*}} %[[ACC]]
// CHECK: scf.yield %[[NEXT]] : vector<4x8xf32>
// CHECK: vector.transfer_write %[[SUM]]
func.func @contraction(%x: tensor<4x16xf32>, %w: tensor<16x8xf32>, %c: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %0 = scf.for %k = %c0 to %c16 step %c1 iter_args(%acc = %c) -> (tensor<4x8xf32>) {
    %a = tensor.extract_slice %x[0, %k] [4, 1] [1, 1] : tensor<4x16xf32> to tensor<4x1xf32>
    %b = tensor.extract_slice %w[%k, 0] [1, 8] [1, 1] : tensor<16x8xf32> to tensor<1x8xf32>
    %1 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : tensor<4x1xf32>, tensor<1x8xf32>) outs(%acc : tensor<4x8xf32>) attrs = {buddy.vectorize} {
    ^bb0(%p: f32, %q: f32, %s: f32):
      %2 = arith.mulf %p, %q : f32
      %3 = arith.addf %s, %2 : f32
      linalg.yield %3 : f32
    } -> tensor<4x8xf32>
    scf.yield %1 : tensor<4x8xf32>
  }
  return %0 : tensor<4x8xf32>
}

// -----

// What carries no mark stays.
// CHECK-LABEL: func.func @unmarked
// CHECK: linalg.generic
// CHECK-NOT: vector
func.func @unmarked(%x: tensor<8xf32>, %c: tensor<8xf32>) -> tensor<8xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
    ins(%x : tensor<8xf32>) outs(%c : tensor<8xf32>) {
  ^bb0(%a: f32, %s: f32):
    %1 = arith.mulf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// What a row needs once is computed once: the quotient of its mean stands before the loop.

// CHECK-LABEL: func.func @row
// CHECK: vector.transfer_read %{{.*}} : tensor<4xf32>, vector<1xf32>
// CHECK: arith.divf
// CHECK: scf.for
// CHECK-NOT: arith.divf
// CHECK: arith.subf
// CHECK: scf.yield
func.func @row(%x: tensor<4x64xf32>, %sums: tensor<4xf32>, %r: index, %c: tensor<1x64xf32>) -> tensor<1x64xf32> {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %n = arith.constant 6.400000e+01 : f32
  %0 = scf.for %i = %c0 to %c64 step %c8 iter_args(%out = %c) -> (tensor<1x64xf32>) {
    %a = tensor.extract_slice %x[%r, %i] [1, 8] [1, 1] : tensor<4x64xf32> to tensor<1x8xf32>
    %s = tensor.extract_slice %sums[%r] [1] [1] : tensor<4xf32> to tensor<1xf32>
    %o = tensor.extract_slice %out[0, %i] [1, 8] [1, 1] : tensor<1x64xf32> to tensor<1x8xf32>
    %1 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]} ins(%a, %s : tensor<1x8xf32>, tensor<1xf32>) outs(%o : tensor<1x8xf32>) attrs = {buddy.vectorize} {
    ^bb0(%p: f32, %q: f32, %u: f32):
      %2 = arith.divf %q, %n : f32
      %3 = arith.subf %p, %2 : f32
      linalg.yield %3 : f32
    } -> tensor<1x8xf32>
    %4 = tensor.insert_slice %1 into %out[0, %i] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<1x64xf32>
    scf.yield %4 : tensor<1x64xf32>
  }
  return %0 : tensor<1x64xf32>
}
