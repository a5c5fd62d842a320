// RUN: buddy-opt %s --buddy-stage-reconcile-casts | FileCheck %s

// CHECK-LABEL: llvm.func @forward
// CHECK-NOT: unrealized_conversion_cast
// CHECK-NOT: llvm.insertvalue
// CHECK: llvm.store %{{.*}}, %{{.*}} : f32, !llvm.ptr
module attributes {buddy.signature = {inputs = [], outputs = []}} {
  llvm.func @forward(%params: !llvm.ptr, %workspace: !llvm.ptr) {
    %0 = llvm.mlir.undef : !llvm.struct<(ptr, ptr)>
    %1 = llvm.insertvalue %params, %0[0] : !llvm.struct<(ptr, ptr)>
    %2 = llvm.insertvalue %workspace, %1[1] : !llvm.struct<(ptr, ptr)>
    %3 = builtin.unrealized_conversion_cast %2 : !llvm.struct<(ptr, ptr)> to memref<f32>
    %4 = builtin.unrealized_conversion_cast %3 : memref<f32> to !llvm.struct<(ptr, ptr)>
    %5 = llvm.extractvalue %4[1] : !llvm.struct<(ptr, ptr)>
    %6 = llvm.mlir.constant(1.0 : f32) : f32
    llvm.store %6, %5 : f32, !llvm.ptr
    llvm.return
  }
}
