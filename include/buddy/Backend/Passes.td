#ifndef BUDDY_BACKEND_PASSES
#define BUDDY_BACKEND_PASSES

include "mlir/Pass/PassBase.td"

def VerifyBackendContractPass : Pass<"buddy-backend-contract", "mlir::ModuleOp"> {
  let summary = "Check what the midend hands to the backend";
  let description = [{
    Fails, with the operation's location and the stage to blame, unless the module is as section 4
    of docs/contracts.md says:

    - only func, arith, math, memref, affine, scf, cf, vector, omp, ub and index;
    - of math only what a CPU has as an instruction (fma, sqrt, floor, ...);
    - no memref.alloc: temporaries are views of the workspace;
    - no boolean in memory: `memref<16xi1>` is `memref<16xi8>`;
    - a memref.alloca inside a loop has its own memref.alloca_scope there, else the stack grows
      with every iteration;
    - functions are defined and take memrefs of identity layout, static unless there are symbols
      (`buddy.symbols`);
    - `forward(params, inputs..., outputs..., workspace)` exists, has the arguments that
      `buddy.signature` lists, and writes neither to its parameters nor to its inputs.

    The IR is not changed.
  }];
}

def FlattenArgumentsPass : Pass<"buddy-flatten-arguments", "mlir::ModuleOp"> {
  let summary = "Memory of a size that each run chooses crosses functions as a pointer";
  let description = [{
    A function's bare pointers stand for memory of known sizes. An argument whose sizes are expressions
    of the function's symbols becomes its first element, and the function makes the memref of it again.
    Before ==>
    ```mlir
    func.func @f(%x: memref<?x8xf32> {buddy.sizes = affine_map<()[s0] -> (s0, 8)>},
                 %s: index {buddy.symbol = "s0"})
    ```
    after
    ```mlir
    func.func @f(%x: memref<1xf32> ..., %s: index {buddy.symbol = "s0"}) {
      %0 = memref.reinterpret_cast %x to offset: [0], sizes: [%s, 8], strides: [8, 1] : ...
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect"];
}

def AnnotateArgumentsPass : Pass<"buddy-annotate-arguments", "mlir::ModuleOp"> {
  let summary = "Tell LLVM what holds for the memory behind each argument";
  let description = [{
    Before ==>
    ```mlir
    func.func @forward(%params: memref<64xf32>, %x: memref<8xf32>, %y: memref<8xf32>,
                       %workspace: memref<4096xi8>)
    ```
    after
    ```mlir
    func.func @forward(
        %params: memref<64xf32> {llvm.align = 64 : i64, llvm.dereferenceable = 256 : i64,
                                 llvm.noalias, llvm.nonnull, llvm.noundef, llvm.readonly},
        %x: memref<8xf32> {llvm.dereferenceable = 32 : i64, llvm.nonnull, llvm.noundef,
                           llvm.readonly},
        ...
    ```
    Only what holds is said. The parameters and the workspace are the runtime's own and overlap
    nothing, so in `forward` they are noalias and aligned to 64 bytes; the user's tensors may be
    anywhere. readonly is said of an argument whose every use, through views and calls, is seen to
    read. A memref without elements gets neither nonnull nor dereferenceable.
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

def FuseMultiplyAddsPass : Pass<"buddy-fuse-multiply-adds"> {
  let summary = "vector.fma rounds once";
  let description = [{
    convert-vector-to-llvm makes `llvm.intr.fmuladd` of `vector.fma` and `vector.outerproduct`, which
    leaves it to the code generator whether the product is rounded; without leave to contract it is.
    Before ==>
    ```mlir
    %1 = llvm.intr.fmuladd(%a, %b, %c) : (vector<16xf32>, vector<16xf32>, vector<16xf32>) -> vector<16xf32>
    ```
    after
    ```mlir
    %1 = llvm.intr.fma(%a, %b, %c) : (vector<16xf32>, vector<16xf32>, vector<16xf32>) -> vector<16xf32>
    ```
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

def ExpandDynamicShapesPass : Pass<"buddy-expand-dynamic-shapes"> {
  let summary = "Views of several sizes that each run chooses become casts";
  let description = [{
    expand-strided-metadata infers the one dynamic size of a group of dimensions, and crashes where
    there are two (MLIR 22.1.8); the operation says both. Of a subview that leaves out one of
    several dimensions of size 1 it finds out which by their strides, and the wrong one where those
    are dynamic; such a subview becomes a cast too.
    Before ==>
    ```mlir
    %1 = memref.expand_shape %0 [[0, 1], [2]] output_shape [%b, %s, 8] : memref<?x8xf32> into ...
    ```
    after
    ```mlir
    %1 = memref.reinterpret_cast %base to offset: [0], sizes: [%b, %s, 8], strides: [%n, 8, 1]
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect"];
}

def ExpandStridedCopyPass : Pass<"buddy-expand-strided-copy"> {
  let summary = "Turn copies that are not one run of bytes into loops";
  let description = [{
    finalize-memref-to-llvm makes a memcpy of a copy between contiguous memrefs, and of any other
    a call of `memrefCopy`, a function of MLIR's runner library that the product does not have.
    Before ==>
    ```mlir
    memref.copy %a, %b : memref<8x32xf32> to memref<8x32xf32, strided<[64, 1]>>
    ```
    after
    ```mlir
    scf.for %i = %c0 to %c8 step %c1 {
      scf.for %j = %c0 to %c32 step %c1 {
        %v = memref.load %a[%i, %j] : memref<8x32xf32>
        memref.store %v, %b[%i, %j] : memref<8x32xf32, strided<[64, 1]>>
      }
    }
    ```
    Contiguous copies stay; a copy of a memref to itself is erased.
  }];
  let dependentDialects = ["mlir::scf::SCFDialect", "mlir::memref::MemRefDialect",
                           "mlir::arith::ArithDialect"];
}

def VerifyLlvmContractPass : Pass<"buddy-llvm-contract", "mlir::ModuleOp"> {
  let summary = "Check that only the LLVM dialect and OpenMP are left";
  let description = [{
    Fails, with the operation's location and the stage that should have lowered it, unless every
    operation is of the llvm or omp dialect (the translation to LLVM IR lowers omp) and `forward`
    is an `llvm.func` that takes a pointer for the parameters, for each tensor of
    `buddy.signature` and for the workspace, and an i64 for each symbol of `buddy.symbols`. If there
    are symbols, an `llvm.func` `forward_workspace_bytes` takes them too. The IR is not changed.
  }];
}

#endif // BUDDY_BACKEND_PASSES
