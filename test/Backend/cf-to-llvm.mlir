// RUN: buddy-opt %s --buddy-stage-cf-to-llvm | FileCheck %s

// Loops inside an OpenMP region become blocks of the region; OpenMP's own loop stays.
// CHECK-LABEL: func.func @loops
// CHECK: omp.parallel
// CHECK: omp.loop_nest
// CHECK: llvm.br ^bb1(
// CHECK: llvm.cond_br
// CHECK: llvm.br ^bb1(
// CHECK: omp.yield
// CHECK-NOT: {{(scf|cf)\.}}
func.func @loops(%n: i64, %flag: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant dense<0.0> : vector<8xf32>
  omp.parallel {
    omp.wsloop {
      omp.loop_nest (%i) : index = (%c0) to (%c8) step (%c1) {
        %sum = scf.for %k = %c0 to %c8 step %c1 iter_args(%acc = %zero) -> vector<8xf32> {
          %next = scf.if %flag -> vector<8xf32> {
            %s = arith.addf %acc, %acc : vector<8xf32>
            scf.yield %s : vector<8xf32>
          } else {
            scf.yield %acc : vector<8xf32>
          }
          scf.yield %next : vector<8xf32>
        }
        omp.yield
      }
    }
    omp.terminator
  }
  return
}
