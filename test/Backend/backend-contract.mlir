// RUN: buddy-opt %s --buddy-backend-contract | FileCheck %s
// RUN: %mlir-opt %s -o /dev/null

// Everything that the midend may hand over, once. The contract looks and changes nothing.

// CHECK: memref.global "private" constant @table
// CHECK: func.func @forward
// CHECK: func.func private @subgraph0
module attributes {buddy.signature = {
    inputs = [{name = "x", type = tensor<16x32xf32>}, {name = "mask", type = tensor<16xi1>},
              {name = "ids", type = tensor<16xi64>}],
    outputs = [{name = "output0", type = tensor<16x32xf32>}]}} {
  memref.global "private" constant @table : memref<32xf32> = dense<0.5>
  func.func @forward(%params: memref<64xf32>, %x: memref<16x32xf32>, %mask: memref<16xi8>,
                     %ids: memref<16xi64>, %out: memref<16x32xf32>, %workspace: memref<2048xi8>) {
    %c0 = arith.constant 0 : index
    %weights = memref.subview %params[32] [32] [1] : memref<64xf32> to memref<32xf32, strided<[1], offset: 32>>
    %temporary = memref.view %workspace[%c0][] : memref<2048xi8> to memref<16x32xf32>
    affine.for %i = 0 to 32 {
      %w = affine.load %weights[%i] : memref<32xf32, strided<[1], offset: 32>>
      affine.store %w, %temporary[0, %i] : memref<16x32xf32>
    }
    memref.prefetch %params[%c0], read, locality<3>, data : memref<64xf32>
    call @subgraph0(%x, %mask, %temporary, %out) : (memref<16x32xf32>, memref<16xi8>, memref<16x32xf32>, memref<16x32xf32>) -> ()
    return
  }
  func.func private @subgraph0(%x: memref<16x32xf32>, %mask: memref<16xi8>,
                               %temporary: memref<16x32xf32>, %out: memref<16x32xf32>) {
    %c0 = arith.constant 0 : index
    %d = arith.constant 1.0 : f64
    %e = math.exp %d : f64
    %c1 = index.constant 1
    %c16 = arith.constant 16 : index
    %undefined = ub.poison : f32
    %row = memref.alloca() : memref<32xf32>
    omp.parallel {
      %once = memref.alloca() : memref<32xf32>
      omp.wsloop {
        omp.loop_nest (%i) : index = (%c0) to (%c16) step (%c1) {
          memref.alloca_scope {
            %each = memref.alloca() : memref<32xf32>
            %byte = memref.load %mask[%i] : memref<16xi8>
            %keep = arith.trunci %byte : i8 to i1
            scf.if %keep {
              %v = vector.load %x[%i, %c0] : memref<16x32xf32>, vector<32xf32>
              %s = math.sqrt %v : vector<32xf32>
              vector.store %s, %out[%i, %c0] : memref<16x32xf32>, vector<32xf32>
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
