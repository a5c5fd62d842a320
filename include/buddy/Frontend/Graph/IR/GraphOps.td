// The graph dialect: one op per ATen op family the importer knows, on ranked static tensors.
// Its text is graph.log (as imported) and graph_fused.log (after the fusions).

#ifndef BUDDY_GRAPH_OPS
#define BUDDY_GRAPH_OPS

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Graph_Dialect : Dialect {
  let name = "graph";
  let cppNamespace = "::buddy::graph";
  let summary = "PyTorch's operations on tensors, before any decision about how to run them";
  let description = [{
    Semantics are ATen's after type promotion: the importer inserts `graph.convert` where PyTorch
    promotes, so the operands of an elementwise op have one element type. Shapes broadcast as in
    PyTorch (aligned at the last dimension, sizes 1 stretch). Element types are f32, f64, i64, i32
    and i1. Nothing is computed in f16 and bf16: as PyTorch on a CPU, an operation on them computes
    in f32, and a `graph.convert` rounds its result. What moves elements knows them too.
  }];
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

//===----------------------------------------------------------------------===//
// Sizes: Size.h says what they are; nothing else makes these.
//===----------------------------------------------------------------------===//

class Graph_Attr<string name> : AttrDef<Graph_Dialect, name> {
  let attrName = "graph." # name;
}

def Graph_SizeAtomAttr : Graph_Attr<"SizeAtom"> {
  let summary = "a symbol by its index, or a quotient, remainder, minimum or maximum of sizes";
  let parameters = (ins "::buddy::SizeAtomKind":$kind, "unsigned":$symbol,
                        ArrayRefParameter<"::buddy::Size">:$operands);
}

def Graph_SizeAttr : Graph_Attr<"Size"> {
  let summary = "a sum of products of atoms, each with its coefficient, in Size::order";
  let parameters = (ins ArrayRefParameter<"int64_t">:$coefficients,
                        ArrayRefParameter<"::mlir::ArrayAttr">:$products);
}

def Graph_SizesAttr : Graph_Attr<"Sizes"> {
  let summary = "the sizes of a tensor";
  let parameters = (ins ArrayRefParameter<"::buddy::Size">:$sizes);
}

// A whole number that may be an expression of sizes; the number that stands for it.
def Graph_Size : TypedSignlessIntegerAttrBase<I64, "::buddy::Size", "a size"> {
  let convertFromStorage = "::buddy::sizeOfNumber($_self.getContext(), $_self.getInt())";
  let constBuilderCall = "::buddy::sizeAttr($_builder.getContext(), $0)";
}

def Graph_AnyTensor : RankedTensorOf<[F32, F64, BF16, F16, I64, I32, I1]>;
def Graph_Tensor : RankedTensorOf<[F32, F64, I64, I32, I1]>;
def Graph_FloatTensor : RankedTensorOf<[F32, F64]>;
def Graph_IntegerTensor : RankedTensorOf<[I64, I32]>;
def Graph_BoolTensor : RankedTensorOf<[I1]>;

class Graph_Op<string mnemonic, list<Trait> traits = []>
    : Op<Graph_Dialect, mnemonic, !listconcat([Pure], traits)>;

//===----------------------------------------------------------------------===//
// Leaves
//===----------------------------------------------------------------------===//

def Graph_ParamOp : Graph_Op<"param"> {
  let summary = "a parameter, buffer or lifted constant of the exported program, by name";
  let arguments = (ins StrAttr:$name);
  let results = (outs Graph_Tensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Graph_ConstantOp : Graph_Op<"constant", [ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "a tensor known when compiling";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Graph_AnyTensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Graph_ArangeOp : Graph_Op<"arange"> {
  let summary = "start, start + step, start + 2 step, ... as many as the result holds";
  let description = [{
    `start` and `step` are both integers or both floats; element i is `start + i * step`, computed
    in double for a float result and rounded once, as ATen does.
  }];
  let arguments = (ins TypedAttrInterface:$start, TypedAttrInterface:$step);
  let results = (outs Graph_Tensor:$result);
  let assemblyFormat = "$start `step` $step attr-dict `:` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

class Graph_Unary<string mnemonic, Type type = Graph_FloatTensor>
    : Graph_Op<mnemonic, [SameOperandsAndResultType, Elementwise]> {
  let arguments = (ins type:$input);
  let results = (outs type:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
}

def Graph_NegOp : Graph_Unary<"neg", Graph_Tensor>;
def Graph_AbsOp : Graph_Unary<"abs", Graph_Tensor>;
def Graph_ExpOp : Graph_Unary<"exp">;
def Graph_LogOp : Graph_Unary<"log">;
def Graph_SqrtOp : Graph_Unary<"sqrt">;
def Graph_RsqrtOp : Graph_Unary<"rsqrt">;
def Graph_ReciprocalOp : Graph_Unary<"reciprocal">;
def Graph_CosOp : Graph_Unary<"cos">;
def Graph_SinOp : Graph_Unary<"sin">;
def Graph_TanhOp : Graph_Unary<"tanh">;
def Graph_ErfOp : Graph_Unary<"erf">;
def Graph_FloorOp : Graph_Unary<"floor">;
def Graph_SigmoidOp : Graph_Unary<"sigmoid">;

def Graph_GeluOp : Graph_Op<"gelu", [SameOperandsAndResultType]> {
  let summary = "x times the normal distribution function of x";
  let description = [{
    `approximate` is "none" for x/2 (1 + erf(x / sqrt 2)), or "tanh" for
    x/2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). Hendrycks and Gimpel 2016.
  }];
  let arguments = (ins Graph_FloatTensor:$input, StrAttr:$approximate);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = "$input $approximate attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Graph_LogicalNotOp : Graph_Unary<"logical_not", Graph_BoolTensor>;

def Graph_ConvertOp : Graph_Op<"convert", [SameOperandsAndResultShape]> {
  let summary = "the same values in another element type (aten.to); to i1: is not zero";
  let arguments = (ins Graph_AnyTensor:$input);
  let results = (outs Graph_AnyTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasFolder = 1;
}

// Two operands of one element type; the result's shape is their broadcast.
class Graph_Binary<string mnemonic, Type type = Graph_Tensor, list<Trait> traits = []>
    : Graph_Op<mnemonic, traits> {
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs type:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` `(` type($lhs) `,` type($rhs) `)` `->` type($result)
  }];
  let hasVerifier = 1;
}

def Graph_AddOp : Graph_Binary<"add", Graph_Tensor, [Commutative]>;
def Graph_SubOp : Graph_Binary<"sub">;
def Graph_MulOp : Graph_Binary<"mul", Graph_Tensor, [Commutative]>;
def Graph_DivOp : Graph_Binary<"div", Graph_FloatTensor>;
def Graph_PowOp : Graph_Binary<"pow", Graph_FloatTensor>;
def Graph_FloorDivOp : Graph_Binary<"floor_div", Graph_IntegerTensor> {
  let summary = "the quotient rounded down; by zero, where PyTorch has an error, zero";
}
def Graph_MaximumOp : Graph_Binary<"maximum", Graph_Tensor, [Commutative]>;
def Graph_MinimumOp : Graph_Binary<"minimum", Graph_Tensor, [Commutative]>;
def Graph_LogicalAndOp : Graph_Binary<"logical_and", Graph_BoolTensor, [Commutative]>;
def Graph_LogicalOrOp : Graph_Binary<"logical_or", Graph_BoolTensor, [Commutative]>;
def Graph_LogicalXorOp : Graph_Binary<"logical_xor", Graph_BoolTensor, [Commutative]>;

class Graph_Compare<string mnemonic> : Graph_Op<mnemonic> {
  let arguments = (ins Graph_Tensor:$lhs, Graph_Tensor:$rhs);
  let results = (outs Graph_BoolTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` `(` type($lhs) `,` type($rhs) `)` `->` type($result)
  }];
  let hasVerifier = 1;
}

def Graph_EqOp : Graph_Compare<"eq">;
def Graph_NeOp : Graph_Compare<"ne">;
def Graph_LtOp : Graph_Compare<"lt">;
def Graph_LeOp : Graph_Compare<"le">;
def Graph_GtOp : Graph_Compare<"gt">;
def Graph_GeOp : Graph_Compare<"ge">;

def Graph_WhereOp : Graph_Op<"where"> {
  let summary = "condition ? on_true : on_false, with broadcast";
  let arguments = (ins Graph_BoolTensor:$condition, Graph_Tensor:$on_true, Graph_Tensor:$on_false);
  let results = (outs Graph_Tensor:$result);
  let assemblyFormat = [{
    $condition `,` $on_true `,` $on_false attr-dict `:`
    `(` type($condition) `,` type($on_true) `,` type($on_false) `)` `->` type($result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Views and rearrangements. `aten` keeps the name PyTorch had for it.
//===----------------------------------------------------------------------===//

def Graph_ReshapeOp : Graph_Op<"reshape"> {
  let summary = "the same elements in row-major order under another shape";
  let description = "From view, reshape, unsqueeze, squeeze, flatten, unflatten.";
  let arguments = (ins Graph_AnyTensor:$input, OptionalAttr<StrAttr>:$aten);
  let results = (outs Graph_AnyTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Graph_PermuteOp : Graph_Op<"permute"> {
  let summary = "result dimension i is input dimension permutation[i]";
  let description = "From permute, transpose, t, mT.";
  let arguments = (ins Graph_AnyTensor:$input, DenseI64ArrayAttr:$permutation,
                       OptionalAttr<StrAttr>:$aten);
  let results = (outs Graph_AnyTensor:$result);
  let assemblyFormat = "$input $permutation attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Graph_ExpandOp : Graph_Op<"expand"> {
  let summary = "the input broadcast to the result's shape (expand, broadcast_to)";
  let arguments = (ins Graph_AnyTensor:$input);
  let results = (outs Graph_AnyTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Graph_SliceOp : Graph_Op<"slice"> {
  let summary = "input[..., start : end : step, ...] along dimension dim";
  let description = "0 <= start <= end <= size and step >= 1: the importer normalizes PyTorch's.";
  let arguments = (ins Graph_AnyTensor:$input, I64Attr:$dim, Graph_Size:$start, Graph_Size:$end, I64Attr:$step);
  let results = (outs Graph_AnyTensor:$result);
  let assemblyFormat = [{
    $input `dim` $dim `from` $start `to` $end `step` $step attr-dict `:` type($input) `to` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Graph_CatOp : Graph_Op<"cat"> {
  let summary = "the inputs one after the other along dimension dim";
  let arguments = (ins Variadic<Graph_AnyTensor>:$inputs, I64Attr:$dim);
  let results = (outs Graph_AnyTensor:$result);
  let assemblyFormat = "$inputs `dim` $dim attr-dict `:` functional-type($inputs, $result)";
  let hasVerifier = 1;
}

def Graph_GatherOp : Graph_Op<"gather"> {
  let summary = "elements or rows of the input, by index (embedding, index, index_select)";
  let description = [{
    The n index tensors broadcast to one shape I; result[a..., i..., b...] =
    input[a..., index_0[i...], ..., index_n-1[i...], b...], where the indexed dimensions are the n
    from `dim` on. With `wrap` an index may be negative and then counts from the end.
    An index outside of its dimension is an error in PyTorch; buddy-graph-check-indices sees to it
    that none occurs.
  }];
  let arguments = (ins Graph_AnyTensor:$input, Variadic<Graph_IntegerTensor>:$indices,
                       I64Attr:$dim, UnitAttr:$wrap, OptionalAttr<StrAttr>:$aten);
  let results = (outs Graph_AnyTensor:$result);
  let assemblyFormat = [{
    $input `[` $indices `]` `dim` $dim (`wrap` $wrap^)? attr-dict
    `:` functional-type(operands, $result)
  }];
  let hasVerifier = 1;
}

def Graph_IndexCopyOp : Graph_Op<"index_copy"> {
  let summary = "the input with elements along dimension dim replaced (index_copy, index_put, slice_scatter)";
  let description = [{
    result[a..., index[i], b...] = source[a..., i, b...], everything else as in the input. `index` has
    one dimension; of equal indices the last one counts. With `wrap` an index may be negative and
    then counts from the end. An index outside of its dimension is an error in PyTorch;
    buddy-graph-check-indices sees to it that none occurs.
  }];
  let arguments = (ins Graph_AnyTensor:$input, Graph_IntegerTensor:$index, Graph_AnyTensor:$source,
                       I64Attr:$dim, UnitAttr:$wrap, OptionalAttr<StrAttr>:$aten);
  let results = (outs Graph_AnyTensor:$result);
  let assemblyFormat = [{
    $input `[` $index `]` `,` $source `dim` $dim (`wrap` $wrap^)? attr-dict
    `:` functional-type(operands, $result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Checks of a run: made by buddy-graph-check-indices, never by the importer
//===----------------------------------------------------------------------===//

def Graph_Findings : 1DTensorOf<[I64]>;

def Graph_NoFindingsOp : Graph_Op<"no_findings"> {
  let summary = "what is known before the first check of a run: [0, -1, 0]";
  let results = (outs Graph_Findings:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Graph_CheckIndicesOp : Graph_Op<"check_indices", [AllTypesMatch<["before", "result"]>]> {
  let summary = "whether all indices lie between two numbers, both included";
  let description = [{
    The checks of a run are a chain: each takes what those before it found and adds what it finds.
    The three numbers are how many checks passed, and of the one that did not the place of its first
    index outside, row-major, and that index. The place is -1 while all have passed; after one that
    failed nothing changes any more, so that the first number is which one it was, in program order.
  }];
  let arguments = (ins Graph_Findings:$before, Graph_IntegerTensor:$indices,
                       Graph_Size:$lowest, Graph_Size:$highest);
  let results = (outs Graph_Findings:$result);
  let assemblyFormat = [{
    $before `,` $indices `from` $lowest `to` $highest attr-dict `:` functional-type(operands, $result)
  }];
  let hasVerifier = 1;
}

class Graph_Triangle<string mnemonic> : Graph_Op<mnemonic, [SameOperandsAndResultType]> {
  let arguments = (ins Graph_Tensor:$input, Graph_Size:$diagonal);
  let results = (outs Graph_Tensor:$result);
  let assemblyFormat = "$input `diagonal` $diagonal attr-dict `:` type($result)";
  let hasVerifier = 1;
}
def Graph_TrilOp : Graph_Triangle<"tril"> {
  let summary = "keeps element (i, j) of the last two dimensions where j <= i + diagonal, else zero";
}
def Graph_TriuOp : Graph_Triangle<"triu"> {
  let summary = "keeps element (i, j) of the last two dimensions where j >= i + diagonal, else zero";
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

def Graph_SoftmaxOp : Graph_Op<"softmax", [SameOperandsAndResultType]> {
  let summary = "exp(x - max) / sum(exp(x - max)) along dimension dim";
  let arguments = (ins Graph_FloatTensor:$input, I64Attr:$dim);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = "$input `dim` $dim attr-dict `:` type($result)";
  let hasVerifier = 1;
}

// The reduced dimensions stay, with size 1; the importer adds the reshape for keepdim=False.
class Graph_Reduction<string mnemonic> : Graph_Op<mnemonic> {
  let arguments = (ins Graph_Tensor:$input, DenseI64ArrayAttr:$dims);
  let results = (outs Graph_Tensor:$result);
  let assemblyFormat = "$input $dims attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
}
def Graph_SumOp : Graph_Reduction<"sum">;
def Graph_MeanOp : Graph_Reduction<"mean">;
def Graph_AmaxOp : Graph_Reduction<"amax">;

def Graph_CumsumOp : Graph_Op<"cumsum", [SameOperandsAndResultType]> {
  let summary = "result i along dimension dim is the sum of the elements 0 to i of the input";
  let arguments = (ins Graph_Tensor:$input, I64Attr:$dim);
  let results = (outs Graph_Tensor:$result);
  let assemblyFormat = "$input `dim` $dim attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Graph_LayerNormOp : Graph_Op<"layer_norm", [AttrSizedOperandSegments,
                                                AllTypesMatch<["input", "result"]>]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) over the last `dims` dimensions, weight, bias";
  let description = [{
    Mean and variance (divided by the number of elements) are taken over the last `dims` dimensions
    together. `weight` and `bias` have the shape of those dimensions; the first multiplies, the
    second is added after it. Ba et al. 2016. What rounding left of a large mean is taken away by a second
    mean, but not with `centred_once`: that is a norm which the module has written out.
  }];
  let arguments = (ins Graph_FloatTensor:$input, Optional<Graph_FloatTensor>:$weight,
                       Optional<Graph_FloatTensor>:$bias, I64Attr:$dims, F64Attr:$epsilon,
                       UnitAttr:$centred_once);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $input (`weight` $weight^ `:` type($weight))? (`bias` $bias^ `:` type($bias))?
    `dims` $dims `epsilon` $epsilon (`centred_once` $centred_once^)? attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

def Graph_LinearOp : Graph_Op<"linear"> {
  let summary = "input [..., K] times weight [N, K] transposed, plus bias [N]";
  let arguments = (ins Graph_FloatTensor:$input, Graph_FloatTensor:$weight,
                       Optional<Graph_FloatTensor>:$bias);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^ `:` type($bias))? attr-dict
    `:` `(` type($input) `,` type($weight) `)` `->` type($result)
  }];
  let hasVerifier = 1;
}

def Graph_MatmulOp : Graph_Op<"matmul"> {
  let summary = "lhs [..., M, K] times rhs [..., K, N]; leading dimensions broadcast";
  let arguments = (ins Graph_FloatTensor:$lhs, Graph_FloatTensor:$rhs);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` `(` type($lhs) `,` type($rhs) `)` `->` type($result)
  }];
  let hasVerifier = 1;
}

def Graph_SdpaOp : Graph_Op<"sdpa"> {
  let summary = "torch.nn.functional.scaled_dot_product_attention, as called";
  let description = [{
    query [..., H, Sq, D], key [..., Hkv, Skv, D], value [..., Hkv, Skv, Dv]. `mask` is boolean (true:
    the key takes part) or float (added to the scores), broadcastable to [..., H, Sq, Skv]. With
    `is_causal` query i sees keys 0..i, and a mask given as well must hold too. `scale` is absent
    for 1/sqrt(D). H is a multiple of Hkv; they differ only with `enable_gqa`.
    A query row whose keys are all excluded gives zeros.
  }];
  let arguments = (ins Graph_FloatTensor:$query, Graph_FloatTensor:$key, Graph_FloatTensor:$value,
                       Optional<Graph_Tensor>:$mask, UnitAttr:$is_causal, UnitAttr:$enable_gqa,
                       OptionalAttr<F64Attr>:$scale);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`mask` $mask^ `:` type($mask))? attr-dict
    `:` `(` type($query) `,` type($key) `,` type($value) `)` `->` type($result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Fused ops: made by the fusions, never by the importer
//===----------------------------------------------------------------------===//

def Graph_AttentionOp : Graph_Op<"attention", [AttrSizedOperandSegments]> {
  let summary = "softmax(scale q k^T + bias) v over the kept keys of each query";
  let description = [{
    query [B, H, Sq, D], key [B, Hkv, Skv, D], value [B, Hkv, Skv, Dv], result [B, H, Sq, Dv]; query
    head h reads key/value head h / (H / Hkv).

    Key j is kept for query i when `keep` (i1, broadcastable to [B, H, Sq, Skv]) says so, with
    `causal` j <= i, and with `window` i - j < window. Excluded keys are excluded, not filled: they
    have weight zero whatever the other scores are. `bias` (float, broadcastable to [B, H, Sq, Skv])
    is added to the scaled scores; a bias of -inf excludes its key. With `softcap` c > 0 the scaled
    scores s become c tanh(s / c) before the bias is added (Gemma 2, section 2).

    `empty_rows` says what a query without any kept key gives: "zero" (PyTorch's sdpa), "nan" (softmax
    of a row of -inf) or "mean", that of the values of all keys (softmax of equal scores: those of a
    row that is filled with one very negative number).
  }];
  let arguments = (ins Graph_FloatTensor:$query, Graph_FloatTensor:$key, Graph_FloatTensor:$value,
                       Optional<Graph_BoolTensor>:$keep, Optional<Graph_FloatTensor>:$bias,
                       F64Attr:$scale, UnitAttr:$causal,
                       DefaultValuedAttr<StrAttr, "\"zero\"">:$empty_rows,
                       OptionalAttr<I64Attr>:$window, OptionalAttr<F64Attr>:$softcap);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`keep` $keep^ `:` type($keep))? (`bias` $bias^ `:` type($bias))?
    `scale` $scale (`softcap` $softcap^)? (`causal` $causal^)? (`window` $window^)? attr-dict
    `:` `(` type($query) `,` type($key) `,` type($value) `)` `->` type($result)
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Graph_RopeOp : Graph_Op<"rope"> {
  let summary = "rotary position embedding: x cos + (-x2, x1) sin";
  let description = [{
    input [..., S, D] with D even, x1 and x2 the two halves of the last dimension; cos and sin
    broadcastable to the input. Su et al. 2021, eq. 34, in the half-split form of GPT-NeoX. With
    `interleaved` x1 and x2 are the elements of even and of odd place, and so is what takes theirs:
    each pair of neighbours is rotated, the paper's own form (GPT-J).
  }];
  let arguments = (ins Graph_FloatTensor:$input, Graph_FloatTensor:$cos, Graph_FloatTensor:$sin,
                       UnitAttr:$interleaved);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $cos `,` $sin (`interleaved` $interleaved^)? attr-dict
    `:` `(` type($input) `,` type($cos) `,` type($sin) `)` `->` type($result)
  }];
  let hasVerifier = 1;
}

def Graph_RmsNormOp : Graph_Op<"rms_norm", [AllTypesMatch<["input", "result"]>]> {
  let summary = "x / sqrt(mean(x^2) + eps) over the last dimension, times the weight";
  let description = [{
    input [..., D], weight [D] or none, eps >= 0. Zhang and Sennrich 2019, eq. 4, with `eps` inside of
    the root as everyone has it.
  }];
  let arguments = (ins Graph_FloatTensor:$input, Optional<Graph_FloatTensor>:$weight, F64Attr:$eps);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = [{
    $input (`weight` $weight^ `:` type($weight))? `eps` $eps attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Graph_SwigluOp : Graph_Op<"swiglu", [SameOperandsAndResultType]> {
  let summary = "gate sigmoid(gate) up, elementwise";
  let description = "The activation of a gated MLP: Shazeer 2020, eq. 5, without its products.";
  let arguments = (ins Graph_FloatTensor:$gate, Graph_FloatTensor:$up);
  let results = (outs Graph_FloatTensor:$result);
  let assemblyFormat = "$gate `,` $up attr-dict `:` type($result)";
}

#endif // BUDDY_GRAPH_OPS
