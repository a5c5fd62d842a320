"""compile() and load(): modules and packages called from Python, beside eager PyTorch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path
from typing import Any

import buddy_attention
import pytest
import torch
from buddy_attention import BuddyError, CompiledModule
from buddy_attention.reference import eager_outputs
from conftest import ROOT, need_binding
from in_threads import in_threads
from layers import Layer

need_binding()


class Mixed(torch.nn.Module):
    """Keywords, constants, a structure of outputs, and an output that is an input."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(24, 16)

    def forward(
        self, x: torch.Tensor, pair: tuple[torch.Tensor, int], *, mask: torch.Tensor | None = None, scale: float = 0.5
    ) -> dict[str, Any]:
        y = self.linear(x) * scale * pair[1] + pair[0]
        if mask is not None:
            y = y.masked_fill(mask, -1.0)
        return {"y": y, "nothing": None, "more": [y.sum(-1), x]}


@pytest.fixture(autouse=True, scope="module")
def same_modules() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def same_inputs() -> None:
    torch.manual_seed(1)


@pytest.fixture(scope="module")
def mixed() -> tuple[Mixed, tuple[Any, ...], dict[str, Any], CompiledModule]:
    module, args = Mixed().eval(), (torch.randn(3, 7, 24), (torch.randn(16), 3))
    kwargs = {"mask": torch.rand(3, 7, 16) > 0.5}
    return module, args, kwargs, buddy_attention.compile(module, args, kwargs)


@pytest.fixture(scope="module")
def open_linear() -> tuple[torch.nn.Module, CompiledModule]:
    module = torch.nn.Sequential(torch.nn.Linear(24, 256), torch.nn.GELU()).eval()
    length = torch.export.Dim("length", min=1, max=50)
    return module, buddy_attention.compile(module, (torch.randn(2, 5, 24),), dynamic_shapes=({1: length},))


def assert_as_exact_as_eager(ours: torch.Tensor, eager: torch.Tensor, exact: torch.Tensor) -> None:
    """The rule of README, "What verified means"."""
    assert ours.dtype == eager.dtype and ours.shape == eager.shape
    our, its = ours.double() - exact, eager.double() - exact
    ulp = exact.abs().max() * 2.0**-23
    assert our.square().mean().sqrt() <= 2 * its.square().mean().sqrt() + ulp * 2.0**-4
    assert our.abs().max() <= 4 * its.abs().max() + ulp


def test_a_module_is_called_as_the_module_is(mixed: Any) -> None:
    module, args, kwargs, compiled = mixed
    x, pair = args
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((x, pair), kwargs),
        ((x,), {"pair": pair, **kwargs}),
        ((), {"x": x, "pair": pair, "scale": 0.5, **kwargs}),
        ((torch.randn(7, 3, 24).transpose(0, 1), pair), kwargs),  # not contiguous
        ((torch.nn.Parameter(x), pair), kwargs),
    ]
    with torch.no_grad():
        for args, kwargs in calls:
            ours, eager = compiled(*args, **kwargs), module(*args, **kwargs)
            exact = eager_outputs(module, args, kwargs, exact=True)
            assert ours.keys() == eager.keys() and ours["nothing"] is None
            assert isinstance(ours["more"], list) and len(ours["more"]) == 2
            flat = [ours["y"], *ours["more"]], [eager["y"], *eager["more"]]
            for our, its, right in zip(*flat, exact, strict=True):
                assert_as_exact_as_eager(our, its, right)


def test_calls_that_do_not_fit_a_module(mixed: Any) -> None:
    _, (x, pair), kwargs, compiled = mixed
    with pytest.raises(TypeError, match="input 'mask' must be a torch.Tensor, got NoneType"):
        compiled(x, pair)
    with pytest.raises(TypeError, match="missing a required argument: 'pair'"):
        compiled(x, **kwargs)
    with pytest.raises(TypeError, match="without the argument 'scale'"):
        compiled(x, pair, scale=0.25, **kwargs)
    with pytest.raises(ValueError, match="is 4, the module was compiled with 3"):
        compiled(x, (pair[0], 4), **kwargs)
    with pytest.raises(TypeError, match="structure"):
        compiled(x, [pair[0], 3], **kwargs)
    with pytest.raises(ValueError, match="dtype is f64, expected f32"):
        compiled(x.double(), pair, **kwargs)
    with pytest.raises(ValueError, match=r"shape is \[3, 6, 24\], expected \[3, 7, 24\]"):
        compiled(x[:, :6], pair, **kwargs)
    with pytest.raises(ValueError, match=r"'x' is on meta.*\.cpu\(\)"):
        compiled(x.to("meta"), pair, **kwargs)
    with pytest.raises(ValueError, match="layout"):
        compiled(x.to_sparse(), pair, **kwargs)


def test_gradients_are_refused_not_lost(open_linear: Any) -> None:
    _, compiled = open_linear
    x = torch.randn(2, 5, 24, requires_grad=True)
    with pytest.raises(ValueError, match=r"requires grad.*torch\.no_grad\(\), or pass .*\.detach\(\)"):
        compiled(x)
    with torch.no_grad():
        assert torch.equal(compiled(x), compiled(x.detach()))


def test_tangents_are_refused_not_lost(open_linear: Any) -> None:
    _, compiled = open_linear
    x = torch.randn(2, 5, 24)
    with torch.autograd.forward_ad.dual_level():
        compiled(x)
        with pytest.raises(ValueError, match="has a tangent"):
            compiled(torch.autograd.forward_ad.make_dual(x, x))


def test_outputs_that_are_given(mixed: Any) -> None:
    module, (x, pair), kwargs, compiled = mixed
    fresh = compiled(x, pair, **kwargs)
    out = {"y": torch.zeros(3, 7, 16), "nothing": None, "more": [torch.zeros(3, 7), torch.zeros(3, 7, 24)]}
    version = out["y"]._version
    back = compiled(x, pair, out=out, **kwargs)
    assert back["y"] is out["y"] and torch.equal(out["y"], fresh["y"]) and torch.equal(out["more"][1], x)
    assert out["y"]._version > version  # autograd must see the write
    bad: list[tuple[Any, str]] = [
        (out["y"], "structure"),
        ({**out, "y": torch.zeros(3, 7, 15)}, "shape"),
        ({**out, "y": torch.zeros(7, 3, 16).transpose(0, 1)}, "contiguous"),
        ({**out, "more": [out["more"][0], x]}, "overlaps input"),
        ({**out, "y": None}, "must be a torch.Tensor"),
        ({**out, "y": torch._neg_view(torch.zeros(3, 7, 16))}, "negated"),
        ({**out, "y": torch.zeros(3, 7, 16, requires_grad=True)}, "requires grad"),
    ]
    for wrong, match in bad:
        with pytest.raises((TypeError, ValueError), match=match):
            compiled(x, pair, out=wrong, **kwargs)


def test_tensors_are_not_copied(default: Layer) -> None:
    model = buddy_attention.load(default.package, threads=1)
    out = torch.empty_like(default.inputs[0])
    assert model(*default.inputs, out=out) is out
    # The runtime sees the very memory that was given: it would find no overlap in copies.
    with pytest.raises(ValueError, match="overlaps input"):
        model(default.inputs[0], *default.inputs[1:], out=default.inputs[0])


def test_a_compiled_module_inside_of_torch_compile(open_linear: Any) -> None:
    module, inner = open_linear
    x = torch.randn(2, 5, 24)
    with torch.no_grad():
        ours = torch.compile(lambda x: inner(x) * 2, backend="eager")(x)
        torch.testing.assert_close(ours, module(x) * 2, rtol=1e-5, atol=1e-5)


class Scaled(torch.nn.Module):
    def forward(self, entry: torch.Tensor, scale: float = 0.0) -> torch.Tensor:
        return 1 / (entry * scale)


class Out(torch.nn.Module):
    def forward(self, x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        return x + out


def test_names_and_constants_of_arguments() -> None:
    x = torch.ones(3)
    with pytest.raises(ValueError, match=r"forward\(\) has a parameter 'out'"):
        buddy_attention.compile(Out(), (x, x))
    compiled = buddy_attention.compile(Scaled(), (x, 0.0))
    with pytest.raises(ValueError, match=r"is -0\.0, the module was compiled with 0\.0"):
        compiled(x, -0.0)
    assert torch.equal(compiled.model.context().run("forward", entry=x), torch.full((3,), torch.inf))  # type: ignore[arg-type]


def test_open_sizes(open_linear: Any) -> None:
    module, compiled = open_linear
    with torch.no_grad():
        for length in (50, 1, 17):
            x = torch.randn(2, length, 24)
            exact = eager_outputs(module, (x,), exact=True)[0]
            assert_as_exact_as_eager(compiled(x), module(x), exact)
            out = torch.empty(2, length, 256)
            assert compiled(x, out=out) is out and torch.equal(out, compiled(x))
    (symbol,) = next(iter(compiled.model.entries.values())).symbols
    assert (symbol.min, symbol.max) == (1, 50)
    assert compiled.model.inputs[0].shape == (2, symbol.name, 24)
    with pytest.raises(ValueError, match="is 51, must be 1 to 50"):
        compiled(torch.randn(2, 51, 24))


class Branches(torch.nn.Module):
    def __init__(self, is_even: bool) -> None:
        super().__init__()
        self.is_even = is_even

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        chosen = x.shape[0] % 2 == 0 if self.is_even else x.shape[0] > 3
        return x * 2 if chosen else x * 3


@pytest.mark.parametrize("dim", [torch.export.Dim.AUTO, torch.export.Dim.DYNAMIC])
def test_branches_on_sizes_are_not_lost(dim: Any) -> None:
    with pytest.raises(ValueError, match=r"Mod\(x\.shape\[0\], 2\).*which a run does not check"):
        buddy_attention.compile(Branches(True), (torch.ones(4),), dynamic_shapes=({0: dim},))
    compiled = buddy_attention.compile(Branches(False), (torch.ones(4),), dynamic_shapes=({0: dim},))
    assert torch.equal(compiled(torch.ones(5)), torch.full((5,), 2.0))
    with pytest.raises(ValueError, match="is 3, must be 4"):
        compiled(torch.ones(3))


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
    with torch.no_grad():
        eager = default.module(*default.inputs)
    assert_as_exact_as_eager(ours, eager, eager_outputs(default.module, default.inputs, exact=True)[0])
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
    threads = [threading.Thread(target=lambda: [compiled(one) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
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

    def work() -> None:
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
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert refused.is_set()


def test_temporary_packages_are_removed(tmp_path: Path) -> None:
    script = (
        "import gc, torch, buddy_attention as b\n"
        "a, c = (b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),)) for _ in range(2))\n"
        "print(a.path); path = a.path; del a; gc.collect(); assert not path.exists()\n"
        "print(c.path); assert c.path.exists()\n"
    )
    done = run_python(script, TMPDIR=str(tmp_path))
    assert len(done.splitlines()) == 2 and str(tmp_path) in done
    assert list(tmp_path.iterdir()) == []


Pair = namedtuple("Pair", "first second")


class Structures(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, Any]:
        return {"largest": x.max(1), "pair": Pair(x + 1, [x * 2])}


def test_structures_that_an_archive_has_no_name_for(tmp_path: Path) -> None:
    module, x = Structures(), torch.randn(3, 4)
    with torch.no_grad():
        ours, eager = buddy_attention.compile(module, (x,))(x), module(x)
    assert type(ours["largest"]) is torch.return_types.max and type(ours["pair"]) is Pair
    torch.testing.assert_close(ours, eager)
    # The archive is one of PyTorch's own, with the tensors one after the other; the program is as it was.
    program = buddy_attention.export_layer(module, (x,), tmp_path / "m.pt2")
    with torch.no_grad():
        assert type(program.module()(x)["pair"]) is Pair
        plain = torch.export.load(tmp_path / "m.pt2").module()(x)
    torch.testing.assert_close(plain, (*eager["largest"], eager["pair"].first, eager["pair"].second[0]))


FORKED = """
import os, signal, sys, torch, buddy_attention as b
ours = b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))
child = os.fork()
if child == 0:
    theirs = b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))
    assert theirs.path != ours.path and ours.path.exists()
    ENDING
os.waitpid(child, 0)
assert ours.path.exists() and len(os.listdir(os.environ["TMPDIR"])) == LEFT
again = b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))
assert ours.path.exists() and len(os.listdir(os.environ["TMPDIR"])) == 3
"""


@pytest.mark.parametrize(
    ("ending", "left"), [("os.kill(os.getpid(), signal.SIGKILL)", 3), ("os._exit(0)", 3), ("sys.exit()", 2)]
)
def test_what_a_process_left_is_swept_by_the_next(ending: str, left: int, tmp_path: Path) -> None:
    foreign = tmp_path / "buddy-attention"  # not one of ours
    foreign.mkdir()
    run_python(FORKED.replace("ENDING", ending).replace("LEFT", str(left)), TMPDIR=str(tmp_path))
    assert list(tmp_path.iterdir()) == [foreign]


def test_a_worker_of_multiprocessing_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import multiprocessing, os, torch, buddy_attention as b\n"
        "def work():\n"
        "    global kept\n"
        "    kept = b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))\n"
        "    assert kept.path.exists()\n"
        "one = multiprocessing.get_context('fork').Process(target=work)\n"
        "one.start(); one.join(); print(one.exitcode, os.listdir(os.environ['TMPDIR']))\n"
    )
    assert run_python(script, TMPDIR=str(tmp_path)) == "0 []\n"


def run_python(script: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT / "python"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_the_extension_the_rest_works() -> None:
    script = (
        "import sys; sys.modules['buddy_attention._runtime'] = None\n"  # as if it was not built
        "import torch, buddy_attention as b\n"
        "print(b.DynamoCompiler(torch.nn.Linear(3, 2), (torch.ones(1, 3),)).graph.count('graph.linear'))\n"
        "for call in (lambda: b.load('x'), lambda: b.compile(torch.nn.Linear(3, 2), (torch.ones(1, 3),))):\n"
        "    try: call()\n"
        "    except b.BuddyError as error: print('pip install .' in str(error), 'build/python' in str(error))\n"
    )
    assert run_python(script).split() == ["1", "True", "True", "True", "True"]


def test_the_build_folder_has_the_program_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "buddy"
    program.parent.mkdir()
    program.symlink_to(os.environ["BUDDY"])
    monkeypatch.delenv("BUDDY")
    monkeypatch.setenv("BUDDY_BUILD", str(tmp_path))
    assert buddy_attention.find_buddy() == program


def test_the_module_is_the_program() -> None:
    command = [sys.executable, "-m", "buddy_attention", "inspect", "nowhere.pt2"]
    ours = subprocess.run(command, cwd=ROOT / "python", capture_output=True)
    itself = subprocess.run([os.environ["BUDDY"], "inspect", "nowhere.pt2"], capture_output=True)
    assert (ours.returncode, ours.stdout, ours.stderr) == (1, itself.stdout, itself.stderr)


def test_the_program_and_the_package_need_no_torch_to_start(tmp_path: Path) -> None:
    """It takes seconds to import."""
    (tmp_path / "torch.py").write_text("raise RuntimeError('PyTorch was imported')\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT / "python")])
    command = [sys.executable, "-m", "buddy_attention", "--version"]
    ours = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    itself = subprocess.run([os.environ["BUDDY"], "--version"], capture_output=True)
    assert (ours.returncode, ours.stdout, ours.stderr) == (0, itself.stdout, b"")
    script = (
        "import sys, buddy_attention as b\n"
        "print(b.find_buddy().name, b.BuddyError.__name__, set(b.__all__) <= set(dir(b)), 'torch' in sys.modules)\n"
        "print(b.load.__name__, b.model.load is b.load, 'torch' in sys.modules, hasattr(b, 'nothing'))\n"
        "from buddy_attention import *\n"
        "print(all(globals()[name] is getattr(b, name) for name in b.__all__))\n"
    )
    printed = run_python(script).splitlines()
    assert printed == ["buddy BuddyError True False", "load True True False", "True"]


def test_the_page_about_python_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs docs/python.md from top to bottom."""
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL))
    # Only a wheel registers the name.
    code = code.replace('backend="buddy"', "backend=buddy_attention.backend.buddy")
    names: dict[str, Any] = {}
    exec(compile("import buddy_attention.backend\n" + code, "docs/python.md", "exec"), names)
    with torch.no_grad():
        x, module = names["x"], names["module"]
        torch.testing.assert_close(names["y"], module(x))
        torch.testing.assert_close(names["fast"](x), module(x))
        assert names["context"](torch.ones(4))[0].item() == 2  # it was reset
