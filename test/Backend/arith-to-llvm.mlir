// RUN: buddy-opt %s --buddy-stage-arith-to-llvm | FileCheck %s

// CHECK-LABEL: func.func @numbers
// CHECK-NOT: {{(arith|math|index|ub)\.}}
func.func @numbers(%a: f32, %v: vector<8xf32>, %i: index) -> (f32, vector<8xf32>, index) {
  // CHECK: llvm.mlir.constant(0xFF800000 : f32)
  %infinity = arith.constant 0xFF800000 : f32
  // CHECK: llvm.fcmp "oeq"
  %c = arith.cmpf oeq, %a, %infinity : f32
  // CHECK: llvm.select
  %s = arith.select %c, %a, %infinity : f32
  // CHECK: llvm.mlir.poison
  %p = ub.poison : vector<8xf32>
  // CHECK: llvm.intr.fma(%{{.*}}) : (vector<8xf32>, vector<8xf32>, vector<8xf32>) -> vector<8xf32>
  %f = math.fma %v, %v, %p : vector<8xf32>
  // CHECK: llvm.intr.sqrt
  %q = math.sqrt %f : vector<8xf32>
  // CHECK: llvm.add
  %n = index.add %i, %i
  // CHECK: return
  return %s, %q, %n : f32, vector<8xf32>, index
}
