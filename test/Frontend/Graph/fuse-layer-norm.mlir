// RUN: buddy-opt %s --buddy-graph-fuse-layer-norm --canonicalize | FileCheck %s

// CHECK-LABEL: @whole
// CHECK-SAME: (%[[X:.*]]: tensor<2x7x48xf32>, %[[W:.*]]: tensor<48xf32>, %[[B:.*]]: tensor<48xf32>)
// CHECK-NEXT: %[[N:.*]] = graph.layer_norm %[[X]] weight %[[W]] : tensor<48xf32> bias %[[B]] : tensor<48xf32> dims 1 epsilon 0.00{{.*}} centred_once : tensor<2x7x48xf32>
// CHECK-NEXT: return %[[N]]
func.func @whole(%x: tensor<2x7x48xf32>, %w: tensor<48xf32>, %b: tensor<48xf32>) -> tensor<2x7x48xf32> {
  %eps = graph.constant dense<1.000000e-03> : tensor<f32>
  %m = graph.mean %x [2] : tensor<2x7x48xf32> to tensor<2x7x1xf32>
  %c = graph.sub %x, %m : (tensor<2x7x48xf32>, tensor<2x7x1xf32>) -> tensor<2x7x48xf32>
  %q = graph.mul %c, %c : (tensor<2x7x48xf32>, tensor<2x7x48xf32>) -> tensor<2x7x48xf32>
  %v = graph.mean %q [2] : tensor<2x7x48xf32> to tensor<2x7x1xf32>
  %e = graph.add %v, %eps : (tensor<2x7x1xf32>, tensor<f32>) -> tensor<2x7x1xf32>
  %r = graph.rsqrt %e : tensor<2x7x1xf32>
  %n = graph.mul %r, %c : (tensor<2x7x1xf32>, tensor<2x7x48xf32>) -> tensor<2x7x48xf32>
  %s = graph.mul %w, %n : (tensor<48xf32>, tensor<2x7x48xf32>) -> tensor<2x7x48xf32>
  %y = graph.add %s, %b : (tensor<2x7x48xf32>, tensor<48xf32>) -> tensor<2x7x48xf32>
  return %y : tensor<2x7x48xf32>
}

// Over two dimensions, divided by the root, without weight.
// CHECK-LABEL: @quotient
// CHECK-NEXT: graph.layer_norm %{{.*}} dims 2 epsilon
// CHECK-NEXT: return
func.func @quotient(%x: tensor<2x7x48xf32>) -> tensor<2x7x48xf32> {
  %eps = graph.constant dense<1.000000e-03> : tensor<f32>
  %m = graph.mean %x [2, 1] : tensor<2x7x48xf32> to tensor<2x1x1xf32>
  %c = graph.sub %x, %m : (tensor<2x7x48xf32>, tensor<2x1x1xf32>) -> tensor<2x7x48xf32>
  %q = graph.mul %c, %c : (tensor<2x7x48xf32>, tensor<2x7x48xf32>) -> tensor<2x7x48xf32>
  %v = graph.mean %q [1, 2] : tensor<2x7x48xf32> to tensor<2x1x1xf32>
  %e = graph.add %eps, %v : (tensor<f32>, tensor<2x1x1xf32>) -> tensor<2x1x1xf32>
  %r = graph.sqrt %e : tensor<2x1x1xf32>
  %n = graph.div %c, %r : (tensor<2x7x48xf32>, tensor<2x1x1xf32>) -> tensor<2x7x48xf32>
  return %n : tensor<2x7x48xf32>
}

// Not centred: an RMS norm.
// CHECK-LABEL: @rms
// CHECK-NOT: graph.layer_norm
func.func @rms(%x: tensor<7x48xf32>) -> tensor<7x48xf32> {
  %eps = graph.constant dense<1.000000e-03> : tensor<f32>
  %q = graph.mul %x, %x : (tensor<7x48xf32>, tensor<7x48xf32>) -> tensor<7x48xf32>
  %v = graph.mean %q [1] : tensor<7x48xf32> to tensor<7x1xf32>
  %e = graph.add %v, %eps : (tensor<7x1xf32>, tensor<f32>) -> tensor<7x1xf32>
  %r = graph.rsqrt %e : tensor<7x1xf32>
  %n = graph.mul %x, %r : (tensor<7x48xf32>, tensor<7x1xf32>) -> tensor<7x48xf32>
  return %n : tensor<7x48xf32>
}

// The constant is added to the root, not under it.
// CHECK-LABEL: @outside
// CHECK-NOT: graph.layer_norm
func.func @outside(%x: tensor<7x48xf32>) -> tensor<7x48xf32> {
  %eps = graph.constant dense<1.000000e-03> : tensor<f32>
  %m = graph.mean %x [1] : tensor<7x48xf32> to tensor<7x1xf32>
  %c = graph.sub %x, %m : (tensor<7x48xf32>, tensor<7x1xf32>) -> tensor<7x48xf32>
  %q = graph.mul %c, %c : (tensor<7x48xf32>, tensor<7x48xf32>) -> tensor<7x48xf32>
  %v = graph.mean %q [1] : tensor<7x48xf32> to tensor<7x1xf32>
  %r = graph.sqrt %v : tensor<7x1xf32>
  %e = graph.add %r, %eps : (tensor<7x1xf32>, tensor<f32>) -> tensor<7x1xf32>
  %n = graph.div %c, %e : (tensor<7x48xf32>, tensor<7x1xf32>) -> tensor<7x48xf32>
  return %n : tensor<7x48xf32>
}

// The square matrix makes one dimension look like the other: the variance is of columns.
// CHECK-LABEL: @other_dimension
// CHECK-NOT: graph.layer_norm
func.func @other_dimension(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %eps = graph.constant dense<1.000000e-03> : tensor<f32>
  %m = graph.mean %x [1] : tensor<8x8xf32> to tensor<8x1xf32>
  %c = graph.sub %x, %m : (tensor<8x8xf32>, tensor<8x1xf32>) -> tensor<8x8xf32>
  %q = graph.mul %c, %c : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %v = graph.mean %q [0] : tensor<8x8xf32> to tensor<1x8xf32>
  %e = graph.add %v, %eps : (tensor<1x8xf32>, tensor<f32>) -> tensor<1x8xf32>
  %r = graph.rsqrt %e : tensor<1x8xf32>
  %n = graph.mul %c, %r : (tensor<8x8xf32>, tensor<1x8xf32>) -> tensor<8x8xf32>
  return %n : tensor<8x8xf32>
}

// Row means that became a row: they are subtracted from the wrong elements.
// CHECK-LABEL: @turned
// CHECK-NOT: graph.layer_norm
func.func @turned(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %eps = graph.constant dense<1.000000e-03> : tensor<f32>
  %m = graph.mean %x [1] : tensor<8x8xf32> to tensor<8x1xf32>
  %t = graph.reshape %m : tensor<8x1xf32> to tensor<1x8xf32>
  %c = graph.sub %x, %t : (tensor<8x8xf32>, tensor<1x8xf32>) -> tensor<8x8xf32>
  %q = graph.mul %c, %c : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %v = graph.mean %q [1] : tensor<8x8xf32> to tensor<8x1xf32>
  %e = graph.add %v, %eps : (tensor<8x1xf32>, tensor<f32>) -> tensor<8x1xf32>
  %r = graph.rsqrt %e : tensor<8x1xf32>
  %n = graph.mul %c, %r : (tensor<8x8xf32>, tensor<8x1xf32>) -> tensor<8x8xf32>
  return %n : tensor<8x8xf32>
}

// A weight for each row is no weight of the norm.
// CHECK-LABEL: @row_weight
// CHECK: graph.layer_norm %{{.*}} dims 1
// CHECK-NEXT: graph.mul
func.func @row_weight(%x: tensor<8x6xf32>, %w: tensor<8x1xf32>) -> tensor<8x6xf32> {
  %n = graph.layer_norm %x dims 1 epsilon 1.000000e-03 : tensor<8x6xf32>
  %y = graph.mul %n, %w : (tensor<8x6xf32>, tensor<8x1xf32>) -> tensor<8x6xf32>
  return %y : tensor<8x6xf32>
}
