"""The layers that are compared, and what a run of one must do at least."""

from __future__ import annotations

from dataclasses import dataclass

HIDDEN, HEADS, HEAD_DIM = 1536, 12, 128  # attention_model.py's defaults
FLOAT_BYTES = 4


@dataclass(frozen=True)
class Variant:
    """One of attention_model.py's variants at its default sizes."""

    name: str
    kv_heads: int
    bias: bool  # on q, k and v
    causal: bool
    masked: bool  # called with its padding mask
    title: str

    @property
    def param_bytes(self) -> int:
        """Bytes of the parameters, each read once in a run."""
        width, kv_width = HEADS * HEAD_DIM, self.kv_heads * HEAD_DIM
        elements = 2 * HIDDEN * (width + kv_width)
        if self.bias:
            elements += width + 2 * kv_width
        return FLOAT_BYTES * elements

    def flops(self, seq: int) -> int:
        """Work of a run at batch 1, a multiply-add counted as two: projections, scores, weighted values.

        Of a causal layer's attention half is counted.
        """
        projections = 2 * seq * HIDDEN * (2 * HEADS + 2 * self.kv_heads) * HEAD_DIM
        attention = 4 * HEADS * seq * seq * HEAD_DIM
        return projections + (attention // 2 if self.causal else attention)


VARIANTS = {
    "default": Variant("default", 2, True, True, False, "DeepSeek-R1-Distill-Qwen-1.5B attention, no padding mask"),
    "mha": Variant("mha", 12, False, False, True, "plain multi-head attention with its padding mask"),
}


@dataclass(frozen=True)
class Case:
    """What is measured at one time: every peer runs this layer, at this length, on so many threads."""

    variant: Variant
    seq: int
    threads: int

    @property
    def folder(self) -> str:
        """Where its prepared files are, below the work folder; the same for any number of threads."""
        return f"{self.variant.name}-s{self.seq}"

    def __str__(self) -> str:
        return f"{self.variant.name}, sequence {self.seq}, {self.threads} thread{'s' if self.threads > 1 else ''}"
