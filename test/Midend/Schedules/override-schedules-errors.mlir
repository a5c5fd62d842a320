// Each file below is refused: the message names it, the operation, the field, and what is allowed.

// RUN: split-file %s %t
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/no-op.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=NO-OP
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/unscheduled.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=UNSCHEDULED
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/kind.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/extent.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=EXTENT
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/loops.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=LOOPS
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/field.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=FIELD
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/number.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/object.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=OBJECT
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/loop.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=LOOP
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/zero.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/negative.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/divide.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=DIVIDE
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/reduction.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=REDUCTION
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/registers.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=REGISTERS
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/huge.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=HUGE
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/queries.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=QUERIES
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules="file=%t/several.json lanes=8 registers=16" 2>&1 | FileCheck %s --check-prefix=SEVERAL
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules=file=%t/none.json 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not buddy-opt %t/in.mlir --buddy-stage-tensor-optimization=schedule=%t/none.json 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not buddy-opt %t/in.mlir --buddy-override-schedules=file=%t/in.mlir 2>&1 | FileCheck %s --check-prefix=TEXT

// NO-OP: no-op.json: there is no operation 'f.contraction1' with a schedule; there are: f.contraction0, f.attention0
// UNSCHEDULED: unscheduled.json: there is no operation 'f.elementwise0' with a schedule
// KIND: kind.json: f.contraction0: kind: it is contraction in this program, not attention
// EXTENT: extent.json: f.contraction0: loops: they are row 5, column 8, k 600 in this program
// LOOPS: loops.json: f.contraction0: loops: they are row 5, column 8, k 600 in this program
// FIELD: field.json: f.contraction0: query_block: there is no such field; the fields are parallel, tile, k_block
// NUMBER: number.json: f.contraction0: k_block: must be a number
// OBJECT: object.json: f.contraction0: tile: must be an object of row, column, k
// LOOP: loop.json: f.contraction0: tile.lane: there is no such loop; the loops are row, column, k
// ZERO: zero.json: f.contraction0: k_block: 0 is not allowed, only 1 to 2147483648
// NEGATIVE: negative.json: f.contraction0: tile.row: -4 is not allowed, only 0 to 2147483648
// DIVIDE: divide.json: f.attention0: diagonal_block: diagonal_block 3 does not divide key_block 4
// REDUCTION: reduction.json: f.contraction0: parallel.k: loop 2 is a reduction and cannot be parallel
// REGISTERS: registers.json: f.attention0: tile: a tile of 16 x 17 elements is too large: what a tile holds is kept in registers, at most 256 elements (twice the 16 registers of 8)
// HUGE: huge.json: f.attention0: tile: a tile of 2147483648 x 2147483648 elements is too large
// QUERIES: queries.json: f.attention0: query_block: 257 is not allowed, only 1 to 256
// SEVERAL: several.json: f.attention0: key_block: 0 is not allowed
// SEVERAL: several.json: there is no operation 'g.x0'
// MISSING: cannot read the schedules in '{{.*}}none.json': No such file
// TEXT: in.mlir is not valid JSON

//--- no-op.json
{"version": 1, "schedules": [{"op": "f.contraction1", "schedule": {}}]}
//--- unscheduled.json
{"version": 1, "schedules": [{"op": "f.elementwise0", "schedule": {}}]}
//--- kind.json
{"version": 1, "schedules": [{"op": "f.contraction0", "kind": "attention", "schedule": {}}]}
//--- extent.json
{"version": 1, "schedules": [{"op": "f.contraction0", "loops": {"row": 5, "column": 9, "k": 600}, "schedule": {}}]}
//--- loops.json
{"version": 1, "schedules": [{"op": "f.contraction0", "loops": {"row": 5, "column": 8}, "schedule": {}}]}
//--- field.json
{"version": 1, "schedules": [{"op": "f.contraction0", "schedule": {"query_block": 8}}]}
//--- number.json
{"version": 1, "schedules": [{"op": "f.contraction0", "schedule": {"k_block": {"k": 8}}}]}
//--- object.json
{"version": 1, "schedules": [{"op": "f.contraction0", "schedule": {"tile": 8}}]}
//--- loop.json
{"version": 1, "schedules": [{"op": "f.contraction0", "schedule": {"tile": {"lane": 8}}}]}
//--- zero.json
{"version": 1, "schedules": [{"op": "f.contraction0", "schedule": {"k_block": 0}}]}
//--- negative.json
{"version": 1, "schedules": [{"op": "f.contraction0", "schedule": {"tile": {"row": -4}}}]}
//--- divide.json
{"version": 1, "schedules": [{"op": "f.attention0", "schedule": {"diagonal_block": 3}}]}
//--- reduction.json
{"version": 1, "schedules": [{"op": "f.contraction0", "schedule": {"parallel": {"k": 60}}}]}
//--- registers.json
{"version": 1, "schedules": [{"op": "f.attention0", "schedule": {"tile": {"row": 16, "lane": 17}}}]}
//--- huge.json
{"version": 1, "schedules": [{"op": "f.attention0", "schedule": {"tile": {"row": 2147483648, "lane": 2147483648}}}]}
//--- queries.json
{"version": 1, "schedules": [{"op": "f.attention0", "schedule": {"query_block": 257}}]}
//--- several.json
{"version": 1, "schedules": [{"op": "f.attention0", "schedule": {"key_block": 0}}, {"op": "g.x0", "schedule": {}}]}
//--- in.mlir
func.func @f(%x: tensor<5x600xf32>, %w: tensor<600x8xf32>, %c: tensor<5x8xf32>, %q: tensor<1x2x16x8xf32>) -> (tensor<5x8xf32>, tensor<5x8xf32>, tensor<1x2x16x8xf32>) {
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
    iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<5x600xf32>, tensor<600x8xf32>) outs(%c : tensor<5x8xf32>)
    attrs = {buddy.schedule = {kind = "tile", parallel = array<i64: 0, 0, 0>, tile = array<i64: 4, 8, 0>, k_block = 256}} {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %s, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<5x8xf32>
  %3 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%0 : tensor<5x8xf32>) outs(%c : tensor<5x8xf32>) {
  ^bb0(%a: f32, %s: f32):
    %4 = arith.mulf %a, %a : f32
    linalg.yield %4 : f32
  } -> tensor<5x8xf32>
  %5 = attn.attention %q, %q, %q scale 0.5 causal empty_rows "zero" {buddy.schedule = {kind = "attention", query_block = 8, key_block = 4, tile = array<i64: 4, 8>}}
    : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %0, %3, %5 : tensor<5x8xf32>, tensor<5x8xf32>, tensor<1x2x16x8xf32>
}
