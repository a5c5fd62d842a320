"""torch.compile(backend="buddy") beside eager PyTorch: the same numbers, memory and effects."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import attention_model
import pytest
import torch
import transformers
from buddy_attention.backend import compiled_graph
from conftest import need_binding
from in_threads import in_threads
from layers import TINY, check_outputs, sharpen
from torch_compiled import assert_same, compiled, fallback, fresh, new_data, packages, small  # noqa: F401  (fixtures)
from transformers.models.llama.modeling_llama import LlamaDecoderLayer, LlamaForCausalLM, LlamaRotaryEmbedding

need_binding()


# Layers -------------------------------------------------------------------------------------------


@torch.no_grad()
def test_the_attention_layer_of_any_length(packages: list[Any]) -> None:
    module = attention_model.make_model("default", **TINY)
    sharpen(module)
    layer = compiled(module, dynamic=True)
    for length in (7, 19, 40):
        inputs = attention_model.make_inputs(2, length, TINY["hidden_size"], with_mask=True)
        check_outputs([layer(*inputs)], module, inputs)
    assert len(packages) == 1


def tiny_llama(layers: int = 1) -> transformers.LlamaConfig:
    return transformers.LlamaConfig(
        hidden_size=64,
        intermediate_size=128,
        num_attention_heads=4,
        num_key_value_heads=2,
        num_hidden_layers=layers,
        vocab_size=101,
        max_position_embeddings=128,
        attn_implementation="sdpa",
    )


@torch.no_grad()
def test_a_decoder_layer_of_transformers(packages: list[Any]) -> None:
    config = tiny_llama()
    module = LlamaDecoderLayer(config, 0).eval()
    x = torch.randn(2, 9, 64)
    angles = LlamaRotaryEmbedding(config)(x, torch.arange(9)[None])
    ours = compiled(module)(x, position_embeddings=angles)
    check_outputs([ours], module, (x,), {"position_embeddings": angles})
    assert len(packages) == 1


@torch.no_grad()
def test_generating_with_a_growing_cache(packages: list[Any]) -> None:
    model = LlamaForCausalLM(tiny_llama(layers=2)).eval()
    config = transformers.GenerationConfig(max_new_tokens=7, do_sample=False, use_cache=True, pad_token_id=0)
    prompt = torch.randint(1, 101, (1, 5))
    expected = model.generate(prompt, config)
    model.forward = compiled(model.forward, dynamic=True)
    assert torch.equal(model.generate(prompt, config), expected)
    count = len(packages)
    assert 0 < count <= 3  # the prompt, and one token with a cache of any length
    assert torch.equal(model.generate(prompt, config), expected)
    assert len(packages) == count


# Parameters ---------------------------------------------------------------------------------------


def optimizer_step(module: torch.nn.Module) -> None:
    with torch.enable_grad():
        optimizer = torch.optim.SGD(module.parameters(), lr=0.5)
        module(torch.randn(4, 48)).square().sum().backward()
        optimizer.step()


def data_in_place(module: torch.nn.Module) -> None:
    module[0].weight.data.mul_(0.5)  # which PyTorch does not count as a change
    module[2].bias.detach().numpy()[3] += 1


def new_parameter(module: torch.nn.Module) -> None:
    module[0].weight = torch.nn.Parameter(torch.randn(64, 48))


CHANGES: dict[str, Callable[[torch.nn.Module], Any]] = {
    "optimizer-step": optimizer_step,
    "load-state-dict": lambda module: module.load_state_dict(small().state_dict()),
    "new-data": new_data,
    "data-in-place": data_in_place,
    "new-parameter": new_parameter,
}


def test_parameters_that_change(packages: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_graph, "MOST_CHANGES", len(CHANGES))
    module, x = small(), torch.randn(4, 48)
    layer = compiled(module)
    with torch.no_grad():
        assert_same(layer(x), module(x))
    for change in CHANGES.values():
        with torch.no_grad():
            before = module(x)
        change(module)
        with torch.no_grad():
            assert_same(layer(x), module(x))
            assert not torch.allclose(module(x), before)
    assert len(packages) == 1 + len(CHANGES)


@torch.no_grad()
def test_parameters_that_change_often_are_not_packed_any_more(packages: list[Any]) -> None:
    module, x = small(), torch.randn(4, 48)
    layer = compiled(module)
    with fallback("changed 3 times") as told:
        for _ in range(6):
            assert_same(layer(x), module(x))
            new_data(module)
    assert len(told) == 1
    assert len(packages) == 4  # at first, after two changes, and the one for whatever they are


@torch.no_grad()
def test_buffers_that_others_change(packages: list[Any]) -> None:
    class Shifted(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(48, 48)
            self.register_buffer("shift", torch.randn(48))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.linear(x) + self.shift

    module, x = Shifted().eval(), torch.randn(4, 48)
    layer = compiled(module, options={"freeze": True})
    assert_same(layer(x), module(x))
    module.shift.add_(1)
    assert_same(layer(x), module(x))
    module.shift[7] = 5
    assert_same(layer(x), module(x))


@torch.no_grad()
def test_without_freezing_parameters_are_passed(packages: list[Any]) -> None:
    module, x = small(), torch.randn(4, 48)
    layer = compiled(module, options={"freeze": False})
    for _ in range(4):
        assert_same(layer(x), module(x))
        data_in_place(module)
    assert len(packages) == 1 and len(packages[0].inputs) == 5


# Memory -------------------------------------------------------------------------------------------


class Shares(torch.nn.Module):
    """Changes an input and a buffer, and returns inputs, views of them, and views of what it computes."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(16, 24)
        self.register_buffer("calls", torch.zeros(24))

    def forward(self, x: torch.Tensor, k: int) -> tuple[Any, ...]:
        self.calls.add_(1)
        y = self.linear(x) + self.calls
        x.mul_(2)
        part = x[1:]
        part.add_(1)
        z = torch.nn.functional.gelu(y)
        first, second = (y * k).chunk(2, dim=-1)
        return y, x, y.view(-1), x[0], part, k + 1, y.transpose(0, 1), z.t(), first, second, x.shape[0] * 2, None


@torch.no_grad()
def test_outputs_share_memory_as_in_eager(packages: list[Any]) -> None:
    module = Shares()
    twin, function = copy.deepcopy(module), compiled(module)
    for rows, k in ((3, 3), (5, 4), (6, 4), (7, 5)):
        x = torch.randn(rows, 16)
        same = x.clone()
        ours, eager = function(x, k), twin(same, k)
        assert_same([*ours, x, module.calls], [*eager, same, twin.calls])
        assert ours[1] is x
        for memory in (ours, eager):  # what is written to one is seen in all that share it
            memory[2][5] = 100.0
            memory[3][2] = 200.0
            memory[8][0, 0] = 300.0
        assert_same([*ours, x], [*eager, same])
    assert len(packages) == 3  # of 3 rows, of any with k = 4, and with k = 5


@torch.no_grad()
def test_inputs_that_share_memory() -> None:
    def change(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        a.add_(1)
        return torch.tanh(b) * 3 + a

    function = compiled(change)
    for start in (16, 0, 4):  # apart, the same, overlapping
        memory = torch.arange(32.0)
        same = memory.clone()
        ours = function(memory[:16], memory[start : start + 16])
        assert_same([ours, memory], [change(same[:16], same[start : start + 16]), same])


@torch.no_grad()
def test_strides_are_those_of_eager(packages: list[Any]) -> None:
    module = torch.nn.Linear(16, 24)

    def function(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        y = module(x)
        return y.permute(2, 0, 1), torch.tanh(y)[:, ::2], (y * 2)[0, :, 0], y.sum().expand(3, 4), y.exp()[1].t()

    x = torch.randn(5, 3, 16).transpose(0, 1)
    assert not x.is_contiguous()
    assert_same(compiled(function)(x), function(x))
    assert len(packages) == 1


# Use ----------------------------------------------------------------------------------------------


@torch.no_grad()
def test_several_threads(packages: list[Any]) -> None:
    module = small()
    function = compiled(module, options={"threads": 1})
    inputs = [torch.randn(4, 48) for _ in range(4)]
    expected = [module(x) for x in inputs]
    function(inputs[0])
    failures: list[Any] = []

    def work(number: int) -> None:
        try:
            with torch.no_grad():
                for turn in range(30):
                    which = (number + turn) % len(inputs)
                    torch.testing.assert_close(function(inputs[which]), expected[which], rtol=1e-5, atol=1e-5)
        except BaseException as error:
            failures.append(error)

    in_threads(work)
    assert failures == []
    assert len(packages) == 1


@torch.no_grad()
@pytest.mark.parametrize("numbers", [(3, 4, 5, 6, 7, 5), (0.5, 0.25, 3.0, 4.0, 7.0, 3.0)], ids=["int", "float"])
def test_a_number_has_a_bounded_count_of_packages(
    numbers: tuple[float, ...], packages: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled_graph, "MOST_VARIANTS", 2)
    function = compiled(lambda x, k: torch.tanh(x) * k + 1)
    x = torch.randn(3, 5)
    with fallback("2 values"):
        for k in numbers:
            assert_same(function(x, k), torch.tanh(x) * k + 1)
    assert len(packages) == 3  # of the first alone, then two of any


def test_options() -> None:
    with pytest.raises(Exception, match=re.escape("no option 'thread', its options are: target, threads, freeze")):
        compiled(small(), options={"thread": 1})(torch.randn(4, 48))
    with torch.no_grad(), fallback("no-such-cpu"):
        compiled(small(), options={"target": "no-such-cpu"})(torch.randn(4, 48))
    with pytest.raises(Exception, match="threads is -1, must be 0"):
        compiled(small(), options={"threads": -1})(torch.randn(4, 48))
