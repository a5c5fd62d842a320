// RUN: buddy-opt %s --buddy-buffer-contract -o /dev/null

func.func @forward(%params: memref<64xi8>, %x: memref<5xf32>, %mask: memref<5xi8>, %out: memref<5xf32>, %workspace: memref<64xi8>) {
  %c0 = arith.constant 0 : index
  %0 = memref.view %workspace[%c0][] : memref<64xi8> to memref<5xf32>
  %1 = memref.alloca() : memref<4xf32>
  %2 = arith.constant dense<true> : vector<5xi1>
  memref.copy %x, %out : memref<5xf32> to memref<5xf32>
  return
}
