// RUN: buddy-opt %s --buddy-stage-vector-to-llvm --buddy-stage-memref-expansion --buddy-stage-arith-to-llvm \
// RUN:   --buddy-stage-cf-to-llvm --buddy-stage-func-to-llvm --buddy-stage-reconcile-casts -o %t
// RUN: FileCheck %s < %t
// The result is read again, by our tool and by a stock one.
// RUN: buddy-opt %t --buddy-llvm-contract -o /dev/null
// RUN: %mlir-opt %t -o /dev/null

// The six stages on what the midend delivers: parameters cut by views, a workspace, constants, a
// tiled matmul and a row-wise kernel in OpenMP regions with scratch memory of their own.

// CHECK: llvm.mlir.global private constant @table(dense_resource<table> : tensor<64xf32>)
// CHECK-NOT: {{(func|memref|vector|arith|math|affine|scf|cf)\.}}
// CHECK: llvm.func @forward(%{{.*}}: !llvm.ptr {llvm.align = 64 : i64
// CHECK: llvm.call @subgraph0
// CHECK: llvm.func @subgraph0
// CHECK: omp.parallel
// CHECK: omp.wsloop
// CHECK: omp.loop_nest
// CHECK: llvm.intr.stacksave
// CHECK: llvm.intr.fma(
// CHECK: omp.parallel
// CHECK-NOT: @memrefCopy

module attributes {buddy.signature = {inputs = [{name = "x", type = tensor<16x32xf32>}, {name = "mask", type = tensor<64xi1>}], outputs = [{name = "output0", type = tensor<16x64xf32>}]}, buddy.workspace_bytes = 4096 : i64} {
  memref.global "private" constant @table : memref<64xf32> = dense_resource<table>
  memref.global "private" constant @half : memref<64xf32> = dense<5.000000e-01> {alignment = 64 : i64}
  func.func @forward(%arg0: memref<2112xf32>, %arg1: memref<16x32xf32>, %arg2: memref<64xi8>, %arg3: memref<16x64xf32>, %arg4: memref<4096xi8>) {
    %cst = arith.constant 5.000000e-01 : f32
    %c0 = arith.constant 0 : index
    %reinterpret_cast = memref.reinterpret_cast %arg0 to offset: [0], sizes: [2, 32, 32], strides: [1024, 32, 1] : memref<2112xf32> to memref<2x32x32xf32>
    %subview = memref.subview %arg0[2048] [64] [1] : memref<2112xf32> to memref<64xf32, strided<[1], offset: 2048>>
    %view = memref.view %arg4[%c0][] : memref<4096xi8> to memref<16x64xf32>
    call @subgraph0(%arg1, %arg2, %reinterpret_cast, %view) : (memref<16x32xf32>, memref<64xi8>, memref<2x32x32xf32>, memref<16x64xf32>) -> ()
    %0 = memref.get_global @table : memref<64xf32>
    affine.for %arg5 = 0 to 16 {
      affine.for %arg6 = 0 to 64 {
        %1 = affine.load %view[%arg5, %arg6] : memref<16x64xf32>
        %2 = affine.load %subview[%arg6] : memref<64xf32, strided<[1], offset: 2048>>
        %3 = affine.load %0[%arg6] : memref<64xf32>
        %4 = arith.addf %1, %2 : f32
        %5 = arith.addf %4, %3 : f32
        %6 = math.fma %5, %cst, %2 : f32
        affine.store %6, %arg3[%arg5, %arg6] : memref<16x64xf32>
      }
    }
    return
  }
  func.func private @subgraph0(%arg0: memref<16x32xf32>, %arg1: memref<64xi8>, %arg2: memref<2x32x32xf32>, %arg3: memref<16x64xf32>) {
    %cst = arith.constant dense<-8.000000e+00> : vector<64xf32>
    %cst_0 = arith.constant dense<0.000000e+00> : vector<64xf32>
    %cst_1 = arith.constant 0xFF800000 : f32
    %cst_2 = arith.constant dense<0xFF800000> : vector<64xf32>
    %cst_3 = arith.constant dense<0> : vector<64xi8>
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c8 = arith.constant 8 : index
    %c16 = arith.constant 16 : index
    %c32 = arith.constant 32 : index
    %c64 = arith.constant 64 : index
    %cst_4 = arith.constant dense<0.000000e+00> : vector<8x32xf32>
    %cst_5 = arith.constant 0.000000e+00 : f32
    omp.parallel {
      omp.wsloop {
        omp.loop_nest (%arg4, %arg5) : index = (%c0, %c0) to (%c2, %c16) step (%c1, %c8) collapse(2) {
          memref.alloca_scope  {
            %alloca = memref.alloca() {alignment = 64 : i64} : memref<8x32xf32>
            %0 = scf.for %arg6 = %c0 to %c32 step %c1 iter_args(%arg7 = %cst_4) -> (vector<8x32xf32>) {
              %2 = vector.transfer_read %arg2[%arg4, %arg6, %c0], %cst_5 {in_bounds = [true]} : memref<2x32x32xf32>, vector<32xf32>
              %subview_6 = memref.subview %arg0[%arg5, %arg6] [8, 1] [1, 1] : memref<16x32xf32> to memref<8x1xf32, strided<[32, 1], offset: ?>>
              %collapse_shape = memref.collapse_shape %subview_6 [[0, 1]] : memref<8x1xf32, strided<[32, 1], offset: ?>> into memref<8xf32, strided<[32], offset: ?>>
              %3 = vector.transfer_read %collapse_shape[%c0], %cst_5 {in_bounds = [true]} : memref<8xf32, strided<[32], offset: ?>>, vector<8xf32>
              %4 = vector.outerproduct %3, %2, %arg7 {kind = #vector.kind<add>} : vector<8xf32>, vector<32xf32>
              scf.yield %4 : vector<8x32xf32>
            }
            vector.transfer_write %0, %alloca[%c0, %c0] {in_bounds = [true, true]} : vector<8x32xf32>, memref<8x32xf32>
            %1 = arith.muli %arg4, %c32 : index
            %subview = memref.subview %arg3[%arg5, %1] [8, 32] [1, 1] : memref<16x64xf32> to memref<8x32xf32, strided<[64, 1], offset: ?>>
            memref.copy %alloca, %subview : memref<8x32xf32> to memref<8x32xf32, strided<[64, 1], offset: ?>>
          }
          omp.yield
        }
      }
      omp.terminator
    }
    omp.parallel {
      omp.wsloop {
        omp.loop_nest (%arg4) : index = (%c0) to (%c16) step (%c1) {
          memref.alloca_scope  {
            %alloca = memref.alloca() : memref<64xf32>
            %0 = vector.load %arg1[%c0] : memref<64xi8>, vector<64xi8>
            %1 = arith.cmpi ne, %0, %cst_3 : vector<64xi8>
            %2 = vector.load %arg3[%arg4, %c0] : memref<16x64xf32>, vector<64xf32>
            %3 = arith.select %1, %2, %cst_2 : vector<64xi1>, vector<64xf32>
            %4 = vector.reduction <maximumf>, %3 : vector<64xf32> into f32
            %5 = arith.cmpf oeq, %4, %cst_1 : f32
            scf.if %5 {
              vector.store %cst_0, %alloca[%c0] : memref<64xf32>, vector<64xf32>
            } else {
              %6 = vector.broadcast %4 : f32 to vector<64xf32>
              %7 = arith.subf %3, %6 : vector<64xf32>
              %8 = arith.maximumf %7, %cst : vector<64xf32>
              vector.store %8, %alloca[%c0] : memref<64xf32>, vector<64xf32>
            }
            scf.for %arg5 = %c0 to %c64 step %c1 {
              %6 = memref.load %alloca[%arg5] : memref<64xf32>
              memref.store %6, %arg3[%arg4, %arg5] : memref<16x64xf32>
            }
          }
          omp.yield
        }
      }
      omp.terminator
    }
    return
  }
}

{-#
  dialect_resources: {
    builtin: {
      table: "0x04000000000000000000803E0000003F0000403F0000803F0000A03F0000C03F0000E03F0000004000001040000020400000304000004040000050400000604000007040000080400000884000009040000098400000A0400000A8400000B0400000B8400000C0400000C8400000D0400000D8400000E0400000E8400000F0400000F84000000041000004410000084100000C4100001041000014410000184100001C4100002041000024410000284100002C4100003041000034410000384100003C4100004041000044410000484100004C4100005041000054410000584100005C4100006041000064410000684100006C4100007041000074410000784100007C41"
    }
  }
#-}

