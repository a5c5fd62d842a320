// RUN: buddy-opt %s --buddy-graph-partition --buddy-graph-contract --split-input-file | FileCheck %s

// Unused inputs stay in @forward's signature; parameters come by first use, joined ones as one.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%[[X:.*]]: tensor<5x4xf32> {buddy.name = "x"}, %{{.*}}: tensor<3xi64> {buddy.name = "unused"}) -> (tensor<5x8xf32> {buddy.name = "output0"})
// CHECK-NEXT: %[[Q:.*]] = graph.param "q.weight"
// CHECK-NEXT: %[[K:.*]] = graph.param "k.weight"
// CHECK-NEXT: %[[W:.*]] = graph.cat %[[Q]], %[[K]] dim 0
// CHECK-NEXT: %[[R:.*]] = call @subgraph0(%[[X]], %[[W]])
// CHECK-NEXT: return %[[R]]
// CHECK-LABEL: func.func private @subgraph0
// CHECK-SAME: (%[[X:.*]]: tensor<5x4xf32> {buddy.name = "x"}, %[[W:.*]]: tensor<8x4xf32> {buddy.name = "q.weight+k.weight"})
// CHECK: graph.constant
// CHECK: graph.linear %[[X]], %[[W]]
func.func @forward(%x: tensor<5x4xf32> {buddy.name = "x"}, %u: tensor<3xi64> {buddy.name = "unused"}) -> (tensor<5x8xf32> {buddy.name = "output0"}) {
  %q = graph.param "q.weight" : tensor<6x4xf32>
  %k = graph.param "k.weight" : tensor<2x4xf32>
  %dead = graph.param "dead" : tensor<2x4xf32>
  %w = graph.cat %q, %k dim 0 : (tensor<6x4xf32>, tensor<2x4xf32>) -> tensor<8x4xf32>
  %c = graph.constant dense<2.0> : tensor<5x8xf32>
  %y = graph.linear %x, %w : (tensor<5x4xf32>, tensor<8x4xf32>) -> tensor<5x8xf32>
  %z = graph.mul %y, %c : (tensor<5x8xf32>, tensor<5x8xf32>) -> tensor<5x8xf32>
  return %z : tensor<5x8xf32>
}

// -----

// Results that are an input, a parameter, or the same value twice go through @subgraph0 as well.
// CHECK-LABEL: func.func @forward
// CHECK: %[[B:.*]] = graph.param "b"
// CHECK-NEXT: %[[R:.*]]:3 = call @subgraph0(%arg0, %[[B]])
// CHECK-NEXT: return %[[R]]#0, %[[R]]#1, %[[R]]#2
// CHECK-LABEL: func.func private @subgraph0
// CHECK-NEXT: return %arg0, %arg1, %arg0
func.func @forward(%x: tensor<5x4xf32>) -> (tensor<5x4xf32>, tensor<4xf32>, tensor<5x4xf32>) {
  %b = graph.param "b" : tensor<4xf32>
  return %x, %b, %x : tensor<5x4xf32>, tensor<4xf32>, tensor<5x4xf32>
}

// -----

// A parameter that is rearranged is rearranged where it is used: the package only joins.
// CHECK-LABEL: func.func @forward
// CHECK-NEXT: graph.param
// CHECK-NEXT: call
// CHECK-LABEL: func.func private @subgraph0
// CHECK-SAME: {buddy.name = "w"}
// CHECK-NEXT: graph.permute
func.func @forward(%x: tensor<5x4xf32>) -> tensor<5x6xf32> {
  %w = graph.param "w" : tensor<6x4xf32>
  %t = graph.permute %w [1, 0] : tensor<6x4xf32> to tensor<4x6xf32>
  %y = graph.matmul %x, %t : (tensor<5x4xf32>, tensor<4x6xf32>) -> tensor<5x6xf32>
  return %y : tensor<5x6xf32>
}

// -----

// Layers that are equal but for their parameters become one subgraph, with what is before and after
// them in others. What no parameter enters is shared: it is computed in the first.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%[[X:.*]]: tensor<5x4xf32> {buddy.name = "x"}, %[[M:.*]]: tensor<4xi64>
// CHECK: %[[S:.*]]:2 = call @subgraph0(%[[X]], %[[M]], %{{.*}})
// CHECK-NEXT: %[[W0:.*]] = graph.param "layers.0.up.weight"
// CHECK-NEXT: %[[L0:.*]] = call @subgraph1(%[[S]]#1, %[[S]]#0, %[[W0]])
// CHECK-NEXT: %[[W1:.*]] = graph.param "layers.1.up.weight"
// CHECK-NEXT: %[[L1:.*]] = call @subgraph1(%[[L0]], %[[S]]#0, %[[W1]])
// CHECK-NEXT: %[[W2:.*]] = graph.param "layers.2.up.weight"
// CHECK-NEXT: %[[L2:.*]] = call @subgraph1(%[[L1]], %[[S]]#0, %[[W2]])
// CHECK: %[[R:.*]]:2 = call @subgraph2(%[[X]], %[[L2]], %{{.*}})
// CHECK-NEXT: return %[[R]]#0, %[[L1]], %[[R]]#1
// CHECK-LABEL: func.func private @subgraph0
// CHECK: graph.convert
// CHECK: graph.linear
// CHECK-LABEL: func.func private @subgraph1
// CHECK-SAME: (%[[H:.*]]: tensor<5x4xf32>, %[[F:.*]]: tensor<4xf32>, %[[W:.*]]: tensor<4x4xf32> {buddy.name = "layers.*.up.weight"}) -> tensor<5x4xf32>
// CHECK-NEXT: graph.constant
// CHECK-NEXT: graph.linear %[[H]], %[[W]]
// CHECK-NEXT: graph.mul
// CHECK-NEXT: graph.add
// CHECK-NEXT: graph.add
// CHECK-NEXT: return
// CHECK-LABEL: func.func private @subgraph2
// CHECK-NEXT: graph.linear
// CHECK-NEXT: return
func.func @forward(%x: tensor<5x4xf32> {buddy.name = "x"}, %m: tensor<4xi64>) -> (tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>) {
  %first = graph.param "first.weight" : tensor<4x4xf32>
  %last = graph.param "last.weight" : tensor<4x4xf32>
  %w0 = graph.param "layers.0.up.weight" : tensor<4x4xf32>
  %w1 = graph.param "layers.1.up.weight" : tensor<4x4xf32>
  %w2 = graph.param "layers.2.up.weight" : tensor<4x4xf32>
  %c = graph.constant dense<2.0> : tensor<f32>
  %h = graph.linear %x, %first : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %a0 = graph.linear %h, %w0 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %b0 = graph.mul %a0, %c : (tensor<5x4xf32>, tensor<f32>) -> tensor<5x4xf32>
  %f = graph.convert %m : tensor<4xi64> to tensor<4xf32>
  %d0 = graph.add %b0, %f : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
  %h0 = graph.add %h, %d0 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
  %a1 = graph.linear %h0, %w1 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %b1 = graph.mul %a1, %c : (tensor<5x4xf32>, tensor<f32>) -> tensor<5x4xf32>
  %d1 = graph.add %b1, %f : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
  %h1 = graph.add %h0, %d1 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
  %a2 = graph.linear %h1, %w2 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %b2 = graph.mul %a2, %c : (tensor<5x4xf32>, tensor<f32>) -> tensor<5x4xf32>
  %d2 = graph.add %b2, %f : (tensor<5x4xf32>, tensor<4xf32>) -> tensor<5x4xf32>
  %h2 = graph.add %h1, %d2 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
  %r = graph.linear %h2, %last : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  return %r, %h1, %x : tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>
}

// -----

// Equal ops that do not work on each other's results (three projections of one input) are no layers,
// nor are layers that differ in a constant, or of which one reads another value of the one before.
// CHECK-LABEL: func.func @forward
// CHECK-COUNT-1: call @subgraph0
// CHECK-NOT: call
// CHECK-LABEL: func.func private @subgraph0
func.func @forward(%x: tensor<5x4xf32>, %y: tensor<5x4xf32>) -> (tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>) {
  %w0 = graph.param "a" : tensor<4x4xf32>
  %w1 = graph.param "b" : tensor<4x4xf32>
  %w2 = graph.param "c" : tensor<4x4xf32>
  %c0 = graph.constant dense<1.5> : tensor<f32>
  %c1 = graph.constant dense<2.5> : tensor<f32>
  %q = graph.linear %x, %w0 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %k = graph.linear %x, %w1 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %v = graph.linear %x, %w2 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %s = graph.sub %q, %k : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
  %l0 = graph.linear %s, %w0 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %m0 = graph.mul %l0, %c0 : (tensor<5x4xf32>, tensor<f32>) -> tensor<5x4xf32>
  %l1 = graph.linear %m0, %w0 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %m1 = graph.mul %l1, %c1 : (tensor<5x4xf32>, tensor<f32>) -> tensor<5x4xf32>
  %a0 = graph.linear %m1, %w1 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %b0 = graph.add %a0, %m1 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
  %a1 = graph.linear %b0, %w1 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %b1 = graph.add %a1, %a1 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
  return %v, %b1, %s : tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>
}

// -----

// A model that ends with its layers has no subgraph behind them. Joined parameters are named part by
// part.
// CHECK-LABEL: func.func @forward
// CHECK: %[[H0:.*]] = call @subgraph0(%arg0,
// CHECK: %[[H1:.*]] = call @subgraph0(%[[H0]],
// CHECK-NEXT: return %[[H1]], %[[H0]]
// CHECK-LABEL: func.func private @subgraph0
// CHECK-SAME: {buddy.name = "layers.*.q.weight+layers.*.k.weight"}
// CHECK-NOT: func.func
func.func @forward(%x: tensor<5x4xf32> {buddy.name = "x"}) -> (tensor<5x4xf32>, tensor<5x4xf32>) {
  %q0 = graph.param "layers.0.q.weight" : tensor<3x4xf32>
  %k0 = graph.param "layers.0.k.weight" : tensor<1x4xf32>
  %w0 = graph.cat %q0, %k0 dim 0 : (tensor<3x4xf32>, tensor<1x4xf32>) -> tensor<4x4xf32>
  %q1 = graph.param "layers.1.q.weight" : tensor<3x4xf32>
  %k1 = graph.param "layers.1.k.weight" : tensor<1x4xf32>
  %w1 = graph.cat %q1, %k1 dim 0 : (tensor<3x4xf32>, tensor<1x4xf32>) -> tensor<4x4xf32>
  %a0 = graph.linear %x, %w0 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %h0 = graph.add %x, %a0 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
  %a1 = graph.linear %h0, %w1 : (tensor<5x4xf32>, tensor<4x4xf32>) -> tensor<5x4xf32>
  %h1 = graph.add %h0, %a1 : (tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x4xf32>
  return %h1, %h0 : tensor<5x4xf32>, tensor<5x4xf32>
}
