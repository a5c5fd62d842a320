// RUN: buddy-opt %s --buddy-approximate-math --canonicalize | FileCheck %s

// Nothing is left that LLVM would make a call of libm.

// CHECK-NOT: math.{{(exp|tanh|log|sin|cos|powf|rsqrt|erf)}}

// A polynomial of degree 6, the exponent added as an integer, 0 and infinity where they are the result.
// What is below the normal numbers is computed 2^32 times as large and scaled down.
// CHECK-LABEL: func.func @exp
// CHECK-COUNT-9: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: arith.addi
// CHECK: arith.shli
// CHECK: arith.mulf
// CHECK-COUNT-2: arith.select
// CHECK-NEXT: return
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// Not where it makes no difference: in attention, which says so, and where 1 is added.
// CHECK-LABEL: func.func @flushed
// CHECK-NOT: arith.mulf
// CHECK: return
func.func @flushed(%x: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>) {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %0 = math.exp %x fastmath<afn> : vector<16xf32>
  %1 = math.exp %0 : vector<16xf32>
  %2 = arith.addf %1, %one : vector<16xf32>
  return %0, %2 : vector<16xf32>, vector<16xf32>
}

// The logarithm of a number below the normal ones is that of 2^24 times it, less 24 ln 2.
// CHECK-LABEL: func.func @log
// CHECK-DAG: arith.constant dense<-16.6355324> : vector<16xf32>
// CHECK: %[[SMALL:.*]] = arith.cmpf olt, %arg0
// CHECK: arith.select %[[SMALL]]
// CHECK: arith.mulf %arg0
func.func @log(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.log %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// CHECK-LABEL: func.func @scalar
// CHECK: math.fma {{.*}} : f32
func.func @scalar(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  %1 = math.log %0 : f32
  %2 = math.erf %1 : f32
  return %2 : f32
}

// CHECK-LABEL: func.func @rsqrt
// CHECK: math.sqrt
// CHECK: arith.divf
func.func @rsqrt(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.rsqrt %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// In double precision, rounded once.
// CHECK-LABEL: func.func @trigonometry
// CHECK: arith.extf {{.*}} : vector<16xf32> to vector<16xf64>
// CHECK: math.floor
// CHECK: math.fma {{.*}} : vector<16xf64>
// CHECK: arith.truncf {{.*}} : vector<16xf64> to vector<16xf32>
// CHECK-LABEL: func.func @others
// CHECK: arith.truncf {{.*}} : vector<8xf64> to vector<8xf32>
// CHECK-LABEL: func.func @distributions
// CHECK-NOT: f64
// CHECK: math.copysign {{.*}} : vector<8xf32>
// CHECK: math.copysign {{.*}} : f32
// CHECK: return
func.func @trigonometry(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.sin %x : vector<16xf32>
  %1 = math.cos %0 : vector<16xf32>
  return %1 : vector<16xf32>
}
func.func @others(%x: vector<8xf32>, %y: vector<8xf32>) -> vector<8xf32> {
  %0 = math.powf %x, %y : vector<8xf32>
  return %0 : vector<8xf32>
}

// Polynomials in single precision and exp's, the sign last.
func.func @distributions(%x: vector<8xf32>, %z: f32) -> (vector<8xf32>, f32) {
  %0 = math.erf %x : vector<8xf32>
  %1 = math.tanh %z : f32
  return %0, %1 : vector<8xf32>, f32
}

// A power that is a product needs no logarithm.
// CHECK-LABEL: func.func @square
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: return
func.func @square(%x: vector<8xf32>) -> vector<8xf32> {
  %two = arith.constant dense<2.0> : vector<8xf32>
  %0 = math.powf %x, %two : vector<8xf32>
  return %0 : vector<8xf32>
}
