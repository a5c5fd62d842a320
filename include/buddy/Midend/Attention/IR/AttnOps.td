// The attn dialect: attention as one op on tensors until its schedule takes it apart.

#ifndef BUDDY_ATTN_OPS
#define BUDDY_ATTN_OPS

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::buddy::attn";
  let summary = "attention as one op on tensors";
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def Attn_AttentionOp : Op<Attn_Dialect, "attention", [Pure, AttrSizedOperandSegments]> {
  let summary = "softmax(scale q k^T + bias) v over the kept keys of each query";
  let description = [{
    query [B, H, Sq, D], key [B, Hkv, Skv, D], value [B, Hkv, Skv, Dv] -> [B, H, Sq, Dv]. Query head
    h reads key/value head h / (H / Hkv).

    Key j is kept for query i when `keep` (integer, broadcastable to [B, H, Sq, Skv]) is not zero
    and, with `causal`, j <= i, and with `window` i - j < window. With `softcap` c the scaled scores
    s become c tanh(s / c). `bias` (float, broadcastable likewise) is added to the scaled
    scores; -inf excludes. A query without any kept key gives zeros, NaN or the mean of the values of
    all keys, as `empty_rows` says: "zero", "nan", "mean".

    A tensor marked `..._sequence_major` is [B, S, H, D] instead: projections make it so and read
    it so, and a transpose between would only move memory.
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$query, RankedTensorOf<[F32]>:$key,
                       RankedTensorOf<[F32]>:$value, Optional<RankedTensorOf<[I1, I8]>>:$keep,
                       Optional<RankedTensorOf<[F32]>>:$bias, F64Attr:$scale, UnitAttr:$causal,
                       StrAttr:$empty_rows, UnitAttr:$query_sequence_major,
                       UnitAttr:$key_sequence_major, UnitAttr:$value_sequence_major,
                       UnitAttr:$result_sequence_major, OptionalAttr<I64Attr>:$window,
                       OptionalAttr<F64Attr>:$softcap);
  let results = (outs RankedTensorOf<[F32]>:$result);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`keep` $keep^ `:` type($keep))? (`bias` $bias^ `:` type($bias))?
    `scale` $scale (`softcap` $softcap^)? (`causal` $causal^)? (`window` $window^)? `empty_rows` $empty_rows attr-dict
    `:` `(` type($query) `,` type($key) `,` type($value) `)` `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    // The sizes of a tensor of this op as [B, H, S, D], however it lies.
    static llvm::SmallVector<int64_t, 4> headMajor(::mlir::RankedTensorType type,
                                                   bool sequenceMajor);
    llvm::SmallVector<int64_t, 4> queryShape() {
      return headMajor(getQuery().getType(), getQuerySequenceMajor());
    }
    llvm::SmallVector<int64_t, 4> keyShape() {
      return headMajor(getKey().getType(), getKeySequenceMajor());
    }
    llvm::SmallVector<int64_t, 4> valueShape() {
      return headMajor(getValue().getType(), getValueSequenceMajor());
    }
  }];
}

#endif // BUDDY_ATTN_OPS
