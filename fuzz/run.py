"""Builds the fuzzers and runs each for some seconds: what they are fed is in fuzz/corpus, and what they find stays.

    python fuzz/run.py                       # those without MLIR's passes, 5 seconds each: continuous integration
    python fuzz/run.py --all --seconds 600   # all of them; the first build takes 17 CPU minutes
    python fuzz/run.py archive manifest

Exit status 1 if one found something; then the command that repeats it is printed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import import_seeds  # noqa: E402  (needs the path above)
import sanitizers  # noqa: E402

BUILD = ROOT / "build-fuzz"
READERS = ("safetensors", "manifest", "size-expression", "size-text", "schedule", "archive")
WITH_MLIR = ("import", "dump")
#: Those of the others that make attributes: MLIR's context is all they have of it.
WITH_CONTEXT = ("size-text", "archive")
#: What is not text of a model's size: longer inputs find nothing that shorter ones do not.
LONGEST = {"size-expression": 400, "size-text": 1000, "import": 8000, "dump": 6000}


def made_seeds(name: str, folder: Path) -> None:
    """Seeds that are made of what the repository has anyway."""
    if name == "import":
        for seed in (ROOT / "fuzz" / "corpus" / "archive").iterdir():
            shutil.copy(seed, folder)
        for operation, text in import_seeds.seeds():
            (folder / operation).write_text(text)
    if name == "dump":
        # Each test of a pass, cut where mlir-opt cuts it, behind the byte that chooses a stage.
        for number, file in enumerate(sorted((ROOT / "test").glob("*/**/*.mlir"))):
            for part, text in enumerate(file.read_text().split("// -----")):
                lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
                if seed := "\n".join(lines).strip():
                    data = bytes([32 + (number + part) % 16]) + seed.encode()
                    if len(data) <= LONGEST["dump"]:
                        (folder / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)


def seed_of_commit() -> int:
    """One commit has one verdict."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return int(done.stdout[:7] or "1", 16) or 1


def fuzz(name: str, seconds: int, kept: Path | None) -> tuple[str, str]:
    """Runs one; a line about it, and what it found (empty: nothing)."""
    found = BUILD / "found"
    found.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        new, seeds = Path(scratch) / "new", Path(scratch) / "seeds"
        new.mkdir()
        seeds.mkdir()
        made_seeds(name, seeds)
        if kept is not None:
            new = kept / name
            new.mkdir(parents=True, exist_ok=True)
        folders = [new, seeds]
        if (ROOT / "fuzz" / "corpus" / name).is_dir():
            folders.append(ROOT / "fuzz" / "corpus" / name)
        options = {
            "max_total_time": seconds,
            "timeout": 25,
            "rss_limit_mb": 4096,
            "max_len": LONGEST.get(name, 20000),
            "seed": seed_of_commit(),
            "artifact_prefix": f"{found}/{name}-",
            "print_final_stats": 1,
            # libMLIR's parser is not instrumented: shorter inputs that reach as many places of ours reach fewer of it.
            "reduce_inputs": int(name != "dump"),
        }
        dictionary = ROOT / "fuzz" / f"{'archive' if name == 'import' else name}.dict"
        if dictionary.exists():
            options["dict"] = dictionary
        command = [str(BUILD / "bin" / f"fuzz-{name}"), *(f"-{key}={value}" for key, value in options.items())]
        environment = {**os.environ, **sanitizers.address(with_mlir=name in (*WITH_MLIR, *WITH_CONTEXT))}
        done = subprocess.run(
            [*command, *map(str, folders)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        corpus = len(list(new.iterdir()))
    runs = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    coverage = re.findall(r"cov: (\d+)", done.stdout)
    line = f"{name:16} {int(runs[1]) if runs else 0:>9} runs, {coverage[-1] if coverage else '?'} places, {corpus} kept"
    return line, "" if done.returncode == 0 else done.stdout[-6000:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    known = [*READERS, *WITH_MLIR]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(known)}")
    parser.add_argument("--all", action="store_true", help="those with MLIR's passes too")
    parser.add_argument("--seconds", type=int, default=5, help="for each (%(default)s)")
    parser.add_argument("--keep", type=Path, help="a folder where corpora are kept and grow")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if reason := sanitizers.missing():
        print(f"skipped: {reason}")
        return 0
    names = options.names or [*READERS, *(WITH_MLIR if options.all else ())]
    sanitizers.build("fuzz", *(f"fuzz-{name}" for name in names))
    failed = False
    with ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for name, (line, found) in zip(names, pool.map(lambda name: fuzz(name, options.seconds, options.keep), names)):
            print(line, flush=True)
            if found:
                failed = True
                print(found)
                for artifact in sorted((BUILD / "found").glob(f"{name}-*")):
                    print(f"repeat it with: {BUILD / 'bin' / f'fuzz-{name}'} {artifact}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
