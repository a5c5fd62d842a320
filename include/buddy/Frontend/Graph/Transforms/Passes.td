// The passes between graph.log and graph_fused.log, in the order they run.

#ifndef BUDDY_GRAPH_PASSES
#define BUDDY_GRAPH_PASSES

include "mlir/Pass/PassBase.td"

def BindSizesPass : Pass<"buddy-graph-bind-sizes", "mlir::ModuleOp"> {
  let summary = "Symbolic sizes become the numbers that stand for them";
  let description = [{
    The passes of the frontend compute with sizes as whole numbers; a symbol is a prime there
    (Frontend/Graph/IR/Sizes.h). Without `buddy.symbols` nothing changes.

    ```mlir
    tensor<1x?x1536xf32, affine_map<()[s0] -> (1, s0, 1536)>>
    ==>
    tensor<1x722113583x1536xf32>
    ```
  }];
}

def NameSizesPass : Pass<"buddy-graph-name-sizes", "mlir::ModuleOp"> {
  let summary = "Numbers that stand for symbolic sizes become `?` and the map that says which";
  let description = [{
    The opposite of buddy-graph-bind-sizes, and the form in which people read the graph. Numbers of an
    operation that depend on symbols are in its attribute `buddy.sizes`.

    ```mlir
    %1 = graph.slice %0 dim 1 from 722113582 to 722113583 step 1 : tensor<1x722113583x8xf32> to ...
    ==>
    %1 = graph.slice %0 dim 1 from 0 to 0 step 1
        {buddy.sizes = {start = affine_map<()[s0] -> (s0 - 1)>, end = affine_map<()[s0] -> (s0)>}}
        : tensor<1x?x8xf32, affine_map<()[s0] -> (1, s0, 8)>> to tensor<1x1x8xf32>
    ```
  }];
}

def EvaluateConstantsPass : Pass<"buddy-graph-evaluate", "mlir::ModuleOp"> {
  let summary = "Evaluate what depends on no input and no trained weight";
  let description = [{
    Ops whose operands are all constants, or buffers and lifted constants of the program (`kind` in
    `buddy.parameters`; trained parameters stay), are evaluated as ATen would: each op in its own
    dtype, rounded after each op, transcendental functions in double and rounded once.

    ```mlir
    %0 = graph.arange 0.0 step 1.0 : tensor<40xf32>
    %1 = graph.cos %0 : tensor<40xf32>
    ==>
    %1 = graph.constant dense<[1.0, 0.540302277, ...]> : tensor<40xf32>
    ```

    Only what an op that stays needs becomes a constant. A constant that repeats along a dimension is
    written once, under a `graph.expand`. Constants of more than 64 elements become
    `dense_resource`s.

    What grows with the square of the sequence is never built: booleans, triangles and integers made
    of a row and a column are left alone above 4096 elements, anything above 2^24. With `masks=false`
    (before the fusion, which reads masks as they are written) they are left alone at any size.
    Buffers are read through the callback given to `createEvaluateConstantsPass`; without one they
    are left alone.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
  let options = [
    Option<"masks", "masks", "bool", /*default=*/"true",
           "also evaluate small attention masks, which the attention fusion could no longer read">
  ];
  let statistics = [
    Statistic<"numConstants", "constants", "constants written">,
    Statistic<"numErased", "erased", "ops erased because nothing needs them any more">
  ];
}

def IndicesToViewsPass : Pass<"buddy-graph-indices-to-views"> {
  let summary = "Turn gathers whose indices count up into views";
  let description = [{
    ```mlir
    %b = graph.constant dense<[[[[0]]], [[[1]]]]> : tensor<2x1x1x1xi64>
    %s = graph.constant dense<[[[[0, 1, 2]]]]> : tensor<1x1x1x3xi64>
    %y = graph.gather %padding[%b, %s] dim 0 wrap : tensor<2x3xi1>[...] to tensor<2x1x1x3xi1>
    ==>
    %y = graph.reshape %padding : tensor<2x3xi1> to tensor<2x1x1x3xi1>
    ```
    The mask-building code of transformers reads a padding mask so.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def FuseRmsNormPass : Pass<"buddy-graph-fuse-rms-norm"> {
  let summary = "Recognize RMSNorm";
  let description = [{
    ```mlir
    %s = graph.mul %x, %x
    %m = graph.mean %s [2]
    %e = graph.add %m, %eps
    %r = graph.rsqrt %e
    %n = graph.mul %x, %r
    %y = graph.mul %weight, %n
    ==>
    %y = graph.rms_norm %x weight %weight eps 1.0e-06
    ```
    over the last dimension; products in either order, a division by the root likewise, the weight
    anything of one dimension (`1 + weight` in Gemma) or none.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def FuseLayerNormPass : Pass<"buddy-graph-fuse-layer-norm"> {
  let summary = "Recognize layer normalization";
  let description = [{
    ```mlir
    %m = graph.mean %x [2] : tensor<2x7x48xf32> to tensor<2x7x1xf32>
    %c = graph.sub %x, %m
    %q = graph.mul %c, %c
    %v = graph.mean %q [2]
    %e = graph.add %v, %epsilon
    %r = graph.rsqrt %e
    %n = graph.mul %c, %r
    %w = graph.mul %n, %weight
    %y = graph.add %w, %bias
    ==>
    %y = graph.layer_norm %x weight %weight bias %bias dims 1 epsilon 1.0e-05
    ```
    Also with a division by the root. The variance must be that of the same x over the same last
    dimensions, divided by their number, with the constant under the root.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def FuseSwigluPass : Pass<"buddy-graph-fuse-swiglu"> {
  let summary = "Recognize the activation of a gated MLP";
  let description = [{
    ```mlir
    %s = graph.sigmoid %gate
    %a = graph.mul %gate, %s
    %y = graph.mul %a, %up
    ==>
    %y = graph.swiglu %gate, %up
    ```
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def CheckIndicesPass : Pass<"buddy-graph-check-indices", "mlir::ModuleOp"> {
  let summary = "See to it that no gather reads outside of its input";
  let description = [{
    Indices that are constants, or computed from booleans, constants and clamps, are proven to be
    inside. Indices that are an input, perhaps plus a constant, give it the member `ranges` (lowest
    and highest values) in `buddy.signature`: the runtime refuses other values. All others are looked
    at in the run, and the operation takes what is outside as the nearest inside:

    ```mlir
    %y = graph.gather %table[%i] dim 0
    return %y
    ==>
    %f0 = graph.no_findings : tensor<3xi64>
    %f1 = graph.check_indices %f0, %i from 0 to 9 : (tensor<3xi64>, tensor<4xi64>) -> tensor<3xi64>
    %a = graph.maximum %i, %zero
    %inside = graph.minimum %a, %nine
    %y = graph.gather %table[%inside] dim 0
    return %y, %f1
    ```
    What they find is the last output; its entry in `buddy.signature` lists the checks.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def FuseGeluPass : Pass<"buddy-graph-fuse-gelu"> {
  let summary = "Recognize GELU, exact or with tanh";
  let description = [{
    ```mlir
    %a = graph.mul %x, %sqrt_half
    %b = graph.erf %a
    %c = graph.add %b, %one
    %d = graph.mul %x, %half
    %y = graph.mul %d, %c
    ==>
    %y = graph.gelu %x "none"
    ```
    and x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) as "tanh". Factors and terms may come in
    any order and be constants of any shape; what is under erf and tanh is compared as a polynomial.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def FuseRopePass : Pass<"buddy-graph-fuse-rope"> {
  let summary = "Recognize rotary position embedding";
  let description = [{
    ```mlir
    %hi = graph.slice %x dim 3 from 64 to 128 step 1
    %lo = graph.slice %x dim 3 from 0 to 64 step 1
    %n  = graph.neg %hi
    %r  = graph.cat %n, %lo dim 3
    %a  = graph.mul %x, %cos
    %b  = graph.mul %r, %sin
    %y  = graph.add %a, %b
    ==>
    %y  = graph.rope %x, %cos, %sin
    ```
    The operands of the additions and products may come in either order; cos and sin are anything
    that broadcasts to x. With the elements of even and of odd place instead of the halves, put
    together again in pairs, it is `interleaved`.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def FuseAttentionPass : Pass<"buddy-graph-fuse-attention"> {
  let summary = "Recognize attention, called or spelled out";
  let description = [{
    ```mlir
    %t = graph.permute %k [0, 1, 3, 2]
    %s = graph.matmul %q, %t
    %c = graph.mul %s, %scale
    %m = graph.where %causal, %c, %minus_inf
    %p = graph.softmax %m dim 3
    %o = graph.matmul %p, %v
    ==>
    %o = graph.attention %q, %k, %v scale 0.125 causal
    ```
    and the same for `graph.sdpa`. Keys and values that are repeated for grouped heads are taken
    before the repetition.

    Masks are read as predicates over (query, key) positions, symbolically (MaskAnalysis.h): a causal
    part becomes the attribute, other exclusions the operand `keep`, other additive masks the operand
    `bias`. Excluding (false, -inf) and adding a large finite number are different things: the
    second stays a bias. A number in which every score vanishes (at most -1e30), with nothing beside
    it but a small bias, excludes too, and a query that keeps no key takes the mean of all values.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def FuseSharedInputLinearsPass : Pass<"buddy-graph-fuse-linears"> {
  let summary = "Join linears that read one input into one wide linear";
  let description = [{
    ```mlir
    %q = graph.linear %x, %wq bias %bq
    %k = graph.linear %x, %wk bias %bk
    ==>
    %w  = graph.cat %wq, %wk dim 0
    %b  = graph.cat %bq, %bk dim 0
    %qk = graph.linear %x, %w bias %b
    %q  = graph.slice %qk dim 2 from 0 to 1536 step 1
    %k  = graph.slice %qk dim 2 from 1536 to 1792 step 1
    ```
    All with a bias or all without, and every weight another parameter. A product with the transpose
    of a parameter is a linear too.
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def ObservePass : Pass<"buddy-graph-observe", "mlir::ModuleOp"> {
  let summary = "Return the value of every operation, to compare each with PyTorch's";
  let description = [{
    For `buddy compile --observe`. The import has numbered the exported values: the column of an op's
    line is the number of a name in `buddy.values`. What fusion leaves of them, f32 and more than a
    view, becomes an output.

    ```mlir
    func.func @forward(%x) { %0 = graph.exp %x loc("model.py":3:1) ... return %1 }
    ==>
    func.func @forward(%x) { %0 = graph.exp %x loc("model.py":3:1) ... return %1, %0 }
    ```
    The second output is `{name = "value.exp", ...}` in `buddy.signature`.
  }];
}

def NarrowIntegersPass : Pass<"buddy-graph-narrow-integers", "mlir::ModuleOp"> {
  let summary = "Compute int64 in 32 bits where that gives the same";
  let description = [{
    Where bounds of all that an operation takes and gives lie within 32 bits, it is an operation on
    i32; nothing else about it changes. What comes in and goes out stays i64, and so do operations
    of which no bounds are known.

    ```mlir
    %p = graph.arange 0 : i64 step 1 : i64 : tensor<40xi64>
    %q = graph.mul %p, %n : (tensor<40xi64>, tensor<40xi64>) -> tensor<40xi64>
    ==>
    %p = graph.arange 0 : i64 step 1 : i64 : tensor<40xi32>
    %w = graph.convert %p : tensor<40xi32> to tensor<40xi64>
    %q = graph.mul %w, %n : (tensor<40xi64>, tensor<40xi64>) -> tensor<40xi64>
    ```
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect"];
}

def PartitionPass : Pass<"buddy-graph-partition", "mlir::ModuleOp"> {
  let summary = "Split @forward into the calling convention and the computation, @subgraph0 ...";
  let description = [{
    @forward keeps the program's signature, reads the parameters (`graph.param`), joins those that
    are used as one (`graph.cat` of parameters) and calls @subgraph0, which gets everything else.

    Layers that are equal but for their parameters, each working on the result of the one before,
    become one subgraph that is called for each of them; then what is before, between and after them
    are subgraphs of their own. What no parameter enters (masks, rotary tables) is computed in the
    first.

    ```mlir
    func.func @forward(%x) { %w = graph.param "w"  %y = graph.linear %x, %w  return %y }
    ==>
    func.func @forward(%x) { %w = graph.param "w"  %y = call @subgraph0(%x, %w)  return %y }
    func.func private @subgraph0(%x {buddy.name = "x"}, %w {buddy.name = "w"}) {
      %y = graph.linear %x, %w
      return %y
    }
    ```
  }];
  let dependentDialects = ["::buddy::graph::GraphDialect", "::mlir::func::FuncDialect"];
}

def VerifyGraphContractPass : Pass<"buddy-graph-contract", "mlir::ModuleOp"> {
  let summary = "Check what graph_fused.log promises to the TOSA room (docs/contracts.md, section 2)";
}

#endif // BUDDY_GRAPH_PASSES
