// Attention masks in their many spellings: what is excluded, what is added.
// RUN: buddy-opt %s --buddy-graph-fuse-attention --canonicalize --split-input-file | FileCheck %s

// Not above the diagonal.
// CHECK-LABEL: @triu_not
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal :
func.func @triu_not(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<true> : tensor<8x8xi1>
  %u = graph.triu %t diagonal 1 : tensor<8x8xi1>
  %m = graph.logical_not %u : tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// query >= key, by positions.
// CHECK-LABEL: @arange_ge
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal :
func.func @arange_ge(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %p = graph.arange 0 : i64 step 1 : i64 : tensor<8xi64>
  %q = graph.reshape %p : tensor<8xi64> to tensor<8x1xi64>
  %m = graph.ge %q, %p : (tensor<8x1xi64>, tensor<8xi64>) -> tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// key < query + 1, with positions that are a constant already.
// CHECK-LABEL: @arange_lt
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal :
func.func @arange_lt(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %p = graph.constant dense<[0, 1, 2, 3, 4, 5, 6, 7]> : tensor<8xi64>
  %one = graph.constant dense<1> : tensor<i64>
  %p1 = graph.add %p, %one : (tensor<8xi64>, tensor<i64>) -> tensor<8xi64>
  %q = graph.reshape %p1 : tensor<8xi64> to tensor<8x1xi64>
  %k = graph.reshape %p : tensor<8xi64> to tensor<1x8xi64>
  %m = graph.lt %k, %q : (tensor<1x8xi64>, tensor<8x1xi64>) -> tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// Rows are keys here: every query sees itself and what comes after it, a window of one.
// CHECK-LABEL: @arange_transposed
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 window 1 :
func.func @arange_transposed(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %p = graph.arange 0 : i64 step 1 : i64 : tensor<8xi64>
  %q = graph.reshape %p : tensor<8xi64> to tensor<8x1xi64>
  %m = graph.le %q, %p : (tensor<8x1xi64>, tensor<8xi64>) -> tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// One diagonal more than causal: a tensor.
// CHECK-LABEL: @window
// CHECK: graph.tril %{{.*}} diagonal 1
// CHECK: graph.attention {{.*}} keep %{{.*}} scale 5.000000e-01 :
func.func @window(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<true> : tensor<8x8xi1>
  %m = graph.tril %t diagonal 1 : tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// A sliding window is causal and a width.
// CHECK-LABEL: @sliding
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal window 3 :
func.func @sliding(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<true> : tensor<8x8xi1>
  %l = graph.tril %t diagonal 0 : tensor<8x8xi1>
  %m = graph.triu %l diagonal -2 : tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// Causal and a window and a padding mask: two attributes and what is left.
// CHECK-LABEL: @padded_window
// CHECK: %[[KEEP:.*]] = graph.reshape %arg1 : tensor<2x8xi1> to tensor<2x1x1x8xi1>
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 keep %[[KEEP]] : tensor<2x1x1x8xi1> scale 5.000000e-01 causal window 4 :
func.func @padded_window(%x: tensor<2x3x8x4xf32>, %padding: tensor<2x8xi1>) -> tensor<2x3x8x4xf32> {
  %p = graph.arange 0 : i64 step 1 : i64 : tensor<8xi64>
  %q = graph.reshape %p : tensor<8xi64> to tensor<1x1x8x1xi64>
  %k = graph.reshape %p : tensor<8xi64> to tensor<1x1x1x8xi64>
  %four = graph.constant dense<4> : tensor<i64>
  %start = graph.sub %q, %four : (tensor<1x1x8x1xi64>, tensor<i64>) -> tensor<1x1x8x1xi64>
  %w = graph.gt %k, %start : (tensor<1x1x1x8xi64>, tensor<1x1x8x1xi64>) -> tensor<1x1x8x8xi1>
  %c = graph.le %k, %q : (tensor<1x1x1x8xi64>, tensor<1x1x8x1xi64>) -> tensor<1x1x8x8xi1>
  %both = graph.logical_and %w, %c : (tensor<1x1x8x8xi1>, tensor<1x1x8x8xi1>) -> tensor<1x1x8x8xi1>
  %pad = graph.reshape %padding : tensor<2x8xi1> to tensor<2x1x1x8xi1>
  %m = graph.logical_and %both, %pad : (tensor<1x1x8x8xi1>, tensor<2x1x1x8xi1>) -> tensor<2x1x8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// Two windows are the narrower one, and one that begins after the query is none.
// CHECK-LABEL: @windows
// CHECK: graph.triu %{{.*}} diagonal 1
// CHECK: graph.attention {{.*}} keep %{{.*}} scale 5.000000e-01 :
// CHECK: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 window 2 :
func.func @windows(%x: tensor<2x3x8x4xf32>) -> (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) {
  %t = graph.constant dense<true> : tensor<8x8xi1>
  %later = graph.triu %t diagonal 1 : tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %later : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  %wide = graph.triu %t diagonal -4 : tensor<8x8xi1>
  %narrow = graph.triu %wide diagonal -1 : tensor<8x8xi1>
  %s = graph.sdpa %x, %x, %x mask %narrow : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r, %s : tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>
}
// -----

// A mask that excludes nothing is none.
// CHECK-LABEL: @all_true
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 :
func.func @all_true(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<true> : tensor<8x8xi1>
  %m = graph.tril %t diagonal 7 : tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// where(pred, 0, -inf).
// CHECK-LABEL: @where_inf
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal :
func.func @where_inf(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<1.0> : tensor<8x8xf32>
  %l = graph.tril %t diagonal 0 : tensor<8x8xf32>
  %z = graph.constant dense<0.0> : tensor<f32>
  %p = graph.eq %l, %z : (tensor<8x8xf32>, tensor<f32>) -> tensor<8x8xi1>
  %inf = graph.constant dense<0xFF800000> : tensor<f32>
  %zeros = graph.constant dense<0.0> : tensor<8x8xf32>
  %m = graph.where %p, %inf, %zeros : (tensor<8x8xi1>, tensor<f32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// full(-inf).triu(1), expanded and added to zeros.
// CHECK-LABEL: @full_triu
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal :
func.func @full_triu(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %inf = graph.constant dense<0xFF800000> : tensor<8x8xf32>
  %u = graph.triu %inf diagonal 1 : tensor<8x8xf32>
  %u4 = graph.reshape %u : tensor<8x8xf32> to tensor<1x1x8x8xf32>
  %e = graph.expand %u4 : tensor<1x1x8x8xf32> to tensor<2x1x8x8xf32>
  %z = graph.constant dense<0.0> : tensor<2x1x8x8xf32>
  %m = graph.add %e, %z : (tensor<2x1x8x8xf32>, tensor<2x1x8x8xf32>) -> tensor<2x1x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// A triangle that is a table already (a registered buffer), larger than the sequence.
// CHECK-LABEL: @table
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal :
func.func @table(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<[[[[true, false, false, false, false, false, false, false, false], [true, true, false, false, false, false, false, false, false], [true, true, true, false, false, false, false, false, false], [true, true, true, true, false, false, false, false, false], [true, true, true, true, true, false, false, false, false], [true, true, true, true, true, true, false, false, false], [true, true, true, true, true, true, true, false, false], [true, true, true, true, true, true, true, true, false], [true, true, true, true, true, true, true, true, true]]]]> : tensor<1x1x9x9xi1>
  %s = graph.slice %t dim 2 from 0 to 8 step 1 : tensor<1x1x9x9xi1> to tensor<1x1x8x9xi1>
  %m = graph.slice %s dim 3 from 0 to 8 step 1 : tensor<1x1x8x9xi1> to tensor<1x1x8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<1x1x8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// A causal mask of finfo.min alone: every query keeps its first key.
// CHECK-LABEL: @finite_alone
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal :
func.func @finite_alone(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %min = graph.constant dense<-3.40282347E+38> : tensor<8x8xf32>
  %m = graph.triu %min diagonal 1 : tensor<8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// -10000 does not exclude.
// CHECK-LABEL: @finite_small
// CHECK-NOT: causal
// CHECK: graph.attention {{.*}} bias
func.func @finite_small(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %min = graph.constant dense<-10000.0> : tensor<8x8xf32>
  %m = graph.triu %min diagonal 1 : tensor<8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// Finite causal and finite padding: a padded row sees every key, so nothing is excluded.
// CHECK-LABEL: @finite_padding
// CHECK-NOT: causal
// CHECK: graph.attention {{.*}} bias
func.func @finite_padding(%x: tensor<2x3x8x4xf32>, %pad: tensor<2x1x1x8xf32>) -> tensor<2x3x8x4xf32> {
  %min = graph.constant dense<-3.40282347E+38> : tensor<8x8xf32>
  %u = graph.triu %min diagonal 1 : tensor<8x8xf32>
  %m = graph.add %u, %pad : (tensor<8x8xf32>, tensor<2x1x1x8xf32>) -> tensor<2x1x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// -inf causal plus a float padding mask of unknown values: the attribute and a bias.
// CHECK-LABEL: @inf_padding
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 bias %arg1 : tensor<2x1x1x8xf32> scale 5.000000e-01 causal :
func.func @inf_padding(%x: tensor<2x3x8x4xf32>, %pad: tensor<2x1x1x8xf32>) -> tensor<2x3x8x4xf32> {
  %min = graph.constant dense<0xFF800000> : tensor<8x8xf32>
  %u = graph.triu %min diagonal 1 : tensor<8x8xf32>
  %m = graph.add %u, %pad : (tensor<8x8xf32>, tensor<2x1x1x8xf32>) -> tensor<2x1x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// causal or padding: a tensor, nothing else.
// CHECK-LABEL: @or_padding
// CHECK-NOT: causal
// CHECK: %[[O:.*]] = graph.logical_or
// CHECK: graph.attention {{.*}} keep %[[O]]
func.func @or_padding(%x: tensor<2x3x8x4xf32>, %pad: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<true> : tensor<8x8xi1>
  %l = graph.tril %t diagonal 0 : tensor<8x8xi1>
  %m = graph.logical_or %l, %pad : (tensor<8x8xi1>, tensor<2x1x1x8xi1>) -> tensor<2x1x8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// not (future or padded) is causal and not padded.
// CHECK-LABEL: @de_morgan
// CHECK: %[[N:.*]] = graph.logical_not %arg1 : tensor<2x1x1x8xi1>
// CHECK: graph.attention {{.*}} keep %[[N]] : tensor<2x1x1x8xi1> scale 5.000000e-01 causal
func.func @de_morgan(%x: tensor<2x3x8x4xf32>, %pad: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<true> : tensor<8x8xi1>
  %u = graph.triu %t diagonal 1 : tensor<8x8xi1>
  %o = graph.logical_or %u, %pad : (tensor<8x8xi1>, tensor<2x1x1x8xi1>) -> tensor<2x1x8x8xi1>
  %m = graph.logical_not %o : tensor<2x1x8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// A triangle over one query that is stretched to eight says nothing about positions.
// CHECK-LABEL: @stretched
// CHECK-NOT: causal
// CHECK: graph.attention {{.*}} keep
func.func @stretched(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<true> : tensor<1x8xi1>
  %l = graph.tril %t diagonal 0 : tensor<1x8xi1>
  %m = graph.expand %l : tensor<1x8xi1> to tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// (1 - m) with its true places filled by -inf, as transformers spells it.
// CHECK-LABEL: @inverted
// CHECK: graph.attention {{.*}} keep %arg1 : tensor<2x1x1x8xi1> scale 5.000000e-01 :
func.func @inverted(%x: tensor<2x3x8x4xf32>, %pad: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %f = graph.convert %pad : tensor<2x1x1x8xi1> to tensor<2x1x1x8xf32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %inv = graph.sub %one, %f : (tensor<f32>, tensor<2x1x1x8xf32>) -> tensor<2x1x1x8xf32>
  %b = graph.convert %inv : tensor<2x1x1x8xf32> to tensor<2x1x1x8xi1>
  %inf = graph.constant dense<0xFF800000> : tensor<f32>
  %m = graph.where %b, %inf, %inv : (tensor<2x1x1x8xi1>, tensor<f32>, tensor<2x1x1x8xf32>) -> tensor<2x1x1x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x1x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// Positions that start at 3 for the queries: not the upper-left triangle.
// CHECK-LABEL: @rectangle_offset
// CHECK-NOT: causal
// CHECK: graph.attention {{.*}} keep
func.func @rectangle_offset(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %p = graph.arange 3 : i64 step 1 : i64 : tensor<8xi64>
  %q = graph.reshape %p : tensor<8xi64> to tensor<8x1xi64>
  %k = graph.arange 0 : i64 step 1 : i64 : tensor<8xi64>
  %m = graph.ge %q, %k : (tensor<8x1xi64>, tensor<8xi64>) -> tensor<8x8xi1>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// where(causal and not padded, 0, finfo.min), as transformers' eager attention has it: the attribute
// and the padding, and a query that keeps no key takes the mean of all values.
// CHECK-LABEL: @finite_both
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 keep %arg1 : tensor<2x1x1x8xi1> scale 5.000000e-01 causal {{.*}}empty_rows = "mean"
func.func @finite_both(%x: tensor<2x3x8x4xf32>, %keep: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<true> : tensor<8x8xi1>
  %l = graph.tril %t diagonal 0 : tensor<8x8xi1>
  %both = graph.logical_and %l, %keep : (tensor<8x8xi1>, tensor<2x1x1x8xi1>) -> tensor<2x1x8x8xi1>
  %zero = graph.constant dense<0.0> : tensor<f32>
  %min = graph.constant dense<-3.40282347E+38> : tensor<f32>
  %m = graph.where %both, %zero, %min : (tensor<2x1x8x8xi1>, tensor<f32>, tensor<f32>) -> tensor<2x1x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// The same beside a table of parameters (T5's position bias): the table stays, the fill is a mask.
// CHECK-LABEL: @finite_and_table
// CHECK: %[[B:.*]] = graph.gather
// CHECK: graph.attention %arg0, %arg0, %arg0 keep %arg1 : tensor<2x1x1x8xi1> bias %{{.*}} : tensor<1x3x8x8xf32> scale 5.000000e-01 {{.*}}empty_rows = "mean"
module attributes {buddy.parameters = [{name = "table", kind = "parameter"}]} {
func.func @finite_and_table(%x: tensor<2x3x8x4xf32>, %keep: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %w = graph.param "table" : tensor<16x3xf32>
  %i = graph.constant dense<3> : tensor<8x8xi64>
  %g = graph.gather %w[%i] dim 0 : (tensor<16x3xf32>, tensor<8x8xi64>) -> tensor<8x8x3xf32>
  %p = graph.permute %g [2, 0, 1] : tensor<8x8x3xf32> to tensor<3x8x8xf32>
  %b = graph.reshape %p : tensor<3x8x8xf32> to tensor<1x3x8x8xf32>
  %zero = graph.constant dense<0.0> : tensor<f32>
  %min = graph.constant dense<-3.40282347E+38> : tensor<f32>
  %f = graph.where %keep, %zero, %min : (tensor<2x1x1x8xi1>, tensor<f32>, tensor<f32>) -> tensor<2x1x1x8xf32>
  %m = graph.add %b, %f : (tensor<1x3x8x8xf32>, tensor<2x1x1x8xf32>) -> tensor<2x3x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x3x8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
}
// -----

// Beside an input the sum stays: it may hold anything.
// CHECK-LABEL: @finite_and_input
// CHECK: graph.attention %arg0, %arg0, %arg0 bias %{{.*}} : tensor<2x3x8x8xf32> scale 5.000000e-01 :
func.func @finite_and_input(%x: tensor<2x3x8x4xf32>, %keep: tensor<2x1x1x8xi1>, %b: tensor<1x3x8x8xf32>) -> tensor<2x3x8x4xf32> {
  %zero = graph.constant dense<0.0> : tensor<f32>
  %min = graph.constant dense<-3.40282347E+38> : tensor<f32>
  %f = graph.where %keep, %zero, %min : (tensor<2x1x1x8xi1>, tensor<f32>, tensor<f32>) -> tensor<2x1x1x8xf32>
  %m = graph.add %b, %f : (tensor<1x3x8x8xf32>, tensor<2x1x1x8xf32>) -> tensor<2x3x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x3x8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// Scores that are replaced by finfo.min, causal or not.
// CHECK-LABEL: @finite_replaced
// CHECK: graph.attention %arg0, %arg0, %arg0 keep %arg1 : tensor<2x1x1x8xi1> scale 1.000000e+00 {{.*}}empty_rows = "mean"
func.func @finite_replaced(%x: tensor<2x3x8x4xf32>, %keep: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %t = graph.permute %x [0, 1, 3, 2] : tensor<2x3x8x4xf32> to tensor<2x3x4x8xf32>
  %s = graph.matmul %x, %t : (tensor<2x3x8x4xf32>, tensor<2x3x4x8xf32>) -> tensor<2x3x8x8xf32>
  %min = graph.constant dense<-3.40282347E+38> : tensor<f32>
  %w = graph.where %keep, %s, %min : (tensor<2x1x1x8xi1>, tensor<2x3x8x8xf32>, tensor<f32>) -> tensor<2x3x8x8xf32>
  %p = graph.softmax %w dim 3 : tensor<2x3x8x8xf32>
  %o = graph.matmul %p, %x : (tensor<2x3x8x8xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %o : tensor<2x3x8x4xf32>
}
// -----

// Two fills overflow where both hold: the sum stays.
// CHECK-LABEL: @finite_twice
// CHECK: graph.attention {{.*}} bias
func.func @finite_twice(%x: tensor<2x3x8x4xf32>, %keep: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %min = graph.constant dense<-3.40282347E+38> : tensor<8x8xf32>
  %u = graph.triu %min diagonal 1 : tensor<8x8xf32>
  %zero = graph.constant dense<0.0> : tensor<f32>
  %fill = graph.constant dense<-3.40282347E+38> : tensor<f32>
  %f = graph.where %keep, %zero, %fill : (tensor<2x1x1x8xi1>, tensor<f32>, tensor<f32>) -> tensor<2x1x1x8xf32>
  %m = graph.add %u, %f : (tensor<8x8xf32>, tensor<2x1x1x8xf32>) -> tensor<2x1x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// What keeps every key says nothing, and leaves no query without one.
// CHECK-LABEL: @keeps_all
// CHECK-NEXT: graph.attention %arg0, %arg0, %arg0 scale 5.000000e-01 causal :
func.func @keeps_all(%x: tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.constant dense<true> : tensor<2x1x1x8xi1>
  %r = graph.attention %x, %x, %x keep %t : tensor<2x1x1x8xi1> scale 5.000000e-01 causal {empty_rows = "mean"} : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
// -----

// where(keep, table, finfo.min), as T5 has it: a fill in place of a table is a mask and the table.
// CHECK-LABEL: @finite_for_table
// CHECK: graph.attention %arg0, %arg0, %arg0 keep %arg1 : tensor<2x1x1x8xi1> bias %{{.*}} : tensor<1x3x8x8xf32> scale 5.000000e-01 {{.*}}empty_rows = "mean"
module attributes {buddy.parameters = [{name = "table", kind = "parameter"}]} {
func.func @finite_for_table(%x: tensor<2x3x8x4xf32>, %keep: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %b = graph.param "table" : tensor<3x8x8xf32>
  %min = graph.constant dense<-3.40282347E+38> : tensor<f32>
  %m = graph.where %keep, %b, %min : (tensor<2x1x1x8xi1>, tensor<3x8x8xf32>, tensor<f32>) -> tensor<2x3x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x3x8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
}
// -----

// Beside another exclusion it stays what it is.
// CHECK-LABEL: @finite_for_table_and_causal
// CHECK: %[[M:.*]] = graph.where
// CHECK: graph.attention %arg0, %arg0, %arg0 bias %[[M]] : tensor<2x3x8x8xf32> scale 5.000000e-01 causal :
module attributes {buddy.parameters = [{name = "table", kind = "parameter"}]} {
func.func @finite_for_table_and_causal(%x: tensor<2x3x8x4xf32>, %keep: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %b = graph.param "table" : tensor<3x8x8xf32>
  %min = graph.constant dense<-3.40282347E+38> : tensor<f32>
  %m = graph.where %keep, %b, %min : (tensor<2x1x1x8xi1>, tensor<3x8x8xf32>, tensor<f32>) -> tensor<2x3x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x3x8x8xf32> {is_causal} : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
}
// -----

// A buffer may hold -inf: a row of the sum then is no row of equal scores.
// CHECK-LABEL: @finite_and_buffer
// CHECK: graph.attention %arg0, %arg0, %arg0 bias %{{.*}} : tensor<2x1x8x8xf32> scale 5.000000e-01 :
module attributes {buddy.parameters = [{name = "table", kind = "buffer"}]} {
func.func @finite_and_buffer(%x: tensor<2x3x8x4xf32>, %keep: tensor<2x1x1x8xi1>) -> tensor<2x3x8x4xf32> {
  %b = graph.param "table" : tensor<8x8xf32>
  %zero = graph.constant dense<0.0> : tensor<f32>
  %min = graph.constant dense<-3.40282347E+38> : tensor<f32>
  %f = graph.where %keep, %zero, %min : (tensor<2x1x1x8xi1>, tensor<f32>, tensor<f32>) -> tensor<2x1x1x8xf32>
  %m = graph.add %b, %f : (tensor<8x8xf32>, tensor<2x1x1x8xf32>) -> tensor<2x1x8x8xf32>
  %r = graph.sdpa %x, %x, %x mask %m : tensor<2x1x8x8xf32> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %r : tensor<2x3x8x4xf32>
}
}
