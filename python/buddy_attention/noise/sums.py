"""Random rounding of operations that are not pointwise: choices among their operands, and sums of some kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .operations import Operation, is_float, widened
from .rounding import FORMATS, disturbed, is_representable, lowest_bit, random_by_value, rounded, step_of

#: Sums of products: exact, in whatever order, where all terms are whole multiples of one step.
SUMS = frozenset("sum mm bmm mv dot convolution cumsum".split())
#: Others (pooling, interpolation, products) are where the terms have so many bits to spare besides.
SPARE_BITS = 12
#: Additions one after the other: those of a sum are made in lanes and blocks, in a contraction in blocks.
LONGEST_SUM, LONGEST_PRODUCTS = 32, 256
#: Sums with more terms in all are taken to be in an order by chance; products that have terms which repeat are
#: looked at in parts of so many.
MOST_TERMS, MOST_REPEATED = 1 << 18, 1 << 25


@dataclass(frozen=True)
class Chain:
    """What the additions of a sum do: factors of the error of its terms, and of that of one rounding of it.

    A sum of n terms t, one after the other in an order by chance, is rounded n - 1 times. The partial sum
    of j terms has a mean square of y^2 j(j-1)/(n(n-1)) + T j(n-j)/(n(n-1)), with y the sum of t and T
    that of t^2. The sum over j is y^2 (n+1)/3 + T ((n+1)/6 - 1/n); a product adds its own rounding, T.
    """

    of_terms: float = 1.0
    of_sum: float = 1.0
    has_one_order: bool = False

    @staticmethod
    def of(operation: Operation, result: torch.Tensor) -> Chain:
        name, operands = operation.facts.name, operation.floats
        first, last = operands[0], operands[-1]
        is_product = len(operands) > 1
        if name == "cumsum":
            # Of all positions: which dimension it is shows in the operand alone.
            count = float(max(first.shape, default=1))
        elif name == "convolution":
            count = last.numel() / max(1, last.shape[0])
        elif is_product:
            count = float(first.shape[-1])
        else:
            count = first.numel() / max(1, result.numel())
        n = max(1.0, min(count, LONGEST_PRODUCTS if is_product else LONGEST_SUM))
        of_terms = (n + 1) / 6 - 1 / n
        # Both operands of a product have an error.
        of_terms = (of_terms + 1) / 2 if is_product else of_terms
        return Chain(max(0.0, of_terms) ** 0.5, ((n + 1) / 3) ** 0.5, count <= (1 if is_product else 2))


def _terms(operation: Operation) -> tuple[torch.Tensor, int] | None:
    """What each sum adds up in f64, in the last dimension but those of products, and that dimension."""
    name, operands = operation.facts.name, [operand.to(torch.float64) for operand in operation.floats]
    if name in ("mm", "bmm"):
        a, b = operands
        return a.unsqueeze(-1) * b.unsqueeze(-3), -2
    if name in ("mv", "dot"):
        return operands[0] * operands[1], -1
    if name != "sum" or not operands or operands[0].numel() > MOST_TERMS or not operands[0].dim():
        return None
    x = operands[0]
    dims = operation.args[1] if len(operation.args) > 1 else operation.kwargs.get("dim")
    dims = sorted(dim % x.dim() for dim in dims) if dims else list(range(x.dim()))
    return x.movedim(dims, list(range(-len(dims), 0))).flatten(-len(dims)), -1


def _noise_of_order(
    operation: Operation, chain: Chain, result: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor | None:
    """How much more noise than one order by chance the terms as they stand make; all rows of a product share it."""
    is_matrix = operation.facts.name in ("mm", "bmm")
    count = operation.floats[0].numel() * result.shape[-1] if is_matrix else 0
    if count > MOST_TERMS:
        a, b = (operand.to(torch.float64) for operand in operation.floats)
        if count > MOST_REPEATED or not _repeats(a, b):
            return None
        rows = max(1, MOST_TERMS * result.shape[-2] // count)
        parts = [
            _of_terms(operation, chain, some, dtype, part.unsqueeze(-1) * b.unsqueeze(-3), -2)
            for some, part in zip(result.split(rows, -2), a.split(rows, -2))
        ]
        return torch.cat(parts, -2)
    found = _terms(operation)
    return None if found is None else _of_terms(operation, chain, result, dtype, *found)


def _repeats(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether terms of the product that follow one another are equal, of all of a row and a column at once."""
    same_a = (a[..., 1:] == a[..., :-1]).any(-2)
    same_b = (b[..., 1:, :] == b[..., :-1, :]).any(-1)
    return bool((same_a & same_b).any())


def _of_terms(
    operation: Operation, chain: Chain, result: torch.Tensor, dtype: torch.dtype, terms: torch.Tensor, dim: int
) -> torch.Tensor:
    """The root of the sum of the squares of the steps by which the partial sums are rounded."""
    is_product = len(operation.floats) > 1
    expected = chain.of_terms**2 * (1 + is_product) * step_of(terms, dtype).square().sum(dim).reshape(result.shape)
    expected += (chain.of_sum * step_of(result, dtype)) ** 2
    terms = terms.movedim(dim, -1)
    longest = min(terms.shape[-1], LONGEST_PRODUCTS if is_product else LONGEST_SUM)
    terms = F.pad(terms, (0, -terms.shape[-1] % longest))
    terms = terms.reshape(*terms.shape[:-1], -1, longest)
    partial = terms.cumsum(-1)
    is_rounded = (terms != 0) & ~is_representable(partial, dtype)
    steps = torch.where(is_rounded, step_of(partial, dtype), 0.0).flatten(-2)
    # Equal terms leave the same at each addition that is rounded by the same step.
    terms = terms.flatten(-2)
    is_same = terms[..., 1:] == terms[..., :-1]
    is_repeated = F.pad(is_same, (1, 0)) | F.pad(is_same, (0, 1))
    together = steps.masked_fill(is_repeated, 0).square().sum(-1)
    has_repeated = is_repeated.any(-1)
    alike = steps.masked_fill(~is_repeated, 0)[has_repeated]
    for step in torch.unique(alike):
        together[has_repeated] += torch.where(alike == step, alike, 0.0).sum(-1).square()
    return (together.reshape(result.shape) - expected).clamp(min=0).sqrt()


def _in_f64(operation: Operation, change: Callable[[torch.Tensor, torch.dtype], torch.Tensor]) -> list[torch.Tensor]:
    """The results in f64 of operands that are changed, which ``change`` has in f64, with their dtypes."""
    return operation.results_in_f64(
        lambda value: change(value.to(torch.float64), value.dtype) if is_float(value) else widened(value)
    )


def round_sums(
    operation: Operation,
    results: list[torch.Tensor],
    dtypes: Sequence[torch.dtype | None],
    seed: int,
    strength: float,
    orders: dict[int, torch.Tensor | None],
) -> None:
    """Rounds the ``results`` (f64) that have a dtype to it. ``orders`` has what order does to each, from run to run."""
    is_sum = operation.facts.name in SUMS
    places = {i: dtype for i, dtype in enumerate(dtypes) if dtype is not None}
    keep = {i: is_representable(results[i], dtype) for i, dtype in places.items()}
    is_choice = not is_sum and all(bool(where.all()) for where in keep.values())
    # Sums of integers are whole numbers.
    chain = Chain.of(operation, results[0]) if is_sum and operation.floats else Chain()
    if not (is_choice or chain.has_one_order) and any(bool(where.any()) for where in keep.values()):
        digits = min(FORMATS[dtype].digits for dtype in places.values())
        _keep_exact_sums(keep, results, operation, digits if is_sum else digits - SPARE_BITS)
    if all(bool(where.all()) for where in keep.values()):
        for i, dtype in places.items():
            results[i] = results[i].to(dtype)
        return
    noisy = _in_f64(operation, lambda value, dtype: disturbed(value, dtype, seed, strength))
    for i, dtype in places.items():
        value = results[i] + (noisy[i] - results[i]) * chain.of_terms
        if i not in orders:
            orders[i] = None if chain.has_one_order else _noise_of_order(operation, chain, results[i], dtype)
        more = orders[i]
        if more is not None:
            value += more * strength * random_by_value(results[i], ~seed)
        value = torch.where(results[i].isfinite(), value, results[i])
        value = rounded(value, dtype, seed, strength * chain.of_sum)
        results[i] = torch.where(keep[i], results[i].to(dtype), value)


def _keep_exact_sums(
    keep: dict[int, torch.Tensor], results: Sequence[torch.Tensor], operation: Operation, digits: int
) -> None:
    """Takes from ``keep`` what is exact in a lucky order only.

    Sums are exact in any order if all terms are multiples of one quantum, and their sizes together are no
    more of them than a whole number of ``digits`` bits counts.
    """
    limit = 2.0**digits
    for operand in operation.floats:
        limit *= min(1.0, lowest_bit(operand.to(torch.float64)))
    for i in keep:
        keep[i] &= results[i].abs() <= limit
    if any(bool(where.any()) for where in keep.values()):
        sizes = _in_f64(operation, lambda value, _: value.abs())
        for i in keep:
            keep[i] &= sizes[i] <= limit
