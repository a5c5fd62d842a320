"""Runs the benchmark and prints its table."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from compare import ROOT, buddy
from compare.stats import median

from . import models
from .processes import Failed, Ran, run

PEERS = ("eager", "openvino")


def _peers(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(f"there is no {name!r}; there are: {', '.join(PEERS)}")
    return names


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 100000")
    return int(text)


def parse_options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./bootstrap bench-model",
        description="Compile, verify and measure a whole model with random weights: prefill beside eager PyTorch and "
        "OpenVINO, and decoding with a static cache beside eager PyTorch and the machine's memory. One process at a "
        "time holds the parameters; ours is measured before and after each peer.",
    )
    parser.add_argument("--size", choices=models.SIZES, default="deepseek-r1-1.5b")
    parser.add_argument("--layers", type=_count, help="default: all of them")
    parser.add_argument("--seq", type=_count, default=40, help="tokens of the prefill, default: 40")
    parser.add_argument("--cache", type=_count, default=1024, help="length of the cache, default: 1024")
    parser.add_argument("--threads", type=_count, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=_count, default=10, help="of each measurement, default: 10")
    parser.add_argument("--peers", type=_peers, default=list(PEERS), metavar="A,B", help="default: eager,openvino")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "whole-model", help="default: build/whole-model")
    parser.add_argument("--json", type=Path, help="also write the results there")
    options = parser.parse_args(arguments)
    options.layers = options.layers or models.SIZES[options.size].layers
    if options.cache < options.seq + 8:
        parser.error(f"--cache {options.cache} has no room for {options.seq} tokens and some steps")
    return options


class Benchmark:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.work: Path = options.work
        self.results: dict[str, Any] = {
            "size": options.size,
            "layers": options.layers,
            "seq": options.seq,
            "cache": options.cache,
            "threads": options.threads,
            "parameter_bytes": models.SIZES[options.size].parameter_bytes(options.layers),
        }

    def path(self, name: str) -> Path:
        return self.work / name

    def task(self, name: str, **given: Any) -> Any:
        """Runs one of tasks.py; returns what it returns."""
        print(f"  {name} ...", file=sys.stderr, flush=True)
        options = self.options
        answer = self.path("answer.json")
        given |= {key: getattr(options, key) for key in ("size", "layers", "seq", "cache", "threads", "seconds")}
        given = {key: str(value) if isinstance(value, Path) else value for key, value in given.items()}
        paths = os.pathsep.join((str(ROOT / "benchmarks"), str(ROOT / "python")))
        command = [sys.executable, "-m", "whole_model.tasks", name, json.dumps(given | {"answer": str(answer)})]
        run(command, self.path(f"{name}.log"), PYTHONPATH=paths, OMP_NUM_THREADS=str(options.threads))
        return json.loads(answer.read_text())

    def require_space(self) -> None:
        """Archive, package and a copy of the archive lie there at one time."""
        needed = 3 * self.results["parameter_bytes"] + (1 << 28)
        free = shutil.disk_usage(self.work).free
        if free < needed:
            raise Failed(
                f"{self.work} has {free / 1e9:.1f} GB free, {needed / 1e9:.1f} GB are needed; name another folder with --work"
            )

    def copy_seconds(self, archive: Path) -> float:
        """A plain copy, written through to the disk."""
        copy = self.path("copy")
        start = time.perf_counter()
        with archive.open("rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 24)
            target.flush()
            os.fsync(target.fileno())
        seconds = time.perf_counter() - start
        copy.unlink()
        return seconds

    def compile(self, archive: Path, package: Path) -> Ran:
        print("  buddy compile ...", file=sys.stderr, flush=True)
        command = [str(buddy.program()), "compile", str(archive), "-o", str(package)]
        return run(command, self.path("compile.log"))

    def ours(self, package: Path, reference: Path) -> dict[str, Any]:
        arguments = ("bench", package, "--reference", reference, "--threads", self.options.threads)
        return buddy.run_json(*arguments, "--seconds", self.options.seconds)

    def measure(self, kind: str, peers: list[str]) -> None:
        """``kind``: "plain" measures the prefill, "cached" a step of decoding after one."""
        archive, package, reference = (self.path(f"{kind}.{end}") for end in ("pt2", "buddy", "safetensors"))
        row: dict[str, Any] = {}
        self.results[kind] = row
        self.task(f"export_{kind}", archive=archive)
        row["copy_seconds"] = self.copy_seconds(archive)
        ran = self.compile(archive, package)
        row["compile_seconds"], row["compile_own_bytes"] = ran.seconds, ran.own_bytes
        archive.unlink()
        self.task(f"reference_{kind}", reference=reference)
        row["params_bytes"] = (package / "params.bin").stat().st_size
        report = buddy.run_json("verify", package, "--reference", reference, "--threads", self.options.threads)
        row["error_ratios"] = [output["rms"] / output["eager_rms"] for output in report["outputs"]]
        runs = [self.ours(package, reference)]
        row["peers"] = {}
        for peer in peers:
            task = f"{peer}_{'prefill' if kind == 'plain' else 'decode'}"
            try:
                times = self.task(task, reference=reference)
            except Failed as error:
                row["peers"][peer] = {"failed": str(error)}
                continue
            runs.append(self.ours(package, reference))
            both = [run["median_ms"] for run in runs[-2:]]
            row["peers"][peer] = {"median_ms": median(times), "runs": len(times), "ours_ms": sum(both) / 2}
        row["runs"] = runs
        row["median_ms"] = median(run["median_ms"] for run in runs)
        shutil.rmtree(package)
        reference.unlink()

    def run(self) -> dict[str, Any]:
        self.work.mkdir(parents=True, exist_ok=True)
        self.require_space()
        self.measure("plain", self.options.peers)
        self.measure("cached", [peer for peer in self.options.peers if peer == "eager"])
        return self.results


def table(results: dict[str, Any]) -> str:
    size, plain, cached = models.SIZES[results["size"]], results["plain"], results["cached"]
    lines = [
        f"{results['size']}, {results['layers']} layers, f32, random weights: "
        f"{results['parameter_bytes'] / 1e9:.2f} GB of parameters",
        f"CPU: {plain['runs'][0]['cpu']}, {results['threads']} threads",
        "",
        "| | prefill | prefill and decode |",
        "|---|---|---|",
    ]

    def both(what: str, text: Any) -> None:
        lines.append(f"| {what} | {text(plain)} | {text(cached)} |")

    both("compile, in all", lambda row: f"{row['compile_seconds']:.1f} s")
    both("a copy of the archive, synced", lambda row: f"{row['copy_seconds']:.1f} s")
    both("memory of the compiler's own", lambda row: f"{row['compile_own_bytes'] / 2**30:.2f} GiB")
    both("params.bin", lambda row: f"{row['params_bytes'] / 1e9:.2f} GB")
    both("RMS error / eager's, at most", lambda row: f"{max(row['error_ratios']):.2f}")
    lines += ["", f"Prefill of {results['seq']} tokens: {plain['median_ms']:.1f} ms, {_share(plain)}"]
    lines += _peers_text(plain)
    read = results["parameter_bytes"] - 4 * size.hidden * size.vocabulary  # of the embedding one row
    rates = [read / run["median_ms"] / 1e6 / run["read_gb_per_s"] for run in cached["runs"]]
    lines += [
        "",
        f"A step of decoding after {results['seq']} tokens, cache of {results['cache']}: {cached['median_ms']:.1f} ms, "
        f"{read / cached['median_ms'] / 1e6:.1f} GB/s of parameters, {100 * median(rates):.0f} % of what this machine "
        "reads",
    ]
    lines += _peers_text(cached)
    return "\n".join(lines) + "\n"


def _share(row: dict[str, Any]) -> str:
    shares = [run["percent_of_limit"] for run in row["runs"]]
    if None in shares:
        return "share of the FMA limit unknown"
    return f"{median(shares):.1f} % of the FMA limit"


def _peers_text(row: dict[str, Any]) -> list[str]:
    lines = []
    for peer, found in row["peers"].items():
        if "failed" in found:
            lines.append(f"  {peer}: not measured: {found['failed']}")
        else:
            ratio = found["median_ms"] / found["ours_ms"]
            lines.append(f"  {peer}: {found['median_ms']:.1f} ms, {ratio:.2f} times ours before and after it")
    return lines


def main() -> int:
    options = parse_options()
    try:
        results = Benchmark(options).run()
    except (Failed, buddy.BuddyFailed, OSError) as error:
        print(f"bench-model: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    print(table(results), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
