// RUN: buddy-opt %s --buddy-graph-fuse-rope | FileCheck %s

// CHECK-LABEL: @rope
// CHECK-SAME: (%[[X:.*]]: tensor<1x12x40x128xf32>, %[[COS:.*]]: tensor<40x128xf32>, %[[SIN:.*]]: tensor<40x128xf32>)
// CHECK-NEXT: %[[R:.*]] = graph.rope %[[X]], %[[COS]], %[[SIN]]
// CHECK-NEXT: return %[[R]]
func.func @rope(%x: tensor<1x12x40x128xf32>, %cos: tensor<40x128xf32>, %sin: tensor<40x128xf32>) -> tensor<1x12x40x128xf32> {
  %a = graph.mul %x, %cos : (tensor<1x12x40x128xf32>, tensor<40x128xf32>) -> tensor<1x12x40x128xf32>
  %hi = graph.slice %x dim 3 from 64 to 128 step 1 : tensor<1x12x40x128xf32> to tensor<1x12x40x64xf32>
  %n = graph.neg %hi : tensor<1x12x40x64xf32>
  %lo = graph.slice %x dim 3 from 0 to 64 step 1 : tensor<1x12x40x128xf32> to tensor<1x12x40x64xf32>
  %r = graph.cat %n, %lo dim 3 : (tensor<1x12x40x64xf32>, tensor<1x12x40x64xf32>) -> tensor<1x12x40x128xf32>
  %b = graph.mul %r, %sin : (tensor<1x12x40x128xf32>, tensor<40x128xf32>) -> tensor<1x12x40x128xf32>
  %y = graph.add %a, %b : (tensor<1x12x40x128xf32>, tensor<1x12x40x128xf32>) -> tensor<1x12x40x128xf32>
  return %y : tensor<1x12x40x128xf32>
}

// Everything the other way round, and tables that are expanded first.
// CHECK-LABEL: @commuted
// CHECK: %[[C:.*]] = graph.reshape
// CHECK: graph.rope %{{.*}}, %[[C]], %{{.*}} : (tensor<2x4x8x6xf32>, tensor<1x1x8x6xf32>, tensor<8x6xf32>)
// CHECK-NEXT: return
func.func @commuted(%x: tensor<2x4x8x6xf32>, %cos: tensor<8x6xf32>, %sin: tensor<8x6xf32>) -> tensor<2x4x8x6xf32> {
  %c0 = graph.reshape %cos : tensor<8x6xf32> to tensor<1x1x8x6xf32>
  %c = graph.expand %c0 : tensor<1x1x8x6xf32> to tensor<2x4x8x6xf32>
  %s = graph.expand %sin : tensor<8x6xf32> to tensor<2x4x8x6xf32>
  %n = graph.neg %x : tensor<2x4x8x6xf32>
  %hi = graph.slice %n dim 3 from 3 to 6 step 1 : tensor<2x4x8x6xf32> to tensor<2x4x8x3xf32>
  %lo = graph.slice %x dim 3 from 0 to 3 step 1 : tensor<2x4x8x6xf32> to tensor<2x4x8x3xf32>
  %r = graph.cat %hi, %lo dim 3 : (tensor<2x4x8x3xf32>, tensor<2x4x8x3xf32>) -> tensor<2x4x8x6xf32>
  %b = graph.mul %s, %r : (tensor<2x4x8x6xf32>, tensor<2x4x8x6xf32>) -> tensor<2x4x8x6xf32>
  %a = graph.mul %c, %x : (tensor<2x4x8x6xf32>, tensor<2x4x8x6xf32>) -> tensor<2x4x8x6xf32>
  %y = graph.add %b, %a : (tensor<2x4x8x6xf32>, tensor<2x4x8x6xf32>) -> tensor<2x4x8x6xf32>
  return %y : tensor<2x4x8x6xf32>
}

// Another tensor is rotated than the one that is multiplied with cos.
// CHECK-LABEL: @two_tensors
// CHECK-NOT: graph.rope
func.func @two_tensors(%x: tensor<8x6xf32>, %z: tensor<8x6xf32>, %cos: tensor<8x6xf32>, %sin: tensor<8x6xf32>) -> tensor<8x6xf32> {
  %hi = graph.slice %z dim 1 from 3 to 6 step 1 : tensor<8x6xf32> to tensor<8x3xf32>
  %n = graph.neg %hi : tensor<8x3xf32>
  %lo = graph.slice %z dim 1 from 0 to 3 step 1 : tensor<8x6xf32> to tensor<8x3xf32>
  %r = graph.cat %n, %lo dim 1 : (tensor<8x3xf32>, tensor<8x3xf32>) -> tensor<8x6xf32>
  %a = graph.mul %x, %cos : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  %b = graph.mul %r, %sin : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  %y = graph.add %a, %b : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  return %y : tensor<8x6xf32>
}

// The halves in the wrong order, and the sign on the wrong half.
// CHECK-LABEL: @wrong_halves
// CHECK-NOT: graph.rope
func.func @wrong_halves(%x: tensor<8x6xf32>, %cos: tensor<8x6xf32>, %sin: tensor<8x6xf32>) -> tensor<8x6xf32> {
  %hi = graph.slice %x dim 1 from 3 to 6 step 1 : tensor<8x6xf32> to tensor<8x3xf32>
  %lo = graph.slice %x dim 1 from 0 to 3 step 1 : tensor<8x6xf32> to tensor<8x3xf32>
  %n = graph.neg %lo : tensor<8x3xf32>
  %r = graph.cat %n, %hi dim 1 : (tensor<8x3xf32>, tensor<8x3xf32>) -> tensor<8x6xf32>
  %a = graph.mul %x, %cos : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  %b = graph.mul %r, %sin : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  %y = graph.add %a, %b : (tensor<8x6xf32>, tensor<8x6xf32>) -> tensor<8x6xf32>
  return %y : tensor<8x6xf32>
}

// Neighbours are rotated, cut with a step.
// CHECK-LABEL: @interleaved
// CHECK-NEXT: %[[R:.*]] = graph.rope %arg0, %arg1, %arg2 interleaved
// CHECK-NEXT: return %[[R]]
func.func @interleaved(%x: tensor<2x4x8x6xf32>, %cos: tensor<8x6xf32>, %sin: tensor<8x6xf32>) -> tensor<2x4x8x6xf32> {
  %a = graph.mul %x, %cos : (tensor<2x4x8x6xf32>, tensor<8x6xf32>) -> tensor<2x4x8x6xf32>
  %odd = graph.slice %x dim 3 from 1 to 6 step 2 : tensor<2x4x8x6xf32> to tensor<2x4x8x3xf32>
  %even = graph.slice %x dim 3 from 0 to 6 step 2 : tensor<2x4x8x6xf32> to tensor<2x4x8x3xf32>
  %n = graph.neg %odd : tensor<2x4x8x3xf32>
  %n1 = graph.reshape %n : tensor<2x4x8x3xf32> to tensor<2x4x8x3x1xf32>
  %e1 = graph.reshape %even : tensor<2x4x8x3xf32> to tensor<2x4x8x3x1xf32>
  %st = graph.cat %n1, %e1 dim 4 : (tensor<2x4x8x3x1xf32>, tensor<2x4x8x3x1xf32>) -> tensor<2x4x8x3x2xf32>
  %r = graph.reshape %st : tensor<2x4x8x3x2xf32> to tensor<2x4x8x6xf32>
  %b = graph.mul %r, %sin : (tensor<2x4x8x6xf32>, tensor<8x6xf32>) -> tensor<2x4x8x6xf32>
  %y = graph.add %a, %b : (tensor<2x4x8x6xf32>, tensor<2x4x8x6xf32>) -> tensor<2x4x8x6xf32>
  return %y : tensor<2x4x8x6xf32>
}

// The same, cut from pairs.
// CHECK-LABEL: @interleaved_pairs
// CHECK-NEXT: %[[R:.*]] = graph.rope %arg0, %arg1, %arg2 interleaved
// CHECK-NEXT: return %[[R]]
func.func @interleaved_pairs(%x: tensor<2x4x8x6xf32>, %cos: tensor<8x6xf32>, %sin: tensor<8x6xf32>) -> tensor<2x4x8x6xf32> {
  %a = graph.mul %x, %cos : (tensor<2x4x8x6xf32>, tensor<8x6xf32>) -> tensor<2x4x8x6xf32>
  %pairs = graph.reshape %x : tensor<2x4x8x6xf32> to tensor<2x4x8x3x2xf32>
  %o1 = graph.slice %pairs dim 4 from 1 to 2 step 1 : tensor<2x4x8x3x2xf32> to tensor<2x4x8x3x1xf32>
  %odd = graph.reshape %o1 : tensor<2x4x8x3x1xf32> to tensor<2x4x8x3xf32>
  %e0 = graph.slice %pairs dim 4 from 0 to 1 step 1 : tensor<2x4x8x3x2xf32> to tensor<2x4x8x3x1xf32>
  %even = graph.reshape %e0 : tensor<2x4x8x3x1xf32> to tensor<2x4x8x3xf32>
  %n = graph.neg %odd : tensor<2x4x8x3xf32>
  %n1 = graph.reshape %n : tensor<2x4x8x3xf32> to tensor<2x4x8x3x1xf32>
  %e1 = graph.reshape %even : tensor<2x4x8x3xf32> to tensor<2x4x8x3x1xf32>
  %st = graph.cat %n1, %e1 dim 4 : (tensor<2x4x8x3x1xf32>, tensor<2x4x8x3x1xf32>) -> tensor<2x4x8x3x2xf32>
  %r = graph.reshape %st : tensor<2x4x8x3x2xf32> to tensor<2x4x8x6xf32>
  %b = graph.mul %r, %sin : (tensor<2x4x8x6xf32>, tensor<8x6xf32>) -> tensor<2x4x8x6xf32>
  %y = graph.add %a, %b : (tensor<2x4x8x6xf32>, tensor<2x4x8x6xf32>) -> tensor<2x4x8x6xf32>
  return %y : tensor<2x4x8x6xf32>
}

// The sign on the wrong element.
// CHECK-LABEL: @wrong_pairs
// CHECK-NOT: graph.rope
func.func @wrong_pairs(%x: tensor<2x4x8x6xf32>, %cos: tensor<8x6xf32>, %sin: tensor<8x6xf32>) -> tensor<2x4x8x6xf32> {
  %a = graph.mul %x, %cos : (tensor<2x4x8x6xf32>, tensor<8x6xf32>) -> tensor<2x4x8x6xf32>
  %odd = graph.slice %x dim 3 from 1 to 6 step 2 : tensor<2x4x8x6xf32> to tensor<2x4x8x3xf32>
  %even = graph.slice %x dim 3 from 0 to 6 step 2 : tensor<2x4x8x6xf32> to tensor<2x4x8x3xf32>
  %n = graph.neg %even : tensor<2x4x8x3xf32>
  %n1 = graph.reshape %n : tensor<2x4x8x3xf32> to tensor<2x4x8x3x1xf32>
  %e1 = graph.reshape %odd : tensor<2x4x8x3xf32> to tensor<2x4x8x3x1xf32>
  %st = graph.cat %n1, %e1 dim 4 : (tensor<2x4x8x3x1xf32>, tensor<2x4x8x3x1xf32>) -> tensor<2x4x8x3x2xf32>
  %r = graph.reshape %st : tensor<2x4x8x3x2xf32> to tensor<2x4x8x6xf32>
  %b = graph.mul %r, %sin : (tensor<2x4x8x6xf32>, tensor<8x6xf32>) -> tensor<2x4x8x6xf32>
  %y = graph.add %a, %b : (tensor<2x4x8x6xf32>, tensor<2x4x8x6xf32>) -> tensor<2x4x8x6xf32>
  return %y : tensor<2x4x8x6xf32>
}
