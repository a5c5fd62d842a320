"""The demo: exports the attention layer, compiles it through every stage, verifies and times it.

Run by `./bootstrap demo`, which builds first. Needs only Python's standard library; PyTorch runs in
processes of its own (the export, the eager timing), the compiled library in processes without Python.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "BuddyAttention"
BUDDY = Path(os.environ.get("BUDDY", ROOT / "build" / "bin" / "buddy"))
# Ours and eager are timed in turn, and the best round of each counts: a machine shared with others
# disturbs some rounds of both.
ROUNDS = 3
QUIET_SECONDS = 0.05


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not at least 1")
    return value


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./bootstrap demo",
        description="Compile the attention layer of DeepSeek-R1-Distill-Qwen-1.5B, check its numbers against "
        "PyTorch in f64, and time it beside eager PyTorch.",
    )
    parser.add_argument("--batch-size", type=positive, default=1, metavar="B", help="default: %(default)s")
    parser.add_argument("--seq-len", type=positive, default=40, metavar="S", help="default: %(default)s")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--threads", type=positive, default=cores, metavar="N", help="default: all, %(default)s here")
    parser.add_argument(
        "--variant",
        choices=("default", "mha"),
        default="default",
        help="default: the DeepSeek layer; mha: plain multi-head attention",
    )
    parser.add_argument("--no-mask", action="store_true", help="hidden states alone, no padding mask")
    return parser.parse_args()


class StepFailed(Exception):
    """A process of the demo ended with an error; its own message has been printed."""


def run(what: str, command: list[Any], *, progress: bool = True) -> str:
    """Runs a command and returns its stdout; what it says on stderr is shown as it is."""
    if progress:
        print(what, file=sys.stderr, flush=True)
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(done.stdout, end="", file=sys.stderr)
        raise StepFailed(f"{what}: failed with status {done.returncode}\n  {' '.join(map(str, command))}")
    return done.stdout


def python() -> str:
    """The Python with PyTorch: .venv's, or the one that runs this."""
    beside = ROOT / ".venv" / "bin" / "python"
    return str(beside) if beside.exists() else sys.executable


def is_current(files: list[Path], sources: list[Path]) -> bool:
    if not all(f.exists() for f in files):
        return False
    return min(f.stat().st_mtime for f in files) > max(s.stat().st_mtime for s in sources)


def cpu_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def bytes_of(path: Path) -> int:
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file()) if path.is_dir() else path.stat().st_size


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1e3:.2f} ms" if value < 0.1 else f"{value * 1e3:.0f} ms"


def size(value: int) -> str:
    return f"{value / 1e6:.1f} MB" if value >= 1e5 else f"{value / 1e3:.1f} kB"


def listed(work: Path, files: list[str]) -> str:
    """The names of files below ``work``, each folder named once: "stages/a b  layer.buddy/c"."""
    folders: dict[str, list[str]] = {}
    for file in files:
        folder, name = os.path.split(os.path.relpath(file, work))
        folders.setdefault(folder, []).append(name)
    return "  ".join(f"{folder}/{' '.join(names)}" for folder, names in folders.items())


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Columns of one width each; a row of one cell is a heading, an empty row a line."""
    table = [row for row in rows if len(row) > 1]
    widths = [max(len(row[c]) for row in table if len(row) > c) for c in range(max(map(len, table)))]
    for row in rows:
        if not row:
            print("-" * (sum(widths) + 2 * (len(widths) - 1)))
        elif len(row) == 1:
            print(row[0])
        else:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def export(work: Path, layer_options: list[str]) -> tuple[Path, Path, float | None]:
    """layer.pt2 and ref.safetensors in ``work``, and how long it took if they had to be made."""
    archive, reference = work / "layer.pt2", work / "ref.safetensors"
    sources = [EXAMPLE / "attention_model.py", EXAMPLE / "import-attention.py", ROOT / "requirements.txt"]
    sources += (ROOT / "python" / "buddy_attention").rglob("*.py")
    if is_current([archive, reference], sources):
        return archive, reference, None
    start = time.monotonic()
    run(
        "exporting the layer, and running it eagerly in f32 and f64",
        [python(), EXAMPLE / "import-attention.py", "--export-only", "--save-pt2", archive, "--reference", reference]
        + layer_options,
    )
    return archive, reference, time.monotonic() - start


def demo(options: argparse.Namespace) -> None:
    layer_options = ["--variant", options.variant, "--batch-size", str(options.batch_size)]
    layer_options += ["--seq-len", str(options.seq_len)] + (["--no-mask"] if options.no_mask else [])
    threads = ["--threads", str(options.threads)]
    name = f"{options.variant}-b{options.batch_size}-s{options.seq_len}{'-nomask' if options.no_mask else ''}"
    work = ROOT / "build" / "demo" / name
    work.mkdir(parents=True, exist_ok=True)

    archive, reference, export_seconds = export(work, layer_options)
    package, stages = work / "layer.buddy", work / "stages"
    compile_command = [BUDDY, "compile", archive, "-o", package, f"--save-stages={stages}", "--json"]
    compiled = json.loads(run("compiling it through every stage", compile_command))
    verify_command = [BUDDY, "verify", package, "--reference", reference, *threads, "--json"]
    verified = json.loads(run("verifying it against eager PyTorch in f64", verify_command))
    print("timing it beside eager PyTorch", file=sys.stderr, flush=True)
    ours, eager = [], []
    for _ in range(ROUNDS):
        time.sleep(QUIET_SECONDS)
        bench_command = [BUDDY, "bench", package, "--reference", reference, *threads, "--seconds", "0.5", "--json"]
        ours.append(json.loads(run("timing the package", bench_command, progress=False)))
        time.sleep(QUIET_SECONDS)
        eager_command = [python(), ROOT / "scripts" / "time_eager.py", *layer_options, *threads]
        eager.append(json.loads(run("timing eager PyTorch", eager_command, progress=False)))

    report(options, work, export_seconds, compiled, verified, ours, eager)


def report(
    options: argparse.Namespace,
    work: Path,
    export_seconds: float | None,
    compiled: dict[str, Any],
    verified: dict[str, Any],
    ours: list[dict[str, Any]],
    eager: list[dict[str, Any]],
) -> None:
    what = "DeepSeek-R1-Distill-Qwen-1.5B attention" if options.variant == "default" else "plain multi-head attention"
    mask = "no mask" if options.no_mask else "padding mask"
    rows: list[tuple[str, ...]] = [
        (f"{what}, batch {options.batch_size}, sequence {options.seq_len}, {mask}, f32",),
        (f"{cpu_name()}, {options.threads} thread{'s' if options.threads > 1 else ''}",),
        (f"files are in {os.path.relpath(work, ROOT)}",),
        (),
        ("stage", "time", "file"),
        ("export", seconds(export_seconds) if export_seconds else "(kept)", "layer.pt2"),
    ]
    for stage in compiled["stages"]:
        rows.append((stage["name"], seconds(stage["seconds"]), listed(work, stage["files"])))
    rows.append(("package", size(bytes_of(work / "layer.buddy")), "layer.buddy"))
    rows.append(("buddy compile", seconds(compiled["seconds"]), "all stages"))
    rows += [(), ("against f64", "ours", "eager's own")]
    for output in verified["outputs"]:
        rows.append((f"{output['name']} rms", f"{output['rms']:.2e}", f"{output['eager_rms']:.2e}  (at most twice)"))
        largest = f"{output['eager_largest']:.2e}  (at most four times)"
        rows.append((f"{output['name']} max", f"{output['largest']:.2e}", largest))
    our_time = min(run["median_ms"] for run in ours) / 1e3
    eager_time = min(run["median_ms"] for run in eager) / 1e3
    ratio = eager_time / our_time
    verdict = f"ours is {ratio:.2f} times as fast"
    rows += [(), ("time of a run", seconds(our_time), f"{seconds(eager_time)}  ({verdict})")]
    best = max(ours, key=lambda run: run["gflops"] or 0)
    if best["percent_of_limit"] is not None:
        limit = f"{best['percent_of_limit']:.0f} % of the {best['fma_limit_gflops']:.0f} GFLOP/s this CPU can do"
        rows.append(("rate of a run", f"{best['gflops']:.0f} GFLOP/s", limit))
    print()
    print_table(rows)


def main() -> int:
    options = parse_options()
    if not os.access(BUDDY, os.X_OK):
        print(f"{BUDDY} does not exist: `./bootstrap build` makes it", file=sys.stderr)
        return 1
    try:
        demo(options)
    except StepFailed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
