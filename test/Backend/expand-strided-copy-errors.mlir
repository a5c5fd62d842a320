// RUN: buddy-opt %s --buddy-expand-strided-copy --verify-diagnostics

func.func @unranked(%a: memref<*xf32>, %b: memref<8xf32, strided<[2]>>) {
  // expected-error @+1 {{cannot be expanded to loops: the source and the target must be ranked memrefs}}
  memref.copy %a, %b : memref<*xf32> to memref<8xf32, strided<[2]>>
  return
}
