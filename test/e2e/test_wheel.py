"""The wheel: made from the build folder, installed into a fresh environment, and run where nothing of
LLVM, and no compiler or linker, can be seen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import BUILD, ROOT, need_binding
from layers import judge
from safetensors.torch import load_file

need_binding()

#: What every Linux has that runs PyTorch's own wheels.
SYSTEM_LIBRARIES = {
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libstdc++.so.6",
}


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=600, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("wheel")
    # Making a wheel configures the folder for it; it is then again what it was.
    cache = BUILD / "CMakeCache.txt"
    before = cache.read_bytes()
    objects = {file: file.stat().st_mtime_ns for file in (BUILD / "lib").rglob("*.o")}
    try:
        run(
            *(sys.executable, "-m", "pip", "wheel", ROOT, "--no-build-isolation", "--no-deps", "--wheel-dir", folder),
            *("--config-settings", f"build-dir={BUILD}"),
        )
    finally:
        cache.write_bytes(before)
        for file in (BUILD / "CMakeInit.txt", BUILD / ".skbuild-info.json"):
            file.unlink(missing_ok=True)
    assert objects == {file: file.stat().st_mtime_ns for file in objects}, "the world was compiled anew"
    (made,) = folder.glob("buddy_attention-*.whl")
    yield made
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A virtual environment with the wheel; PyTorch is that of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-compile", "--no-index", wheel)
    purelib = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (purelib / "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    yield folder
    shutil.rmtree(folder)


def dynamic_section(file: Path) -> dict[str, list[str]]:
    """NEEDED, RPATH, RUNPATH and SONAME of an ELF file."""
    found: dict[str, list[str]] = {}
    for line in run("readelf", "--dynamic", "--wide", file, env={**os.environ, "LC_ALL": "C"}).splitlines():
        if "[" in line:
            found.setdefault(line.split("(")[1].split(")")[0], []).append(line.split("[")[1].rstrip("]"))
    return found


def test_every_library_is_inside(wheel: Path, tmp_path: Path) -> None:
    if shutil.which("readelf") is None:
        pytest.skip("readelf (binutils) is not installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    package = tmp_path / "buddy_attention"
    elves = [file for file in package.rglob("*") if file.is_file() and file.open("rb").read(4) == b"\x7fELF"]
    assert {"buddy", "buddy-opt", "ld.lld"} <= {file.name for file in elves}
    inside = {file.name for file in elves if file.parent == package / "lib"}
    assert {"libMLIR.so.22.1", "libLLVM.so.22.1", "libomp.so.5", "libbuddy_runtime.so.0"} <= inside
    needed_by_all: set[str] = set()
    for file in elves:
        section = dynamic_section(file)
        needed = set(section.get("NEEDED", []))
        needed_by_all |= needed
        assert needed <= inside | SYSTEM_LIBRARIES, f"{file.name} needs what is not in the wheel"
        for path in ":".join(section.get("RPATH", []) + section.get("RUNPATH", [])).split(":"):
            assert path == "" or (file.parent / path.replace("$ORIGIN", ".")).resolve() == package / "lib", file
        if file.parent != package / "lib":
            # Libraries of libraries are found by it too, which a RUNPATH would not do.
            assert section.get("RPATH") and "RUNPATH" not in section, file.name
    # Nothing lies there for nothing.
    assert inside <= needed_by_all
    assert (package / "py.typed").exists() and (package / "_runtime.pyi").exists()
    assert (package / "include" / "buddy" / "runtime.h").read_bytes() == (ROOT / "include/buddy/runtime.h").read_bytes()
    tag = wheel.name.removesuffix(".whl").split("-", 2)[2]
    assert f"Tag: {tag}\n" in (next(tmp_path.glob("*.dist-info")) / "WHEEL").read_text()
    assert "none" not in tag.split("-")[1], "an extension module is made for one ABI"


#: Compiles the example's layer and runs it, as a callable, as a package and under torch.compile.
SCRIPT = """
import os, sys
import attention_model, buddy_attention, torch, warnings
from safetensors.torch import save_file

assert str(buddy_attention.find_buddy()).startswith(sys.prefix), buddy_attention.find_buddy()
assert not [name for name in ("cc", "gcc", "clang", "ld", "ld.lld") if os.system(f"command -v {name}") == 0]
warnings.simplefilter("error")
torch.manual_seed(0)
module, inputs = attention_model.make_model("default"), attention_model.make_inputs(1, 40, 1536, with_mask=True)
buddy_attention.write_reference(module, inputs, "ref.safetensors")
with torch.no_grad():
    compiled = buddy_attention.compile(module, inputs, package="layer.buddy")(*inputs)
    loaded = buddy_attention.load("layer.buddy")(*inputs)
    jit = torch.compile(module, backend="buddy")(*inputs)
save_file({"compiled": compiled, "loaded": loaded, "jit": jit}, "ours.safetensors")
"""

#: What the machine may have of what a wheel brings: the prefixes of file names.
HIDDEN = "MLIR LLVM omp z3 icu xml2 edit bsd md simdjson minizip"
HIDE = """
set -e
mount -t tmpfs none "$LLVM"
for name in $HIDDEN; do
  for file in /usr/lib/*-linux-gnu/lib$name*.so*; do
    if [ -f "$file" ]; then mount --bind /dev/null "$file"; fi
  done
done
exec env -i PATH="$EMPTY" HOME="$EMPTY" PYTHONPATH="$PYTHONPATH" "$@"
"""


def test_a_layer_compiles_and_runs_with_nothing_but_the_wheel(environment: Path, tmp_path: Path) -> None:
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        pytest.skip("this needs a mount namespace (unshare --mount), which only root may have")
    entries = (line.split("=", 1) for line in (BUILD / "CMakeCache.txt").read_text().splitlines() if "=" in line)
    lld = dict(entries)["BUDDY_LLD:FILEPATH"]
    (tmp_path / "empty").mkdir()
    hidden = {
        **os.environ,
        "LLVM": str(Path(lld).parents[1]),
        "HIDDEN": HIDDEN,
        "EMPTY": str(tmp_path / "empty"),
        "PYTHONPATH": str(ROOT / "examples" / "BuddyAttention"),
    }

    def run_hidden(*command: str | Path) -> str:
        return run("unshare", "--mount", "bash", "-c", HIDE, "bash", *command, env=hidden, cwd=tmp_path)

    run_hidden(environment / "bin" / "python", "-c", SCRIPT)
    run_hidden(environment / "bin" / "buddy", "verify", "layer.buddy", "--reference", "ref.safetensors")
    ours, reference = load_file(tmp_path / "ours.safetensors"), load_file(tmp_path / "ref.safetensors")
    for tensor in ours.values():
        eager, exact = (reference[f"expected_{kind}.output0"].numpy() for kind in ("f32", "f64"))
        judge(tensor.numpy(), eager, exact)
