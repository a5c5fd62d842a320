// RUN: buddy-opt %s --buddy-lower-contractions --canonicalize | FileCheck %s

// One step of the reduction is a row of multiply-adds.
// CHECK-LABEL: func.func @outer
// CHECK-NOT: vector.contract
// CHECK-NOT: vector.outerproduct
// CHECK-COUNT-2: vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK: return
func.func @outer(%a: vector<2x1xf32>, %b: vector<1x8xf32>, %c: vector<2x8xf32>) -> vector<2x8xf32> {
  %0 = vector.contract {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %a, %b, %c : vector<2x1xf32>, vector<1x8xf32> into vector<2x8xf32>
  return %0 : vector<2x8xf32>
}

// A reduction over rows stays vertical.
// CHECK-LABEL: func.func @rows
// CHECK-NOT: vector.multi_reduction
// CHECK-NOT: vector.reduction
// CHECK-COUNT-3: arith.maxnumf {{.*}} : vector<8xf32>
func.func @rows(%x: vector<3x8xf32>, %start: vector<8xf32>) -> vector<8xf32> {
  %0 = vector.multi_reduction <maxnumf>, %x, %start [0] : vector<3x8xf32> to vector<8xf32>
  return %0 : vector<8xf32>
}

// A marked product is rounded with the sum it enters; one that enters none loses the mark, and one
// without a mark keeps its own rounding.
// CHECK-LABEL: func.func @marked
// CHECK: math.fma %arg0, %arg1, %arg2 : vector<8xf32>
// CHECK: %[[PRODUCT:.*]] = arith.mulf %arg0, %arg1 : vector<8xf32>
// CHECK: arith.addf %[[PRODUCT]], %arg2
// CHECK: arith.mulf %arg1, %arg1 : vector<8xf32>
// CHECK-NOT: contract
func.func @marked(%a: vector<8xf32>, %b: vector<8xf32>, %c: vector<8xf32>) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>) {
  %0 = arith.mulf %a, %b fastmath<contract> : vector<8xf32>
  %1 = arith.addf %c, %0 : vector<8xf32>
  %2 = arith.mulf %a, %b : vector<8xf32>
  %3 = arith.addf %2, %c : vector<8xf32>
  %4 = arith.mulf %b, %b fastmath<contract> : vector<8xf32>
  return %1, %3, %4 : vector<8xf32>, vector<8xf32>, vector<8xf32>
}
