// RUN: buddy-opt %s --buddy-midend-contract -o /dev/null

func.func @forward(%params: memref<64xi8>, %x: memref<16xf32>, %out: memref<16xf32>, %workspace: memref<64xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c1) step (%c1) {
        memref.alloca_scope {
          %0 = vector.load %x[%i] : memref<16xf32>, vector<16xf32>
          %1 = math.sqrt %0 : vector<16xf32>
          %2 = math.fma %1, %0, %0 : vector<16xf32>
          vector.store %2, %out[%i] : memref<16xf32>, vector<16xf32>
        }
        omp.yield
      }
    }
    omp.terminator
  }
  affine.for %i = 0 to 16 {
    %0 = affine.load %x[%i] : memref<16xf32>
    affine.store %0, %out[%i] : memref<16xf32>
  }
  return
}
