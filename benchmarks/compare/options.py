"""The command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from . import ROOT
from .layers import VARIANTS
from .peers import PEERS

SEQS = (1, 40, 128, 512, 2048)
QUICK_SEQS = (40, 512)
LONGEST = 32768


def _names(known: dict[str, object]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"there is no {name!r}; there are: {', '.join(known)}")
        return list(dict.fromkeys(names))

    return parse


def _numbers(most: int) -> Callable[[str], list[int]]:
    def parse(text: str) -> list[int]:
        numbers = []
        for word in text.split(","):
            if not word.isdecimal() or not 1 <= int(word) <= most:
                raise argparse.ArgumentTypeError(f"{word!r} is not a whole number from 1 to {most}")
            numbers.append(int(word))
        return sorted(set(numbers))

    return parse


def _count(text: str) -> int:
    return _numbers(10000)(text)[0]


def parse_options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Ends the program with status 2 and a message if they are wrong."""
    cores = len(os.sched_getaffinity(0))
    threads = sorted({1, cores})
    parser = argparse.ArgumentParser(
        prog="./bootstrap bench",
        description="Verify and measure our compiler beside PyTorch, inductor, ONNX Runtime and OpenVINO, in f32: "
        "one process a peer, in turn, round after round, each peer in the form it is fastest with.",
        epilog="Writes results.json, results.md and results.svg. Peers that are not installed are skipped by name. "
        "Exit status: 0 measured (rows that were not verified are marked), 1 nothing could be measured, 2 wrong usage.",
    )
    parser.add_argument(
        "--variants", type=_names(dict(VARIANTS)), default=list(VARIANTS), metavar="A,B", help="default: default,mha"
    )
    parser.add_argument("--seqs", type=_numbers(LONGEST), metavar="N,N", help=f"default: {','.join(map(str, SEQS))}")
    parser.add_argument(
        "--threads", type=_numbers(4096), default=threads, metavar="N,N", help=f"default: {','.join(map(str, threads))}"
    )
    parser.add_argument(
        "--peers", type=_names(dict(PEERS)), default=list(PEERS), metavar="A,B", help=f"default: {','.join(PEERS)}"
    )
    parser.add_argument("--rounds", type=_count, metavar="N", help="default: 5 (--quick: 3)")
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "build" / "bench",
        metavar="DIR",
        help="where results go, default: build/bench",
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / "build" / "compare",
        metavar="DIR",
        help="where exported layers are kept between runs, default: build/compare",
    )
    parser.add_argument("--quick", action="store_true", help="sequences 40 and 512, 3 rounds, without inductor-max")
    parser.add_argument("--no-install", action="store_true", help="do not install peers that are missing")
    options = parser.parse_args(arguments)
    if options.seqs is None:
        options.seqs = list(QUICK_SEQS if options.quick else SEQS)
    if options.rounds is None:
        options.rounds = 3 if options.quick else 5
    if options.quick and options.peers == list(PEERS):
        options.peers.remove("inductor-max")
    return options
