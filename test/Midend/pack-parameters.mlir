// RUN: buddy-opt %s --buddy-pack-parameters=lanes=4 --split-input-file | FileCheck %s
// RUN: buddy-opt %s --buddy-pack-parameters=lanes=8 --split-input-file | FileCheck %s --check-prefix=WIDE

// arg0.data becomes params.bin, with a recipe. A weight [N, K] that feeds a contraction becomes panels of
// two registers, N padded with zeros; a bias stays as it is and is padded where it is read.

#x = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (n)>

// CHECK: module attributes
// CHECK-SAME: buddy.params = [{bytes = 448 : i64, cols = 7 : i64, kind = "panels", offset = 0 : i64, rows = 12 : i64, sources = ["q", "k"], tile = 8 : i64},
// CHECK-SAME: {bytes = 48 : i64, elements = 12 : i64, kind = "plain", offset = 448 : i64, sources = ["b"]},
// CHECK-SAME: {bytes = 768 : i64, cols = 12 : i64, kind = "panels", offset = 512 : i64, rows = 9 : i64, sources = ["o"], tile = 8 : i64, transposed = true}]
// CHECK-SAME: buddy.params_bytes = 4096 : i64
// WIDE: {bytes = 448 : i64, cols = 7 : i64, kind = "panels", offset = 0 : i64, rows = 12 : i64, sources = ["q", "k"], tile = 16 : i64}
module attributes {buddy.parameters = [
    {name = "q", kind = "parameter", type = tensor<8x7xf32>}, {name = "unused", kind = "buffer", type = tensor<3xf32>},
    {name = "k", kind = "parameter", type = tensor<4x7xf32>}, {name = "b", kind = "parameter", type = tensor<12xf32>},
    {name = "o", kind = "parameter", type = tensor<12x9xf32>}]} {

  // CHECK-LABEL: func.func @forward
  // CHECK-SAME: (%[[PARAMS:.*]]: memref<4096xi8>, %[[X:.*]]: tensor<5x7xf32>)
  // CHECK: %[[QK:.*]] = memref.view %[[PARAMS]][%{{.*}}][] : memref<4096xi8> to memref<2x7x8xf32>
  // CHECK: %[[QKT:.*]] = bufferization.to_tensor %[[QK]] restrict
  // CHECK: memref.view %[[PARAMS]][%{{.*}}][] : memref<4096xi8> to memref<12xf32>
  // CHECK: memref.view %[[PARAMS]][%{{.*}}][] : memref<4096xi8> to memref<2x12x8xf32>
  // CHECK: call @subgraph0(%[[X]], %[[QKT]],
  // CHECK-NOT: tensor.extract_slice
  // CHECK: return
  func.func @forward(%arg0: tensor<207xf32>, %x: tensor<5x7xf32>) -> tensor<5x9xf32> {
    %0 = tensor.extract_slice %arg0[0] [56] [1] : tensor<207xf32> to tensor<56xf32>
    %q = tensor.expand_shape %0 [[0, 1]] output_shape [8, 7] : tensor<56xf32> into tensor<8x7xf32>
    %1 = tensor.extract_slice %arg0[59] [28] [1] : tensor<207xf32> to tensor<28xf32>
    %k = tensor.expand_shape %1 [[0, 1]] output_shape [4, 7] : tensor<28xf32> into tensor<4x7xf32>
    %e = tensor.empty() : tensor<12x7xf32>
    %i = tensor.insert_slice %q into %e[0, 0] [8, 7] [1, 1] : tensor<8x7xf32> into tensor<12x7xf32>
    %qk = tensor.insert_slice %k into %i[8, 0] [4, 7] [1, 1] : tensor<4x7xf32> into tensor<12x7xf32>
    %b = tensor.extract_slice %arg0[87] [12] [1] : tensor<207xf32> to tensor<12xf32>
    %2 = tensor.extract_slice %arg0[99] [108] [1] : tensor<207xf32> to tensor<108xf32>
    %o = tensor.expand_shape %2 [[0, 1]] output_shape [12, 9] : tensor<108xf32> into tensor<12x9xf32>
    %3 = call @subgraph0(%x, %qk, %b, %o) : (tensor<5x7xf32>, tensor<12x7xf32>, tensor<12xf32>, tensor<12x9xf32>) -> tensor<5x9xf32>
    return %3 : tensor<5x9xf32>
  }

  // CHECK-LABEL: func.func private @subgraph0
  // CHECK-SAME: tensor<5x7xf32>, %[[PANELS:.*]]: tensor<2x7x8xf32>, %[[BIAS:.*]]: tensor<12xf32>, %{{.*}}: tensor<2x12x8xf32>) -> tensor<5x9xf32>
  // CHECK: %[[PADDED:.*]] = tensor.pad %[[BIAS]]
  // CHECK: tensor<12xf32> to tensor<16xf32>
  // CHECK: tensor.expand_shape %[[PADDED]] {{.*}} into tensor<2x8xf32>
  // CHECK: %[[START:.*]] = linalg.generic
  // CHECK: %[[PACKED:.*]] = linalg.generic
  // CHECK-SAME: iterator_types = ["parallel", "parallel", "parallel", "reduction"]
  // CHECK-SAME: ins(%{{.*}}, %[[PANELS]] : tensor<5x7xf32>, tensor<2x7x8xf32>) outs(%[[START]] : tensor<5x2x8xf32>)
  // CHECK: tensor.collapse_shape %{{.*}} : tensor<5x2x8xf32> into tensor<5x16xf32>
  // CHECK: tensor.extract_slice %{{.*}}[0, 0] [5, 12] [1, 1] : tensor<5x16xf32> to tensor<5x12xf32>
  func.func private @subgraph0(%x: tensor<5x7xf32>, %w: tensor<12x7xf32>, %b: tensor<12xf32>, %o: tensor<12x9xf32>) -> tensor<5x9xf32> {
    %zero = arith.constant 0.0 : f32
    %e0 = tensor.empty() : tensor<5x12xf32>
    %bias = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]} ins(%b : tensor<12xf32>) outs(%e0 : tensor<5x12xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<5x12xf32>
    %0 = linalg.generic {indexing_maps = [#x, #nk, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<5x7xf32>, tensor<12x7xf32>) outs(%bias : tensor<5x12xf32>) {
    ^bb0(%a: f32, %b0: f32, %out: f32):
      %p = arith.mulf %a, %b0 : f32
      %s = arith.addf %out, %p : f32
      linalg.yield %s : f32
    } -> tensor<5x12xf32>
    %e1 = tensor.empty() : tensor<5x9xf32>
    %fill = linalg.fill ins(%zero : f32) outs(%e1 : tensor<5x9xf32>) -> tensor<5x9xf32>
    %1 = linalg.generic {indexing_maps = [#x, #kn, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%0, %o : tensor<5x12xf32>, tensor<12x9xf32>) outs(%fill : tensor<5x9xf32>) {
    ^bb0(%a: f32, %b0: f32, %out: f32):
      %p = arith.mulf %a, %b0 : f32
      %s = arith.addf %out, %p : f32
      linalg.yield %s : f32
    } -> tensor<5x9xf32>
    return %1 : tensor<5x9xf32>
  }
}

// -----

// A weight that two contractions read differently, and one that is read as a result, stay plain. What
// forward computes from parameters by itself reads them unpacked.

#x = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// CHECK: module attributes
// CHECK-SAME: kind = "plain"
// CHECK-NOT: "panels"
// CHECK-LABEL: func.func @forward
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0
// CHECK-NEXT: math.exp
// CHECK: call @subgraph0
// CHECK: return
module attributes {buddy.parameters = [{name = "w", kind = "parameter", type = tensor<7x7xf32>}, {name = "t", kind = "parameter", type = tensor<4xf32>}]} {
  func.func @forward(%arg0: tensor<53xf32>, %x: tensor<5x7xf32>) -> (tensor<5x7xf32>, tensor<4xf32>) {
    %0 = tensor.extract_slice %arg0[0] [49] [1] : tensor<53xf32> to tensor<49xf32>
    %w = tensor.expand_shape %0 [[0, 1]] output_shape [7, 7] : tensor<49xf32> into tensor<7x7xf32>
    %t = tensor.extract_slice %arg0[49] [4] [1] : tensor<53xf32> to tensor<4xf32>
    %e = tensor.empty() : tensor<4xf32>
    %1 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%t : tensor<4xf32>) outs(%e : tensor<4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %p = math.exp %in : f32
      linalg.yield %p : f32
    } -> tensor<4xf32>
    %2:2 = call @subgraph0(%x, %w, %1) : (tensor<5x7xf32>, tensor<7x7xf32>, tensor<4xf32>) -> (tensor<5x7xf32>, tensor<4xf32>)
    return %2#0, %2#1 : tensor<5x7xf32>, tensor<4xf32>
  }
  func.func private @subgraph0(%x: tensor<5x7xf32>, %w: tensor<7x7xf32>, %t: tensor<4xf32>) -> (tensor<5x7xf32>, tensor<4xf32>) {
    %zero = arith.constant 0.0 : f32
    %e0 = tensor.empty() : tensor<5x7xf32>
    %fill = linalg.fill ins(%zero : f32) outs(%e0 : tensor<5x7xf32>) -> tensor<5x7xf32>
    %0 = linalg.generic {indexing_maps = [#x, #nk, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<5x7xf32>, tensor<7x7xf32>) outs(%fill : tensor<5x7xf32>) {
    ^bb0(%a: f32, %b0: f32, %out: f32):
      %p = arith.mulf %a, %b0 : f32
      %s = arith.addf %out, %p : f32
      linalg.yield %s : f32
    } -> tensor<5x7xf32>
    %1 = linalg.generic {indexing_maps = [#x, #kn, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%0, %w : tensor<5x7xf32>, tensor<7x7xf32>) outs(%fill : tensor<5x7xf32>) {
    ^bb0(%a: f32, %b0: f32, %out: f32):
      %p = arith.mulf %a, %b0 : f32
      %s = arith.addf %out, %p : f32
      linalg.yield %s : f32
    } -> tensor<5x7xf32>
    return %1, %t : tensor<5x7xf32>, tensor<4xf32>
  }
}

// -----

// No parameter: params.bin is empty, and its argument is still there.
// CHECK-LABEL: module attributes {buddy.parameters = [], buddy.params = [], buddy.params_bytes = 0 : i64}
// CHECK: func.func @forward(%{{.*}}: memref<0xi8>, %{{.*}}: tensor<4xf32>)
module attributes {buddy.parameters = []} {
  func.func @forward(%arg0: tensor<1xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
}

// -----

// The only parameter is all of arg0, which is then not cut.

// CHECK-LABEL: module attributes
// CHECK-SAME: buddy.params = [{bytes = 4 : i64, elements = 1 : i64, kind = "plain", offset = 0 : i64, sources = ["s"]}]
module attributes {buddy.parameters = [{name = "s", kind = "constant", type = tensor<f32>}]} {
  // CHECK: func.func @forward(%[[ONLY:.*]]: memref<4096xi8>)
  // CHECK: memref.view %[[ONLY]][%{{.*}}][] : memref<4096xi8> to memref<f32>
  func.func @forward(%arg0: tensor<1xf32>) -> tensor<f32> {
    %0 = tensor.collapse_shape %arg0 [] : tensor<1xf32> into tensor<f32>
    %1 = call @subgraph0(%0) : (tensor<f32>) -> tensor<f32>
    return %1 : tensor<f32>
  }
  func.func private @subgraph0(%s: tensor<f32>) -> tensor<f32> {
    return %s : tensor<f32>
  }
}

// -----

// A scalar among others: the slice has dropped its only dimension.

// CHECK-LABEL: module attributes
// CHECK-SAME: buddy.params = [{bytes = 4 : i64, elements = 1 : i64, kind = "plain", offset = 0 : i64, sources = ["t"]}]
module attributes {buddy.parameters = [{name = "s", kind = "constant", type = tensor<f32>},
                                       {name = "t", kind = "constant", type = tensor<f32>}]} {
  func.func @forward(%arg0: tensor<2xf32>) -> tensor<f32> {
    %0 = tensor.extract_slice %arg0[1] [1] [1] : tensor<2xf32> to tensor<f32>
    %1 = call @subgraph0(%0) : (tensor<f32>) -> tensor<f32>
    return %1 : tensor<f32>
  }
  func.func private @subgraph0(%t: tensor<f32>) -> tensor<f32> {
    return %t : tensor<f32>
  }
}

// -----

// What is joined must fill all of the rows: the recipe has no gaps. This one stays in forward.

// CHECK-LABEL: module attributes
// CHECK-SAME: buddy.params = [{bytes = 24 : i64, elements = 6 : i64, kind = "plain", offset = 0 : i64, sources = ["w"]}]
// CHECK: tensor.insert_slice
// CHECK: call @subgraph0
module attributes {buddy.parameters = [{name = "w", kind = "parameter", type = tensor<2x3xf32>}]} {
  func.func @forward(%arg0: tensor<6xf32>) -> tensor<2x5xf32> {
    %0 = tensor.extract_slice %arg0[0] [6] [1] : tensor<6xf32> to tensor<6xf32>
    %w = tensor.expand_shape %0 [[0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
    %e = tensor.empty() : tensor<2x5xf32>
    %1 = tensor.insert_slice %w into %e[0, 0] [2, 3] [1, 1] : tensor<2x3xf32> into tensor<2x5xf32>
    %2 = call @subgraph0(%1) : (tensor<2x5xf32>) -> tensor<2x5xf32>
    return %2 : tensor<2x5xf32>
  }
  func.func private @subgraph0(%w: tensor<2x5xf32>) -> tensor<2x5xf32> {
    return %w : tensor<2x5xf32>
  }
}

// -----

// A subgraph that is called for two layers has one layout, and each call its own parameters; what the
// calls share lies there once. An argument that is a parameter for one call only keeps its layout.

#x = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: module attributes
// CHECK-SAME: buddy.params = [{bytes = 160 : i64, elements = 40 : i64, kind = "plain", offset = 0 : i64, sources = ["x"]},
// CHECK-SAME: {bytes = 256 : i64, cols = 8 : i64, kind = "panels", offset = 192 : i64, rows = 8 : i64, sources = ["w0"], tile = 8 : i64},
// CHECK-SAME: {bytes = 256 : i64, cols = 8 : i64, kind = "panels", offset = 448 : i64, rows = 8 : i64, sources = ["w1"], tile = 8 : i64},
// CHECK-SAME: {bytes = 160 : i64, elements = 40 : i64, kind = "plain", offset = 704 : i64, sources = ["b"]}]
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%[[PARAMS:.*]]: memref<4096xi8>)
// CHECK: %[[C192:.*]] = arith.constant 192 : index
// CHECK: memref.view %[[PARAMS]][%[[C192]]][] : memref<4096xi8> to memref<1x8x8xf32>
// CHECK: call @subgraph0({{.*}}) : (tensor<5x8xf32>, tensor<1x8x8xf32>, tensor<5x8xf32>)
// CHECK: %[[C448:.*]] = arith.constant 448 : index
// CHECK: memref.view %[[PARAMS]][%[[C448]]][] : memref<4096xi8> to memref<1x8x8xf32>
// CHECK: call @subgraph0({{.*}}) : (tensor<5x8xf32>, tensor<1x8x8xf32>, tensor<5x8xf32>)
// CHECK-LABEL: func.func private @subgraph0
// CHECK-SAME: tensor<1x8x8xf32>
module attributes {buddy.parameters = [
    {name = "w0", kind = "parameter", type = tensor<8x8xf32>}, {name = "w1", kind = "parameter", type = tensor<8x8xf32>},
    {name = "b", kind = "parameter", type = tensor<5x8xf32>}, {name = "x", kind = "buffer", type = tensor<5x8xf32>}]} {
  func.func @forward(%arg0: tensor<208xf32>) -> tensor<5x8xf32> {
    %0 = tensor.extract_slice %arg0[0] [64] [1] : tensor<208xf32> to tensor<64xf32>
    %w0 = tensor.expand_shape %0 [[0, 1]] output_shape [8, 8] : tensor<64xf32> into tensor<8x8xf32>
    %1 = tensor.extract_slice %arg0[64] [64] [1] : tensor<208xf32> to tensor<64xf32>
    %w1 = tensor.expand_shape %1 [[0, 1]] output_shape [8, 8] : tensor<64xf32> into tensor<8x8xf32>
    %2 = tensor.extract_slice %arg0[128] [40] [1] : tensor<208xf32> to tensor<40xf32>
    %b = tensor.expand_shape %2 [[0, 1]] output_shape [5, 8] : tensor<40xf32> into tensor<5x8xf32>
    %3 = tensor.extract_slice %arg0[168] [40] [1] : tensor<208xf32> to tensor<40xf32>
    %x = tensor.expand_shape %3 [[0, 1]] output_shape [5, 8] : tensor<40xf32> into tensor<5x8xf32>
    %4 = call @subgraph0(%x, %w0, %b) : (tensor<5x8xf32>, tensor<8x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
    %5 = call @subgraph0(%4, %w1, %b) : (tensor<5x8xf32>, tensor<8x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
    return %5 : tensor<5x8xf32>
  }
  func.func private @subgraph0(%x: tensor<5x8xf32>, %w: tensor<8x8xf32>, %b: tensor<5x8xf32>) -> tensor<5x8xf32> {
    %0 = linalg.generic {indexing_maps = [#x, #nk, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<5x8xf32>, tensor<8x8xf32>) outs(%b : tensor<5x8xf32>) {
    ^bb0(%a: f32, %v: f32, %s: f32):
      %1 = arith.mulf %a, %v : f32
      %2 = arith.addf %s, %1 : f32
      linalg.yield %2 : f32
    } -> tensor<5x8xf32>
    return %0 : tensor<5x8xf32>
  }
}

// -----

// A block of 32 MiB begins with a huge page; what is smaller stays close together.

// CHECK-LABEL: module attributes
// CHECK-SAME: buddy.params = [{bytes = 40 : i64, elements = 10 : i64, kind = "plain", offset = 0 : i64, sources = ["b"]},
// CHECK-SAME: {bytes = 33554432 : i64, elements = 8388608 : i64, kind = "plain", offset = 2097152 : i64, sources = ["large"]},
// CHECK-SAME: {bytes = 33554428 : i64, elements = 8388607 : i64, kind = "plain", offset = 35651584 : i64, sources = ["smaller"]}]
// CHECK-SAME: buddy.params_bytes = 69206016 : i64
module attributes {buddy.parameters = [
    {name = "b", kind = "parameter", type = tensor<10xf32>}, {name = "large", kind = "parameter", type = tensor<8388608xf32>},
    {name = "smaller", kind = "parameter", type = tensor<8388607xf32>}]} {
  func.func @forward(%arg0: tensor<16777225xf32>) -> tensor<10xf32> {
    %b = tensor.extract_slice %arg0[0] [10] [1] : tensor<16777225xf32> to tensor<10xf32>
    %large = tensor.extract_slice %arg0[10] [8388608] [1] : tensor<16777225xf32> to tensor<8388608xf32>
    %smaller = tensor.extract_slice %arg0[8388618] [8388607] [1] : tensor<16777225xf32> to tensor<8388607xf32>
    %0 = call @subgraph0(%b, %large, %smaller) : (tensor<10xf32>, tensor<8388608xf32>, tensor<8388607xf32>) -> tensor<10xf32>
    return %0 : tensor<10xf32>
  }
  func.func private @subgraph0(%b: tensor<10xf32>, %large: tensor<8388608xf32>, %smaller: tensor<8388607xf32>) -> tensor<10xf32> {
    %0 = tensor.extract_slice %large[0] [10] [1] : tensor<8388608xf32> to tensor<10xf32>
    %1 = tensor.extract_slice %smaller[0] [10] [1] : tensor<8388607xf32> to tensor<10xf32>
    %e = tensor.empty() : tensor<10xf32>
    %2 = linalg.add ins(%0, %1 : tensor<10xf32>, tensor<10xf32>) outs(%e : tensor<10xf32>) -> tensor<10xf32>
    %3 = linalg.add ins(%2, %b : tensor<10xf32>, tensor<10xf32>) outs(%e : tensor<10xf32>) -> tensor<10xf32>
    return %3 : tensor<10xf32>
  }
}
