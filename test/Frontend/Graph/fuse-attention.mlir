// RUN: buddy-opt %s --buddy-graph-fuse-attention --canonicalize --split-input-file | FileCheck %s

// sdpa with its causal flag; the default scale is computed in double.
// CHECK-LABEL: @sdpa_causal
// CHECK-NEXT: %[[R:.*]] = graph.attention %arg0, %arg1, %arg2 scale 0.088388347648318433 causal : (tensor<1x12x40x128xf32>, tensor<1x2x40x128xf32>, tensor<1x2x40x128xf32>) -> tensor<1x12x40x128xf32>
// CHECK-NEXT: return %[[R]]
func.func @sdpa_causal(%q: tensor<1x12x40x128xf32>, %k: tensor<1x2x40x128xf32>, %v: tensor<1x2x40x128xf32>) -> tensor<1x12x40x128xf32> {
  %0 = graph.sdpa %q, %k, %v {is_causal, enable_gqa} : (tensor<1x12x40x128xf32>, tensor<1x2x40x128xf32>, tensor<1x2x40x128xf32>) -> tensor<1x12x40x128xf32>
  return %0 : tensor<1x12x40x128xf32>
}

// -----

// tril(ones) & padding: the attribute and a [B, 1, 1, S] tensor.
// CHECK-LABEL: @sdpa_padding
// CHECK-NEXT: %[[M:.*]] = graph.convert %arg3 : tensor<2x8xi64> to tensor<2x8xi1>
// CHECK-NEXT: %[[K:.*]] = graph.reshape %[[M]] : tensor<2x8xi1> to tensor<2x1x1x8xi1>
// CHECK-NEXT: graph.attention %arg0, %arg1, %arg2 keep %[[K]] : tensor<2x1x1x8xi1> scale 5.000000e-01 causal :
func.func @sdpa_padding(%q: tensor<2x3x8x4xf32>, %k: tensor<2x3x8x4xf32>, %v: tensor<2x3x8x4xf32>, %mask: tensor<2x8xi64>) -> tensor<2x3x8x4xf32> {
  %ones = graph.constant dense<true> : tensor<8x8xi1>
  %tril = graph.tril %ones diagonal 0 : tensor<8x8xi1>
  %m = graph.convert %mask : tensor<2x8xi64> to tensor<2x8xi1>
  %m4 = graph.reshape %m : tensor<2x8xi1> to tensor<2x1x1x8xi1>
  %keep = graph.logical_and %tril, %m4 : (tensor<8x8xi1>, tensor<2x1x1x8xi1>) -> tensor<2x1x8x8xi1>
  %0 = graph.sdpa %q, %k, %v mask %keep : tensor<2x1x8x8xi1> : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %0 : tensor<2x3x8x4xf32>
}

// -----

// A mask and is_causal: both hold.
// CHECK-LABEL: @sdpa_mask_and_causal
// CHECK: graph.attention %arg0, %arg1, %arg2 keep %{{.*}} : tensor<1x1x8x8xi1> scale 2.000000e+00 causal :
func.func @sdpa_mask_and_causal(%q: tensor<2x3x8x4xf32>, %k: tensor<2x3x8x4xf32>, %v: tensor<2x3x8x4xf32>, %mask: tensor<8x8xi1>) -> tensor<2x3x8x4xf32> {
  %0 = graph.sdpa %q, %k, %v mask %mask : tensor<8x8xi1> {is_causal, scale = 2.0} : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %0 : tensor<2x3x8x4xf32>
}

// -----

// Rank 3 gets a batch of 1, rank 5 folds its leading sizes, and so does its mask.
// CHECK-LABEL: @sdpa_ranks
// CHECK: graph.reshape %arg0 : tensor<6x8x4xf32> to tensor<1x6x8x4xf32>
// CHECK: graph.attention {{.*}} keep %{{.*}} : tensor<1x6x1x8xi1> scale 5.000000e-01 : (tensor<1x6x8x4xf32>, tensor<1x6x8x4xf32>, tensor<1x6x8x4xf32>)
// CHECK-DAG: graph.reshape %arg2 : tensor<2x3x5x8x4xf32> to tensor<6x5x8x4xf32>
// CHECK-DAG: graph.expand %arg3 : tensor<2x1x1x8x8xf32> to tensor<2x3x1x8x8xf32>
// CHECK-DAG: graph.reshape %{{.*}} : tensor<2x3x1x8x8xf32> to tensor<6x1x8x8xf32>
// CHECK: graph.attention {{.*}} bias %{{.*}} : tensor<6x1x8x8xf32> scale
func.func @sdpa_ranks(%a: tensor<6x8x4xf32>, %m: tensor<6x1x8xi1>, %b: tensor<2x3x5x8x4xf32>, %n: tensor<2x1x1x8x8xf32>) -> (tensor<6x8x4xf32>, tensor<2x3x5x8x4xf32>) {
  %0 = graph.sdpa %a, %a, %a mask %m : tensor<6x1x8xi1> : (tensor<6x8x4xf32>, tensor<6x8x4xf32>, tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
  %1 = graph.sdpa %b, %b, %b mask %n : tensor<2x1x1x8x8xf32> : (tensor<2x3x5x8x4xf32>, tensor<2x3x5x8x4xf32>, tensor<2x3x5x8x4xf32>) -> tensor<2x3x5x8x4xf32>
  return %0, %1 : tensor<6x8x4xf32>, tensor<2x3x5x8x4xf32>
}

// -----

// Spelled out, with the division and a finite padding mask: a bias.
// CHECK-LABEL: @spelled
// CHECK: %[[B:.*]] = graph.mul %arg3
// CHECK-NEXT: %[[R:.*]] = graph.attention %arg0, %arg1, %arg2 bias %[[B]] : tensor<2x1x1x8xf32> scale 5.000000e-01 {empty_rows = "nan"} :
// CHECK-NEXT: return %[[R]]
func.func @spelled(%q: tensor<2x3x8x4xf32>, %k: tensor<2x3x8x4xf32>, %v: tensor<2x3x8x4xf32>, %mask: tensor<2x1x1x8xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.permute %k [0, 1, 3, 2] : tensor<2x3x8x4xf32> to tensor<2x3x4x8xf32>
  %s = graph.matmul %q, %t : (tensor<2x3x8x4xf32>, tensor<2x3x4x8xf32>) -> tensor<2x3x8x8xf32>
  %two = graph.constant dense<2.0> : tensor<f32>
  %d = graph.div %s, %two : (tensor<2x3x8x8xf32>, tensor<f32>) -> tensor<2x3x8x8xf32>
  %fill = graph.constant dense<-10000.0> : tensor<f32>
  %b = graph.mul %mask, %fill : (tensor<2x1x1x8xf32>, tensor<f32>) -> tensor<2x1x1x8xf32>
  %a = graph.add %d, %b : (tensor<2x3x8x8xf32>, tensor<2x1x1x8xf32>) -> tensor<2x3x8x8xf32>
  %p = graph.softmax %a dim 3 : tensor<2x3x8x8xf32>
  %o = graph.matmul %p, %v : (tensor<2x3x8x8xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %o : tensor<2x3x8x4xf32>
}

// -----

// The scale on q and on k, below views; k^T made by one permutation from [B, S, H, D]; softmax
// spelled out; keys and values repeated for grouped heads.
// CHECK-LABEL: @spelled_grouped
// CHECK-DAG: %[[Q:.*]] = graph.permute %arg0 [0, 2, 1, 3] : tensor<2x8x6x4xf32> to tensor<2x6x8x4xf32>
// CHECK-NOT: graph.expand
// CHECK: graph.attention %[[Q]], %arg1, %arg2 scale 2.500000e-01 : (tensor<2x6x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>)
// CHECK-NEXT: return
func.func @spelled_grouped(%q: tensor<2x8x6x4xf32>, %k: tensor<2x3x8x4xf32>, %v: tensor<2x3x8x4xf32>) -> tensor<2x6x8x4xf32> {
  %half = graph.constant dense<0.5> : tensor<f32>
  %q0 = graph.mul %q, %half : (tensor<2x8x6x4xf32>, tensor<f32>) -> tensor<2x8x6x4xf32>
  %q1 = graph.permute %q0 [0, 2, 1, 3] : tensor<2x8x6x4xf32> to tensor<2x6x8x4xf32>
  %k1 = graph.reshape %k : tensor<2x3x8x4xf32> to tensor<2x3x1x8x4xf32>
  %k2 = graph.expand %k1 : tensor<2x3x1x8x4xf32> to tensor<2x3x2x8x4xf32>
  %k3 = graph.reshape %k2 : tensor<2x3x2x8x4xf32> to tensor<2x6x8x4xf32>
  %v1 = graph.reshape %v : tensor<2x3x8x4xf32> to tensor<2x3x1x8x4xf32>
  %v2 = graph.expand %v1 : tensor<2x3x1x8x4xf32> to tensor<2x3x2x8x4xf32>
  %v3 = graph.reshape %v2 : tensor<2x3x2x8x4xf32> to tensor<2x6x8x4xf32>
  %t = graph.permute %k3 [0, 1, 3, 2] : tensor<2x6x8x4xf32> to tensor<2x6x4x8xf32>
  %t1 = graph.mul %t, %half : (tensor<2x6x4x8xf32>, tensor<f32>) -> tensor<2x6x4x8xf32>
  %s = graph.matmul %q1, %t1 : (tensor<2x6x8x4xf32>, tensor<2x6x4x8xf32>) -> tensor<2x6x8x8xf32>
  %m = graph.amax %s [3] : tensor<2x6x8x8xf32> to tensor<2x6x8x1xf32>
  %d = graph.sub %s, %m : (tensor<2x6x8x8xf32>, tensor<2x6x8x1xf32>) -> tensor<2x6x8x8xf32>
  %e = graph.exp %d : tensor<2x6x8x8xf32>
  %z = graph.sum %e [3] : tensor<2x6x8x8xf32> to tensor<2x6x8x1xf32>
  %p = graph.div %e, %z : (tensor<2x6x8x8xf32>, tensor<2x6x8x1xf32>) -> tensor<2x6x8x8xf32>
  %o = graph.matmul %p, %v3 : (tensor<2x6x8x8xf32>, tensor<2x6x8x4xf32>) -> tensor<2x6x8x4xf32>
  return %o : tensor<2x6x8x4xf32>
}

// -----

// bmm over [B * H, S, D], the mask added in [B, H, S, S]; excluded by -inf.
// CHECK-LABEL: @bmm
// CHECK: %[[K:.*]] = graph.logical_not %arg3
// CHECK: graph.attention {{.*}} keep %[[K]] : tensor<2x1x1x8xi1> scale 1.000000e+00 {empty_rows = "nan"} : (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>)
// CHECK-NEXT: graph.reshape %{{.*}} : tensor<2x3x8x4xf32> to tensor<6x8x4xf32>
func.func @bmm(%q: tensor<6x8x4xf32>, %k: tensor<6x8x4xf32>, %v: tensor<6x8x4xf32>, %pad: tensor<2x1x1x8xi1>) -> tensor<6x8x4xf32> {
  %t = graph.permute %k [0, 2, 1] : tensor<6x8x4xf32> to tensor<6x4x8xf32>
  %s = graph.matmul %q, %t : (tensor<6x8x4xf32>, tensor<6x4x8xf32>) -> tensor<6x8x8xf32>
  %s4 = graph.reshape %s : tensor<6x8x8xf32> to tensor<2x3x8x8xf32>
  %inf = graph.constant dense<0xFF800000> : tensor<f32>
  %w = graph.where %pad, %inf, %s4 : (tensor<2x1x1x8xi1>, tensor<f32>, tensor<2x3x8x8xf32>) -> tensor<2x3x8x8xf32>
  %s3 = graph.reshape %w : tensor<2x3x8x8xf32> to tensor<6x8x8xf32>
  %p = graph.softmax %s3 dim 2 : tensor<6x8x8xf32>
  %o = graph.matmul %p, %v : (tensor<6x8x8xf32>, tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
  return %o : tensor<6x8x4xf32>
}

// -----

// One key/value head for all, by broadcasting.
// CHECK-LABEL: @shared_heads
// CHECK: graph.attention %arg0, %arg1, %arg2 scale 1.000000e+00 : (tensor<2x3x8x4xf32>, tensor<2x1x8x4xf32>, tensor<2x1x8x4xf32>)
func.func @shared_heads(%q: tensor<2x3x8x4xf32>, %k: tensor<2x1x8x4xf32>, %v: tensor<2x1x8x4xf32>) -> tensor<2x3x8x4xf32> {
  %t = graph.permute %k [0, 1, 3, 2] : tensor<2x1x8x4xf32> to tensor<2x1x4x8xf32>
  %s = graph.matmul %q, %t : (tensor<2x3x8x4xf32>, tensor<2x1x4x8xf32>) -> tensor<2x3x8x8xf32>
  %p = graph.softmax %s dim 3 : tensor<2x3x8x8xf32>
  %o = graph.matmul %p, %v : (tensor<2x3x8x8xf32>, tensor<2x1x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %o : tensor<2x3x8x4xf32>
}

// -----

// The weights are a result too: nothing to fuse.
// CHECK-LABEL: @weights_are_used
// CHECK-NOT: graph.attention
func.func @weights_are_used(%q: tensor<2x3x8x4xf32>, %t: tensor<2x3x4x8xf32>, %v: tensor<2x3x8x4xf32>) -> (tensor<2x3x8x4xf32>, tensor<2x3x8x8xf32>) {
  %s = graph.matmul %q, %t : (tensor<2x3x8x4xf32>, tensor<2x3x4x8xf32>) -> tensor<2x3x8x8xf32>
  %p = graph.softmax %s dim 3 : tensor<2x3x8x8xf32>
  %o = graph.matmul %p, %v : (tensor<2x3x8x8xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %o, %p : tensor<2x3x8x4xf32>, tensor<2x3x8x8xf32>
}

// -----

// softmax over the queries is something else; and so is a scale that differs by position.
// CHECK-LABEL: @not_attention
// CHECK-NOT: graph.attention
func.func @not_attention(%q: tensor<2x3x8x4xf32>, %t: tensor<2x3x4x8xf32>, %v: tensor<2x3x8x4xf32>, %c: tensor<8x8xf32>) -> (tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>) {
  %s = graph.matmul %q, %t : (tensor<2x3x8x4xf32>, tensor<2x3x4x8xf32>) -> tensor<2x3x8x8xf32>
  %p = graph.softmax %s dim 2 : tensor<2x3x8x8xf32>
  %o = graph.matmul %p, %v : (tensor<2x3x8x8xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  %s1 = graph.matmul %q, %t : (tensor<2x3x8x4xf32>, tensor<2x3x4x8xf32>) -> tensor<2x3x8x8xf32>
  %s2 = graph.mul %s1, %c : (tensor<2x3x8x8xf32>, tensor<8x8xf32>) -> tensor<2x3x8x8xf32>
  %p1 = graph.softmax %s2 dim 3 : tensor<2x3x8x8xf32>
  %o1 = graph.matmul %p1, %v : (tensor<2x3x8x8xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  return %o, %o1 : tensor<2x3x8x4xf32>, tensor<2x3x8x4xf32>
}

// -----

// A bias by head over [B * H, S, S], the mask over [B, H, S, S] (BLOOM).
// CHECK-LABEL: @two_ranks
// CHECK: %[[B:.*]] = graph.reshape %arg3 : tensor<6x1x8xf32> to tensor<2x3x1x8xf32>
// CHECK: graph.attention %{{.*}} keep %arg4 : tensor<2x1x1x8xi1> bias %[[B]] : tensor<2x3x1x8xf32> scale 1.000000e+00 {empty_rows = "nan"}
func.func @two_ranks(%q: tensor<6x8x4xf32>, %k: tensor<6x8x4xf32>, %v: tensor<6x8x4xf32>, %b: tensor<6x1x8xf32>, %keep: tensor<2x1x1x8xi1>) -> tensor<6x8x4xf32> {
  %t = graph.permute %k [0, 2, 1] : tensor<6x8x4xf32> to tensor<6x4x8xf32>
  %s = graph.matmul %q, %t : (tensor<6x8x4xf32>, tensor<6x4x8xf32>) -> tensor<6x8x8xf32>
  %a = graph.add %s, %b : (tensor<6x8x8xf32>, tensor<6x1x8xf32>) -> tensor<6x8x8xf32>
  %s4 = graph.reshape %a : tensor<6x8x8xf32> to tensor<2x3x8x8xf32>
  %inf = graph.constant dense<0xFF800000> : tensor<f32>
  %w = graph.where %keep, %s4, %inf : (tensor<2x1x1x8xi1>, tensor<2x3x8x8xf32>, tensor<f32>) -> tensor<2x3x8x8xf32>
  %p = graph.softmax %w dim 3 : tensor<2x3x8x8xf32>
  %p3 = graph.reshape %p : tensor<2x3x8x8xf32> to tensor<6x8x8xf32>
  %o = graph.matmul %p3, %v : (tensor<6x8x8xf32>, tensor<6x8x4xf32>) -> tensor<6x8x4xf32>
  return %o : tensor<6x8x4xf32>
}
