// RUN: buddy-opt %s --buddy-graph-observe | FileCheck %s

// Outputs come before the new values of states, which keep pointing to them. What is returned already is not
// returned twice; views, parameters, other dtypes, ops without a number and ops on the way to a value (another
// type, or a later op has the number) are left out; a part of a wide linear is the value of its own linear.
// CHECK: module
// CHECK-NOT: buddy.values
// CHECK-SAME: outputs = [{name = "output0", type = tensor<2x4xf32>}, {name = "value.exp", type = tensor<2x4xf32>}, {name = "value.linear_1", type = tensor<2x3xf32>}]
// CHECK-SAME: states = [{name = "keys"
module attributes {
  buddy.values = [{name = "exp", type = tensor<2x4xf32>}, {name = "sin", type = tensor<2x4xf32>}, {name = "view", type = tensor<8xf32>},
                  {name = "linear_1", type = tensor<2x3xf32>}, {name = "eq", type = tensor<2x4xi1>}, {name = "softmax", type = tensor<4x2xf32>}],
  buddy.signature = {inputs = [{name = "x", type = tensor<2x4xf32>}], outputs = [{name = "output0", type = tensor<2x4xf32>}],
                     states = [{name = "keys", type = tensor<2x4xf32>}]}} {
// CHECK: func.func @forward(%arg0: tensor<2x4xf32> {buddy.name = "x"}, %arg1: tensor<2x4xf32> {buddy.name = "keys", buddy.state = 3 : i64}) -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x3xf32>, tensor<2x4xf32>)
// CHECK: %[[EXP:.*]] = graph.exp %[[NEG:.*]] :
// CHECK: %[[SIN:.*]] = graph.sin
// CHECK: %[[PART:.*]] = graph.slice %{{.*}} dim 1 from 2 to 5
// CHECK: %[[NEW:.*]] = graph.add
// CHECK: return %[[SIN]], %[[EXP]], %[[PART]], %[[NEW]]
func.func @forward(%x: tensor<2x4xf32> {buddy.name = "x"}, %keys: tensor<2x4xf32> {buddy.name = "keys", buddy.state = 1 : i64}) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %0 = graph.neg %x : tensor<2x4xf32> loc("m.py":3:1)
  %1 = graph.exp %0 : tensor<2x4xf32> loc("exp"("m.py":3:1))
  %2 = graph.sin %1 : tensor<2x4xf32> loc("m.py":4:2)
  %3 = graph.reshape %2 : tensor<2x4xf32> to tensor<8xf32> loc("m.py":5:3)
  %w = graph.param "w" : tensor<5x4xf32> loc("m.py":6:4)
  %4 = graph.linear %x, %w : (tensor<2x4xf32>, tensor<5x4xf32>) -> tensor<2x5xf32> loc(fused["m.py":5:0, "m.py":6:0])
  %5 = graph.slice %4 dim 1 from 2 to 5 step 1 : tensor<2x5xf32> to tensor<2x3xf32> loc("m.py":6:4)
  %6 = graph.eq %x, %1 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xi1> loc("m.py":7:5)
  %7 = graph.cos %x : tensor<2x4xf32> loc("m.py":8:6)
  %8 = graph.add %keys, %x : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32> loc("m.py":9:0)
  return %2, %8 : tensor<2x4xf32>, tensor<2x4xf32>
}
}
