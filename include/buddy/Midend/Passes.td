// The midend's passes. Pipelines.h says in which stage and order they run.

#ifndef BUDDY_MIDEND_PASSES
#define BUDDY_MIDEND_PASSES

include "mlir/Pass/PassBase.td"

def CompositesToAttnPass : Pass<"buddy-composites-to-attn", "::mlir::ModuleOp"> {
  let summary = "calls of composite functions become the ops they stand for";
  let description = [{
    `buddy.composite = "attention"` becomes `attn.attention`; "rope" becomes two rotations on the
    halves of the last dimension; "rms_norm" and "swiglu" become their bodies, which the fusions
    that follow make one or two loops of; "div", "mul" and "sqrt" become the operation of IEEE 754 that
    TOSA has no word for, "cumsum" a loop. The composite bodies are dropped when nothing calls them.

    ```mlir
    %0 = call @attention_0(%q, %k, %v) : ...
    ```
    ==>
    ```mlir
    %0 = attn.attention %q, %k, %v scale 0.088 causal empty_rows "zero" : ...
    ```
  }];
  let dependentDialects = ["::buddy::attn::AttnDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"];
}

def ResolveSizesPass : Pass<"buddy-resolve-sizes", "::mlir::func::FuncOp"> {
  let summary = "sizes of tensors become the symbols they are";
  let description = [{
    `tensor.dim` is followed to the function's symbols (arguments marked `buddy.symbol`, and
    `buddy.sizes` on the others). Upstream's lowering of TOSA asks of every dynamic size whether it is
    1 and must be repeated; by contract it is equal to what it is broadcast against, and the question
    goes.

    ```mlir
    %d = tensor.dim %x, %c1 : tensor<1x?x8xf32> // %x: buddy.sizes = affine_map<()[s0] -> (1, s0, 8)>
    ```
    ==>
    ```mlir
    %s64 // the argument
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def FoldIntoContractionsPass : Pass<"buddy-fold-into-contractions", "::mlir::func::FuncOp"> {
  let summary = "unit dimensions, transposes and bias become part of the contraction";
  let description = [{
    Named linalg ops become generics; unit dimensions disappear; a transpose that feeds a
    contraction becomes a permuted indexing map; a broadcast bias added to a zero-initialized
    contraction becomes its initial value.

    A product whose inner dimension was a unit is no reduction any more. From here on a loop nest
    without a reduction reads only its inputs; the passes that follow rely on it.

    ```mlir
    %0 = linalg.generic {... ["parallel", "parallel"]} ins(%a, %b) outs(%start) { ... + %out }
    ```
    ==>
    ```mlir
    %0 = linalg.generic {... ["parallel", "parallel"]} ins(%a, %b, %start) outs(%empty) { ... + %in }
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::affine::AffineDialect"];
}

def SplitSumsPass : Pass<"buddy-split-sums", "::mlir::func::FuncOp"> {
  let summary = "long sums become partial sums side by side, added up at the end";
  let description = [{
    A single running sum of n terms loses the small ones; n / p partial sums of p terms each do not.
    Partial sums are the last dimension of their tensor, so they lie in vector lanes. Contractions
    have blocks of their own (buddy-tile), maxima have nothing to lose. A sum over as many terms as a
    run has is made in f64 and rounded once.

    ```mlir
    %0 = linalg.generic ... ins(%x : tensor<5x1024xf32>) outs(%zero : tensor<5xf32>) // sum over 1024
    ```
    ==>
    ```mlir
    %1 = tensor.expand_shape %x ... into tensor<5x32x32xf32>
    %2 = linalg.generic ... ins(%1) outs(%zeros : tensor<5x32xf32>) // sum over the first 32
    %0 = linalg.generic ... ins(%2) outs(%zero : tensor<5xf32>)     // sum over 32
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect"];
}

def BoolsToBytesPass : Pass<"buddy-bools-to-bytes", "::mlir::ModuleOp"> {
  let summary = "tensors of i1 become tensors of i8";
  let description = [{
    LLVM packs a vector of i1 into bits but stores a scalar i1 in a byte, so a boolean tensor in
    memory would be read wrongly by vector code. From here on i1 lives in registers only.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def PackParametersPass : Pass<"buddy-pack-parameters", "::mlir::ModuleOp"> {
  let summary = "weights take the layout their contractions read, as a recipe for params.bin";
  let description = [{
    A weight [N, K] (or [K, N]) that only feeds contractions becomes panels [N/t][K][t], and its
    contraction runs over panels. `forward` takes params.bin instead of arg0.data; the module
    attribute `buddy.params` says how to make the one from the other (docs/contracts.md, 4).
  }];
  let options = [Option<"lanes", "lanes", "int64_t", /*default=*/"16",
                        "f32 lanes of a vector register; a panel is two registers wide">];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def CountFlopsPass : Pass<"buddy-count-flops", "::mlir::ModuleOp"> {
  let summary = "sets buddy.flops: additions and multiplications of contractions and attention";
}

def FoldQueryGroupsPass : Pass<"buddy-fold-query-groups", "::mlir::func::FuncOp"> {
  let summary = "query heads that share keys and values become the queries of one head";
  let description = [{
    With one query a head (a step of decoding) the heads of a group lie side by side in vector lanes
    and each key and value is read once for all of them. Only where the pairs of batch and key/value
    head are tasks enough for all cores.

    ```mlir
    attn.attention %q, %k, %v ... : (tensor<1x12x1x128xf32>, tensor<1x2x512x128xf32>, ...)
    ```
    ==>
    ```mlir
    attn.attention %grouped, %k, %v ... : (tensor<1x2x6x128xf32>, tensor<1x2x512x128xf32>, ...)
    ```
  }];
  let options = [Option<"cores", "cores", "int64_t", /*default=*/"1", "cores to share the work">];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def SelectSchedulePass : Pass<"buddy-select-schedule", "::mlir::func::FuncOp"> {
  let summary = "writes buddy.schedule on each heavy op, from its shape and the target's facts";
  let description = [{
    The only place where tile sizes are decided; the passes after it read the attribute. An op that
    has one already keeps it.
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", /*default=*/"16", "f32 lanes of a vector register">,
    Option<"registers", "registers", "int64_t", /*default=*/"32", "number of vector registers">,
    Option<"cores", "cores", "int64_t", /*default=*/"1", "cores to share the work">];
}

def OverrideSchedulesPass : Pass<"buddy-override-schedules", "::mlir::ModuleOp"> {
  let summary = "schedules of a file take the place of chosen ones, field by field";
  let description = [{
    Ops are found by their names (docs/schedules.md). What the program does not have, or what is not
    legal for it, is an error that names the file, the op and the field. Without a file nothing
    changes.

    ```json
    {"version": 1, "schedules": [{"op": "f.contraction0", "schedule": {"k_block": 128}}]}
    ```
    ```mlir
    %0 = linalg.generic {...} {buddy.schedule = {k_block = 256 : i64, kind = "tile", ...}}
    ```
    ==>
    ```mlir
    %0 = linalg.generic {...} {buddy.schedule = {k_block = 128 : i64, kind = "tile", ...}}
    ```
  }];
  let options = [
    Option<"file", "file", "std::string", /*default=*/"", "the file of schedules; none: no change">,
    Option<"lanes", "lanes", "int64_t", /*default=*/"16", "f32 lanes of a vector register">,
    Option<"registers", "registers", "int64_t", /*default=*/"32", "number of vector registers">];
}

def RecordSchedulesPass : Pass<"buddy-record-schedules", "::mlir::ModuleOp"> {
  let summary = "names scheduled ops, and lists their schedules in the attribute buddy.schedules";
  let description = [{
    The name joins the op's own attribute, from which its loops take it; the module's attribute
    stays when both are gone.

    ```mlir
    module {
      func.func @f(...) { ... linalg.generic {...} {buddy.schedule = {k_block = 256 : i64, ...}} ...
    ```
    ==>
    ```mlir
    module attributes {buddy.schedules = [
        {op = "f.contraction0", function = "f", kind = "contraction", location = "model.py:83",
         loops = ["panel", "row", "lane", "k"], extents = array<i64: 64, 40, 32, 1536>,
         schedule = {k_block = 256 : i64, ...}}]} {
      func.func @f(...) { ... linalg.generic {...}
          {buddy.schedule = {k_block = 256 : i64, op = "f.contraction0", ...}} ...
    ```
  }];
}

def TileAttentionPass : Pass<"buddy-tile-attention", "::mlir::func::FuncOp"> {
  let summary = "attn.attention becomes a parallel loop over query blocks with an online softmax";
  let description = [{
    As its buddy.schedule says: scf.forall over (batch, head, query block); inside, a loop over key
    blocks that carries the unnormalized output, the running maximum and the running sum (Dao et
    al., "FlashAttention", 2022), with queries in vector lanes. Key blocks above the diagonal are
    not visited.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::affine::AffineDialect"];
}

def TileOpsPass : Pass<"buddy-tile", "::mlir::func::FuncOp"> {
  let summary = "tiles linalg ops as their buddy.schedule says, down to register tiles";
  let description = [{
    Contractions: parallel dims to scf.forall, then register tiles, then blocks of the reduction
    that each start from zero and join the result once (a single running sum over K loses bits),
    then single steps of it. Other ops: their tile sizes, remainders split off statically.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::affine::AffineDialect"];
}

def VectorizeTilesPass : Pass<"buddy-vectorize", "::mlir::func::FuncOp"> {
  let summary = "vectorizes the tiles, keeps accumulators in registers, computes a row's values once";
  let dependentDialects = ["::mlir::vector::VectorDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect", "::mlir::ub::UBDialect"];
}

def TensorContractPass : Pass<"buddy-tensor-contract", "::mlir::ModuleOp"> {
  let summary = "checks what tensor-optimization hands to bufferization";
}

def SeparateEmptiesPass : Pass<"buddy-separate-empties", "::mlir::func::FuncOp"> {
  let summary = "gives each use of a tensor.empty one of its own";
  let description = [{
    CSE makes one of them all, and two results that are alive at once would then take turns in one
    buffer, with a copy between.
  }];
}

def WriteFullRankPass : Pass<"buddy-write-full-rank", "::mlir::func::FuncOp"> {
  let summary = "writes to the front of a tensor with vectors of its rank";
  let description = [{
    Bufferization takes a write for one of the whole tensor if each size of the vector is no less than
    that of the tensor, and pairs them from the front also where the vector has fewer (MLIR 22): of
    this one it would lose the other row.

    ```mlir
    vector.transfer_write %v, %t[%c0, %c0, %c0] {in_bounds = [true]} : vector<8xf32>, tensor<1x2x8xf32>
    ```
    ==>
    ```mlir
    %w = vector.shape_cast %v : vector<8xf32> to vector<1x1x8xf32>
    vector.transfer_write %w, %t[%c0, %c0, %c0] {in_bounds = [true, true, true]}
        : vector<1x1x8xf32>, tensor<1x2x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::vector::VectorDialect"];
}

def CutWriteChainsPass : Pass<"buddy-cut-write-chains", "::mlir::func::FuncOp"> {
  let summary = "cuts long chains of writes to one tensor";
  let description = [{
    Bufferization compares each read of what may share memory with each write, for each write: as many
    steps as the cube of a chain's length, as of the slices that are put into a tensor one by one. After
    some writes the tensor becomes memory and a tensor again, which is the same memory: what is read
    of the tensor before is copied, if anything is, and the chain begins anew.

    ```mlir
    %16 = tensor.insert_slice %x into %15 ...
    ```
    ==>
    ```mlir
    %16 = tensor.insert_slice %x into %15 ...
    %m = bufferization.to_buffer %16 : tensor<64x8xf32> to memref<64x8xf32>
    %17 = bufferization.to_tensor %m restrict writable : memref<64x8xf32> to tensor<64x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect"];
}

def FunctionBoundariesPass : Pass<"buddy-function-boundaries", "::mlir::ModuleOp"> {
  let summary = "arguments are read only, and no value is returned twice";
  let description = [{
    Arguments are the caller's memory and get `bufferization.writable = false`. Those with
    `buddy.state` are memory that the program changes: they are writable, and other results that are
    what they were are copied. So is a value that is returned a second time: every result has memory
    of its own.

    ```mlir
    func.func @f(%a: tensor<4xf32>) ... { ... return %x, %x }
    ```
    ==>
    ```mlir
    func.func @f(%a: tensor<4xf32> {bufferization.writable = false}) ... {
      ...
      %y = bufferization.alloc_tensor() copy(%x) : tensor<4xf32>
      return %x, %y
    }
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def ReturnNoStatesPass : Pass<"buddy-return-no-states", "::mlir::ModuleOp"> {
  let summary = "what is changed where it lies is not returned";
  let description = [{
    `buddy.state` on an argument is the number of the result that is its new value. Where that result
    lies in the argument's memory it is dropped, and callers use what they passed. Where it does not,
    `forward` copies it there at its end.

    ```mlir
    func.func @f(%cache: memref<4xf32> {buddy.state = 0 : i64}) -> memref<4xf32> {
      ...
      return %cache : memref<4xf32>
    }
    ```
    ==>
    ```mlir
    func.func @f(%cache: memref<4xf32>) {
      ...
      return
    }
    ```
  }];
}

def ResultsToArgumentsPass : Pass<"buddy-results-to-arguments", "::mlir::ModuleOp"> {
  let summary = "results are written to memory that the caller gives";
  let description = [{
    Upstream's buffer-results-to-out-params where all sizes are known. Where a run chooses some, the
    caller makes memory of the size that the callee's `buddy.sizes` says.

    ```mlir
    func.func @f(%s: index {buddy.symbol = "s0"})
        -> (memref<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0)>}) {
      ...
      return %x : memref<?xf32>
    }
    ```
    ==>
    ```mlir
    func.func @f(%s: index {buddy.symbol = "s0"},
                 %out: memref<?xf32> {buddy.sizes = affine_map<()[s0] -> (s0)>}) {
      ...
      memref.copy %x, %out : memref<?xf32> to memref<?xf32>
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def PlaceInWorkspacePass : Pass<"buddy-place-in-workspace", "::mlir::ModuleOp"> {
  let summary = "every buffer becomes a range of one workspace argument";
  let description = [{
    Buffers whose lifetimes do not meet share a range. Sets `buddy.workspace_bytes`; the plan is
    printed as `buddy.plan` on each function. Small buffers inside parallel bodies become allocas.

    In a function with symbols the ranges are as long as a run makes them, one after the other, and a
    function `@NAME_workspace_bytes` says for the symbols how much all of them take.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
}

def BufferContractPass : Pass<"buddy-buffer-contract", "::mlir::ModuleOp"> {
  let summary = "checks what bufferization hands on";
}

def LowerContractionsPass : Pass<"buddy-lower-contractions", "::mlir::func::FuncOp"> {
  let summary = "vector contractions and reductions become multiply-adds on registers";
  let dependentDialects = ["::mlir::vector::VectorDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

def LowerLeftoversPass : Pass<"buddy-lower-leftovers", "::mlir::func::FuncOp"> {
  let summary = "what is left in linalg becomes affine loops; strided copies too";
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect"];
}

def MarkKernelsPass : Pass<"buddy-mark-kernels", "::mlir::ModuleOp"> {
  let summary = "marks where each kernel begins and ends, for `buddy bench --profile`";
  let description = [{
    A kernel is what runs as one: the loops that one scheduled operation became, a loop or a copy
    that none did. It is known by its operation's name (`subgraph0.contraction0`), others by
    `subgraph0.loop0`. The module attribute `buddy.kernels` lists them with their line, and the
    operations and the bytes of a call where they are known.
    ```mlir
    scf.forall (%i) in (64) { ... } {buddy.schedule = {op = "subgraph0.contraction0", ...}}
    ```
    becomes
    ```mlir
    %token = llvm.call @buddy_kernel_begin(%kernel) : (i32) -> i64
    scf.forall (%i) in (64) { ... }
    llvm.call @buddy_kernel_mark(%token, %kernel, %end) : (i64, i32, i32) -> ()
    ```
    Both functions are defined in the module: they ask the pointer `buddy_profile_forward`, which
    the runtime sets while it profiles, and do nothing as long as it is null.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect"];
}

def MarkThreadsPass : Pass<"buddy-mark-threads", "::mlir::ModuleOp"> {
  let summary = "marks when each thread begins and ends its share of a kernel";
  let description = [{
    In the `omp.parallel` of a kernel that buddy-mark-kernels marked. The loop inside gets `nowait`:
    a thread's share ends before it waits for the others, at the end of the parallel region.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::omp::OpenMPDialect"];
}

def ForallToOpenMPPass : Pass<"buddy-forall-to-openmp", "::mlir::ModuleOp"> {
  let summary = "scf.forall becomes an OpenMP loop, or a plain one where it is too small to share";
  let dependentDialects = ["::mlir::omp::OpenMPDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect"];
}

def LowerVectorsPass : Pass<"buddy-lower-vectors", "::mlir::func::FuncOp"> {
  let summary = "transfers, transposes and shape casts down to what LLVM does well";
  let dependentDialects = ["::mlir::vector::VectorDialect", "::mlir::scf::SCFDialect",
                           "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ApproximateMathPass : Pass<"buddy-approximate-math", "::mlir::func::FuncOp"> {
  let summary = "exp, tanh, log, sin, pow ... become polynomials; no call of libm is left";
  let description = [{
    sin, cos and pow are computed in f64 and rounded once: their range reductions lose digits that
    f32 does not have to spare.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def MidendContractPass : Pass<"buddy-midend-contract", "::mlir::ModuleOp"> {
  let summary = "checks what the midend hands to the backend";
}

#endif // BUDDY_MIDEND_PASSES
