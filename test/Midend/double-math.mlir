// RUN: buddy-opt %s --buddy-approximate-math --canonicalize | FileCheck %s
// RUN: buddy-opt %s --buddy-approximate-math --buddy-midend-contract -o /dev/null

// Functions of f64 become calls of libm: they are left for LLVM.
// CHECK-LABEL: func.func @left
// CHECK: math.exp {{.*}} : vector<8xf64>
// CHECK: math.log {{.*}} : f64
// CHECK: math.sin {{.*}} : f64
// CHECK: math.cos {{.*}} : f64
// CHECK: math.tanh {{.*}} : f64
// CHECK: math.powf {{.*}} : f64
// CHECK-NOT: f32
func.func @left(%x: vector<8xf64>, %y: f64) -> (vector<8xf64>, f64) {
  %0 = math.exp %x : vector<8xf64>
  %1 = math.log %y : f64
  %2 = math.sin %1 : f64
  %3 = math.cos %2 : f64
  %4 = math.tanh %3 : f64
  %5 = math.powf %4, %y : f64
  return %0, %5 : vector<8xf64>, f64
}

// What LLVM has nothing for is made of exp, and no instruction is a call.
// CHECK-LABEL: func.func @erf
// CHECK-COUNT-13: math.fma {{.*}} : vector<8xf64>
// CHECK: math.exp {{.*}} : vector<8xf64>
// CHECK: math.copysign {{.*}} : vector<8xf64>
// CHECK-LABEL: func.func @roots
// CHECK: %[[ROOT:.*]] = math.sqrt {{.*}} : f64
// CHECK: arith.divf {{.*}}, %[[ROOT]] : f64
func.func @erf(%x: vector<8xf64>) -> vector<8xf64> {
  %0 = math.erf %x : vector<8xf64>
  return %0 : vector<8xf64>
}
func.func @roots(%x: f64) -> f64 {
  %0 = math.rsqrt %x : f64
  return %0 : f64
}
