"""Measures the example's layers with an open sequence length beside a fixed one, and prints a table."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from compare import ROOT, buddy
from compare.stats import median

sys.path[:0] = [str(ROOT / "python"), str(ROOT / "examples" / "BuddyAttention")]


def _lengths(text: str) -> list[int]:
    return [_count(item) for item in text.split(",")]


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 32768:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 32768")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time of up to an hour")
    return value


def parse_options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./bootstrap bench-sizes",
        description="The attention layers with a sequence length that each run chooses, beside packages of one "
        "length each. Both are verified before they are timed, in turn; each time is the median of all runs.",
    )
    parser.add_argument("--lengths", type=_lengths, default=[40, 128, 512, 2048], metavar="N,...", help="default: 40,128,512,2048")
    parser.add_argument("--rounds", type=_count, default=5, metavar="N", help="default: %(default)s")
    parser.add_argument("--seconds", type=_seconds, default=1.0, metavar="S", help="a round's, default: %(default)s")
    parser.add_argument("--threads", type=_count, default=os.cpu_count() or 1, metavar="N", help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there")
    return parser.parse_args(arguments)


def compile_package(folder: Path, name: str, module: Any, inputs: tuple[Any, ...], **options: Any) -> Path:
    from buddy_attention import export_layer

    export_layer(module, inputs, folder / f"{name}.pt2", **options)
    buddy.run("compile", folder / f"{name}.pt2", "-o", folder / f"{name}.buddy")
    return folder / f"{name}.buddy"


def measure(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    import attention_model
    import torch
    from buddy_attention import write_reference

    results = []
    for variant in ("default", "mha"):
        module = attention_model.make_model(variant).eval()
        sequence = torch.export.Dim("sequence", min=1, max=32768)
        example = attention_model.make_inputs(1, 40)
        shapes = tuple({1: sequence} for _ in example)
        opened = compile_package(folder, f"{variant}-open", module, example, dynamic_shapes=shapes)
        for length in options.lengths:
            inputs = attention_model.make_inputs(1, length)
            fixed = compile_package(folder, f"{variant}-{length}", module, inputs)
            reference = folder / "reference.safetensors"
            write_reference(module, inputs, reference)
            times: dict[str, list[float]] = {"fixed": [], "open": []}
            for _ in range(options.rounds):
                for name, package in (("fixed", fixed), ("open", opened)):
                    arguments = ["--reference", reference, "--threads", options.threads, "--seconds", options.seconds]
                    report = buddy.run_json("bench", package, *arguments)
                    if not report["verified"]:
                        sys.exit(f"{package}: not verified at length {length}")
                    times[name].append(report["median_ms"])
            entry = {"variant": variant, "length": length, "cpu": report["cpu"], "threads": options.threads}
            entry |= {f"{name}_ms": median(values) for name, values in times.items()}
            results.append(entry | {"ratio": entry["open_ms"] / entry["fixed_ms"]})
            print(
                f"| {variant} | {length} | {entry['fixed_ms']:.2f} | {entry['open_ms']:.2f} | {results[-1]['ratio']:.2f} |",
                flush=True,
            )
    return results


def main() -> int:
    options = parse_options()
    print("| layer | length | fixed, ms | open, ms | open / fixed |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="buddy-open-sizes-") as scratch:
        try:
            results = measure(options, Path(scratch))
        except buddy.BuddyFailed as error:
            print(error, file=sys.stderr)
            return 1
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
