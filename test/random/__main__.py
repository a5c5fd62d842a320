"""Random programs against eager PyTorch: `./bootstrap fuzz` (docs/fuzzing.md)."""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))
os.environ.setdefault("BUDDY", str(ROOT / "build" / "bin" / "buddy"))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")

from seeds import FIXED, KINDS, default_jobs, new_seeds, seeds  # noqa: E402


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./bootstrap fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, help="how long (10, unless --programs says how many)")
    parser.add_argument("--programs", type=int, help="how many")
    parser.add_argument("--seed", type=int, help="the first seed; without it a new one each time")
    parser.add_argument("--kind", choices=KINDS, help="programs of this kind only")
    parser.add_argument("--jobs", type=int, default=default_jobs(), help="processes (one a core)")
    parser.add_argument(
        "--reduce", type=int, default=4, metavar="N", help="make up to N of the wrong programs smaller (4)"
    )
    parser.add_argument(
        "--sample", type=int, default=0, metavar="N", help="run the stages' dumps of N programs that are right"
    )
    parser.add_argument("--stop-at-first", action="store_true", help="end at the first program that is at fault")
    parser.add_argument("--log", type=Path, help="a file that gets a line a program")
    parser.add_argument(
        "--ci", action="store_true", help="the programs of continuous integration: see FIXED and new_seeds()"
    )
    parser.add_argument("--print", action="store_true", help="print the programs instead of running them")
    return parser.parse_args()


def print_programs(options: argparse.Namespace, first: int) -> None:
    from generate import generate
    from source import source

    for seed, kind in seeds(options, first):
        print(source(generate(seed, kind)))


def main() -> int:
    options = parse()
    # Here, for they import PyTorch, which --help does without.
    from failures import explain, one_of_each, stage_prefixes
    from report import FAULTS, Summary
    from workers import run_all

    first = options.seed if options.seed is not None else int(time.time()) % 10**8 * 10
    if options.print:
        print_programs(options, first)
        return 0
    print(f"seeds {FIXED} and from {new_seeds()[0]}" if options.ci else f"seeds from {first}", flush=True)
    summary, failed = Summary(), []
    log = options.log.open("a") if options.log else None
    for report in run_all(seeds(options, first, failed), options.jobs):
        summary.add(report)
        if report.verdict in FAULTS:
            failed.append(report)
            print(f"{report.seed} ({report.kind}) {report.verdict}: {report.reason} {report.detail[:300]}", flush=True)
        if log:
            fields = report.seed, report.kind, report.verdict, " ".join(report.reason.split())
            print(*fields, sep="\t", file=log, flush=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if options.sample and not failed:
        fine = [(first + number, options.kind) for number in range(options.sample)]
        for report in run_all(iter(fine), options.jobs, stage_prefixes):
            print(f"stages of {report.seed}: {report.verdict}, {report.reason} {report.detail[:300]}", flush=True)
            if report.verdict in FAULTS:
                summary.add(report)
    for report in run_all(one_of_each(failed, options.reduce), options.jobs, explain):
        print(f"\n{'=' * 100}\n{report.seed}: {report.verdict}: {report.reason}\n{report.detail}", flush=True)
    print(summary.text())
    print(f"{used.ru_utime + used.ru_stime:.0f} s of the processor")
    return 1 if summary.faults else 0


if __name__ == "__main__":
    sys.exit(main())
