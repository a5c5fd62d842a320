"""load(): packages called from Python, from several threads too."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import buddy_attention
import pytest
import torch
from buddy_attention import BuddyError
from conftest import need_binding
from in_threads import in_threads
from layers import Layer, check_outputs

need_binding()


def test_tensors_are_not_copied(default: Layer) -> None:
    model = buddy_attention.load(default.package, threads=1)
    out = torch.empty_like(default.inputs[0])
    assert model(*default.inputs, out=out) is out
    # The runtime sees the very memory that was given: it would find no overlap in copies.
    with pytest.raises(ValueError, match="overlaps input"):
        model(default.inputs[0], *default.inputs[1:], out=default.inputs[0])


def test_a_package_is_described_and_run(default: Layer) -> None:
    model = buddy_attention.load(default.package)
    assert list(model.entries) == ["forward"] and model.states == ()
    hidden_states, mask = model.inputs
    assert (hidden_states.name, hidden_states.dtype) == ("hidden_states", torch.float32)
    assert hidden_states.shape == tuple(default.inputs[0].shape) and mask.dtype == default.inputs[1].dtype
    assert [one.name for one in model.outputs] == ["output0"]
    by_name = {info.name: tensor for info, tensor in zip(model.inputs, default.inputs)}
    ours = model(*default.inputs)
    assert torch.equal(ours, model.entries["forward"](**by_name))
    assert torch.equal(
        ours, model.context(threads=1).run("forward", default.inputs[0], **{mask.name: default.inputs[1]})
    )
    check_outputs([ours], default.module, default.inputs)
    with pytest.raises(TypeError, match="inputs of forward are missing: "):
        model(default.inputs[0])
    with pytest.raises(TypeError, match="given twice"):
        model(*default.inputs, hidden_states=default.inputs[0])
    with pytest.raises(TypeError, match="no input 'hidden', its inputs are: hidden_states"):
        model(hidden=default.inputs[0])
    with pytest.raises(TypeError, match="takes 2 inputs, 3 were given"):
        model(*default.inputs, default.inputs[0])
    with pytest.raises(ValueError, match="no entry 'backward', the model has: forward"):
        model.context().run("backward")
    with pytest.raises(TypeError, match="1 outputs, out= has 2"):
        model(*default.inputs, out=[ours, ours])


def test_packages_that_cannot_be_loaded(tmp_path: Path, tiny: Layer) -> None:
    with pytest.raises(BuddyError, match="nowhere"):
        buddy_attention.load(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="threads is -1"):
        buddy_attention.load(tiny.package, threads=-1)
    broken = tmp_path / "broken.buddy"
    broken.mkdir()
    for file in tiny.package.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    params = (broken / "params.bin").read_bytes()
    (broken / "params.bin").write_bytes(bytes([params[0] ^ 1]) + params[1:])
    with pytest.raises(BuddyError, match="params.bin: its checksum is"):
        buddy_attention.load(broken)


class Counter(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("total", torch.zeros(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.total.add_(x)
        return self.total * 2


def test_states_belong_to_a_context(tmp_path: Path) -> None:
    package = tmp_path / "counter.buddy"
    compiled = buddy_attention.compile(Counter(), (torch.ones(4),), package=package)
    one = torch.ones(4)
    assert [compiled(one)[0].item() for _ in range(3)] == [2, 4, 6]
    compiled.reset()
    assert compiled(one)[0].item() == 2

    model = buddy_attention.load(package)
    assert [(state.name, state.shape) for state in model.states] == [("total", (4,))]
    with pytest.raises(BuddyError, match=r"states \(total\).*model\.context\(\)"):
        model(one)
    first, second = model.context(), model.context()
    assert [first(one)[0].item() for _ in range(2)] == [2, 4]
    assert second(one)[0].item() == 2
    first.reset()
    assert first.run("forward", x=one)[0].item() == 2  # type: ignore[index]

    # Calls of one object wait for one another: none is lost.
    compiled.reset()
    in_threads(lambda _: [compiled(one) for _ in range(50)])
    assert compiled(one)[0].item() == 2 * 201


def test_several_threads_run_one_model(default: Layer) -> None:
    model = buddy_attention.load(default.package, threads=1)
    inputs = [torch.randn_like(default.inputs[0]) for _ in range(3)]
    expected = [model(x, default.inputs[1]) for x in inputs]
    failures: list[str] = []

    def work(number: int) -> None:
        for turn in range(20):
            which = (number + turn) % len(inputs)
            if not torch.equal(model(inputs[which], default.inputs[1]), expected[which]):  # type: ignore[arg-type]
                failures.append(f"thread {number}, turn {turn}")

    in_threads(work)
    assert failures == []


def test_python_goes_on_while_a_model_runs(default: Layer) -> None:
    context = buddy_attention.load(default.package, threads=1).context()
    refused = threading.Event()  # a run found the context running: so two threads had the GIL meanwhile

    def work(_: int) -> None:
        out = torch.empty_like(default.inputs[0])
        deadline = time.monotonic() + 20
        while not refused.is_set() and time.monotonic() < deadline:
            try:
                context(*default.inputs, out=out)
            except ValueError as error:
                assert "running on another thread" in str(error)
                refused.set()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # nobody is interrupted: the GIL changes hands only where it is released
    try:
        in_threads(work, 2)
    finally:
        sys.setswitchinterval(before)
    assert refused.is_set()
