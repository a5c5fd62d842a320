// One layer from the fused graph: calling convention, parameters, composites.
// RUN: buddy-opt %s --buddy-graph-to-tosa --canonicalize --cse --buddy-tosa-contract | FileCheck %s
// RUN: buddy-opt %s --buddy-graph-to-tosa --canonicalize --cse \
// RUN:   | %mlir-opt --tosa-validate="strict-op-spec-alignment" -o /dev/null

// Locations are those of the graph, so that later diagnostics point at Python.
// RUN: buddy-opt %s --buddy-graph-to-tosa --mlir-print-debuginfo --mlir-print-local-scope \
// RUN:   | FileCheck %s --check-prefix=LOC
// LOC: call @attention_0({{.*}} loc("attention_model.py":82:0)
// LOC: func.func private @attention_0
// LOC: tosa.exp {{.*}} loc("attention_model.py":82:0)

// CHECK: module attributes {buddy.parameters = {{.*}}, buddy.signature = {inputs = [{{.*}}, {name = "mask", type = tensor<1x6xi64>}]
module attributes {
  buddy.parameters = [{name = "q.weight", kind = "parameter", type = tensor<8x8xf32>},
                      {name = "unused", kind = "buffer", type = tensor<3xf32>},
                      {name = "k.weight", kind = "parameter", type = tensor<4x8xf32>},
                      {name = "o.weight", kind = "parameter", type = tensor<8x8xf32>}],
  buddy.signature = {inputs  = [{name = "x", type = tensor<1x6x8xf32>}, {name = "mask", type = tensor<1x6xi64>}],
                     outputs = [{name = "output0", type = tensor<1x6x8xf32>}]}} {
  // CHECK-LABEL: func.func @forward(
  // CHECK-SAME: %[[PARAMS:.*]]: tensor<163xf32>, %[[X:.*]]: tensor<1x6x8xf32> {buddy.name = "x"}, %[[MASK:.*]]: tensor<1x6xi64> {buddy.name = "mask"}) -> tensor<1x6x8xf32>
  // CHECK-DAG: %[[AT_0:.*]] = tosa.const_shape {values = dense<0> : tensor<1xindex>}
  // CHECK-DAG: %[[AT_67:.*]] = tosa.const_shape {values = dense<67> : tensor<1xindex>}
  // CHECK-DAG: %[[AT_99:.*]] = tosa.const_shape {values = dense<99> : tensor<1xindex>}
  // CHECK: %[[Q0:.*]] = tosa.slice %[[PARAMS]], %[[AT_0]]
  // CHECK: %[[Q:.*]] = tosa.reshape %[[Q0]], {{.*}} -> tensor<8x8xf32>
  // CHECK: %[[K0:.*]] = tosa.slice %[[PARAMS]], %[[AT_67]]
  // CHECK: %[[K:.*]] = tosa.reshape %[[K0]], {{.*}} -> tensor<4x8xf32>
  // CHECK: %[[O0:.*]] = tosa.slice %[[PARAMS]], %[[AT_99]]
  // CHECK: %[[O:.*]] = tosa.reshape %[[O0]], {{.*}} -> tensor<8x8xf32>
  // CHECK: %[[W:.*]] = tosa.concat %[[Q]], %[[K]] {axis = 0 : i32}
  // CHECK: %[[R:.*]] = call @subgraph0(%[[X]], %[[MASK]], %[[W]], %[[O]])
  // CHECK: return %[[R]]
  func.func @forward(%x: tensor<1x6x8xf32> {buddy.name = "x"},
                     %mask: tensor<1x6xi64> {buddy.name = "mask"}) -> tensor<1x6x8xf32> {
    %qw = graph.param "q.weight" : tensor<8x8xf32>
    %kw = graph.param "k.weight" : tensor<4x8xf32>
    %ow = graph.param "o.weight" : tensor<8x8xf32>
    %w = graph.cat %qw, %kw dim 0 : (tensor<8x8xf32>, tensor<4x8xf32>) -> tensor<12x8xf32>
    %r = call @subgraph0(%x, %mask, %w, %ow)
        : (tensor<1x6x8xf32>, tensor<1x6xi64>, tensor<12x8xf32>, tensor<8x8xf32>) -> tensor<1x6x8xf32>
    return %r : tensor<1x6x8xf32>
  }

  // CHECK-LABEL: func.func private @subgraph0(
  // CHECK-SAME: tensor<1x6xi64>
  // CHECK: tosa.matmul
  // CHECK: %[[ROPED_Q:.*]] = call @rope_0({{.*}}) : (tensor<1x2x6x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>)
  // CHECK: %[[ROPED_K:.*]] = call @rope_1({{.*}}) : (tensor<1x1x6x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>)
  // CHECK: %[[KEEP:.*]] = tosa.reshape {{.*}} -> tensor<1x1x1x6xi1>
  // CHECK: %[[A:.*]] = call @attention_0(%[[ROPED_Q]], %[[ROPED_K]], {{.*}}, %[[KEEP]])
  // The second rope and attention of the same types and attributes share the first one's function.
  // CHECK: call @rope_0(%[[A]],
  // CHECK: call @attention_0(
  // CHECK: return
  func.func private @subgraph0(%x: tensor<1x6x8xf32>, %mask: tensor<1x6xi64>,
                               %w: tensor<12x8xf32>, %ow: tensor<8x8xf32>) -> tensor<1x6x8xf32> {
    %cos = graph.constant dense<0.5> : tensor<6x4xf32>
    %sin = graph.constant dense<0.25> : tensor<6x4xf32>
    %0 = graph.linear %x, %w : (tensor<1x6x8xf32>, tensor<12x8xf32>) -> tensor<1x6x12xf32>
    %q0 = graph.slice %0 dim 2 from 0 to 8 step 1 : tensor<1x6x12xf32> to tensor<1x6x8xf32>
    %k0 = graph.slice %0 dim 2 from 8 to 12 step 1 : tensor<1x6x12xf32> to tensor<1x6x4xf32>
    %q1 = graph.reshape %q0 : tensor<1x6x8xf32> to tensor<1x6x2x4xf32>
    %k1 = graph.reshape %k0 : tensor<1x6x4xf32> to tensor<1x6x1x4xf32>
    %q2 = graph.permute %q1 [0, 2, 1, 3] : tensor<1x6x2x4xf32> to tensor<1x2x6x4xf32>
    %k2 = graph.permute %k1 [0, 2, 1, 3] : tensor<1x6x1x4xf32> to tensor<1x1x6x4xf32>
    %q = graph.rope %q2, %cos, %sin
        : (tensor<1x2x6x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6x4xf32>
    %k = graph.rope %k2, %cos, %sin
        : (tensor<1x1x6x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) -> tensor<1x1x6x4xf32>
    %m = graph.convert %mask : tensor<1x6xi64> to tensor<1x6xi1>
    %keep = graph.reshape %m : tensor<1x6xi1> to tensor<1x1x1x6xi1>
    %a = graph.attention %q, %k, %k2 keep %keep : tensor<1x1x1x6xi1> scale 0.5 causal
        : (tensor<1x2x6x4xf32>, tensor<1x1x6x4xf32>, tensor<1x1x6x4xf32>) -> tensor<1x2x6x4xf32>
        loc("attention_model.py":82:0)
    %b = graph.rope %a, %sin, %cos
        : (tensor<1x2x6x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) -> tensor<1x2x6x4xf32>
    %c = graph.attention %b, %k2, %k keep %keep : tensor<1x1x1x6xi1> scale 0.5 causal
        : (tensor<1x2x6x4xf32>, tensor<1x1x6x4xf32>, tensor<1x1x6x4xf32>) -> tensor<1x2x6x4xf32>
    %d = graph.permute %c [0, 2, 1, 3] : tensor<1x2x6x4xf32> to tensor<1x6x2x4xf32>
    %e = graph.reshape %d : tensor<1x6x2x4xf32> to tensor<1x6x8xf32>
    %o = graph.linear %e, %ow : (tensor<1x6x8xf32>, tensor<8x8xf32>) -> tensor<1x6x8xf32>
    return %o : tensor<1x6x8xf32>
  }
  // CHECK-LABEL: func.func private @rope_0(
  // CHECK-SAME: attributes {buddy.composite = "rope"}
  // CHECK-LABEL: func.func private @rope_1(
  // CHECK-SAME: attributes {buddy.composite = "rope"}
  // CHECK-LABEL: func.func private @attention_0(
  // CHECK-SAME: attributes {buddy.attention = {bias = false, causal = true, empty_rows = "zero", keep = true, scale = 5.000000e-01 : f64}, buddy.composite = "attention"}
  // CHECK-NOT: func.func
}
