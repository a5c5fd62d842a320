// An f16 or bf16 is the f32 that it is; where numbers become one, they are rounded.
// RUN: buddy-opt %s --buddy-graph-to-tosa | FileCheck %s
// RUN: buddy-opt %s --buddy-graph-to-tosa | %mlir-opt --tosa-attach-target="profiles=pro_int,pro_fp extensions=bf16 level=8k" \
// RUN:   --tosa-validate="strict-op-spec-alignment" -o /dev/null

// CHECK-LABEL: func.func @round
// CHECK-SAME: %[[X:.*]]: tensor<2x3xf32>) -> tensor<3x2xf32>
// CHECK: %[[H:.*]] = tosa.cast %[[X]] : (tensor<2x3xf32>) -> tensor<2x3xf16>
// CHECK: %[[F:.*]] = tosa.cast %[[H]] : (tensor<2x3xf16>) -> tensor<2x3xf32>
// CHECK: %[[T:.*]] = tosa.transpose %[[F]]
// CHECK: %[[B:.*]] = tosa.cast %[[T]] : (tensor<3x2xf32>) -> tensor<3x2xbf16>
// CHECK: tosa.cast %[[B]] : (tensor<3x2xbf16>) -> tensor<3x2xf32>
func.func @round(%x: tensor<2x3xf32>) -> tensor<3x2xbf16> {
  %0 = graph.convert %x : tensor<2x3xf32> to tensor<2x3xf16>
  %1 = graph.permute %0 [1, 0] : tensor<2x3xf16> to tensor<3x2xf16>
  %2 = graph.convert %1 : tensor<3x2xf16> to tensor<3x2xbf16>
  return %2 : tensor<3x2xbf16>
}

// CHECK-LABEL: func.func @constants
// CHECK: "tosa.const"() <{values = dense<[1.000000e+00, 0.0999755859]> : tensor<2xf32>}>
// CHECK: "tosa.const"() <{values = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>}>
func.func @constants() -> (tensor<2xf16>, tensor<2xbf16>) {
  %0 = graph.constant dense<[1.0, 0.1]> : tensor<2xf16>
  %1 = graph.constant dense_resource<halves> : tensor<2xbf16>
  return %0, %1 : tensor<2xf16>, tensor<2xbf16>
}
{-# dialect_resources: { builtin: { halves: "0x02000000803F0040" } } #-}
