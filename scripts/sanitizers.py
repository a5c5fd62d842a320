"""What sanitized programs are run with: the one place for it.

Debian's libMLIR, libLLVM and libomp are not instrumented. What that makes impossible:

- Leaks: MLIR keeps what it makes once (pass registries, uniqued types) until the process ends, and the leak
  checker cannot see the roots that lie in libraries: off where MLIR is linked, on for the runtime.
- One definition, two copies: inline variables of LLVM's headers are in our objects (instrumented) and in libLLVM
  (not), which the ODR check takes for a violation: off.
- One arena, two rules: our objects poison what an arena of MLIR's context has not given away, libMLIR gives it away
  without saying so: marks by programs are off where MLIR is linked.
- Memory that only libMLIR touches is not checked, and containers that both sides change would look wrong: their
  check is off. (libstdc++ marks none by default.)
- ThreadSanitizer does not see what libomp does; Archer, which comes with libomp, tells it of parallel regions and
  barriers. So nothing is suppressed: a suppression that names libomp.so would hide all races of its workers, whose
  stacks begin there. The compiler is not built with it: passes run on libMLIR's threads, whose atomics are not seen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LLVM = "22"
ROOT = Path(__file__).resolve().parents[1]
PACKAGE = f"libclang-rt-{LLVM}-dev"
COMPILER = f"/usr/lib/llvm-{LLVM}/bin/clang++"
ARCHER = f"/usr/lib/llvm-{LLVM}/lib/libarcher.so"

_ADDRESS = "detect_odr_violation=0:detect_container_overflow=0:allocator_may_return_null=1"
_UNDEFINED = "print_stacktrace=1:halt_on_error=1"


def missing() -> str:
    """Why nothing can be built with sanitizers here; empty if it can."""
    command = [COMPILER, "-fsanitize=address,fuzzer", "-x", "c++", "-", "-o", "/dev/null"]
    program = 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char *, unsigned long) { return 0; }'
    try:
        done = subprocess.run(command, input=program, capture_output=True, text=True)
    except FileNotFoundError:
        return f"there is no {COMPILER}"
    return "" if done.returncode == 0 else f"the sanitizers' runtime is missing: apt-get install {PACKAGE}"


def address(*, with_mlir: bool) -> dict[str, str]:
    """The environment of programs with AddressSanitizer and UBSan."""
    options = "detect_leaks=0:allow_user_poisoning=0" if with_mlir else "detect_leaks=1"
    return {"ASAN_OPTIONS": f"{_ADDRESS}:{options}", "UBSAN_OPTIONS": _UNDEFINED}


def thread() -> dict[str, str]:
    """That of programs with ThreadSanitizer."""
    options = "ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1"
    return {"TSAN_OPTIONS": options, "OMP_TOOL_LIBRARIES": ARCHER}


def run(command: list[str], environment: dict[str, str]) -> str:
    """Runs tests; what sanitizers said and what failed, empty if nothing.

    Reports go to files: a test that expects a program to fail, or forks, would hide them.
    """
    environment = {**os.environ, **environment}
    with tempfile.TemporaryDirectory(prefix="sanitized-") as folder:
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            environment[name] = f"{environment.get(name, '')}:log_path={folder}/report"
        done = _captured(command, environment)
        reports = "".join(file.read_text(errors="replace") for file in sorted(Path(folder).iterdir()))
    return f"{reports}{done.stdout}exit status {done.returncode}" if reports or done.returncode else ""


def _captured(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _must(command: list[str]) -> None:
    done = _captured(command, dict(os.environ))
    if done.returncode:
        sys.exit(f"{done.stdout[-8000:]}\n{' '.join(command)}: failed")


def build(preset: str, *targets: str) -> Path:
    """Configures, each time, for the preset may have changed, and builds the targets, or all; the folder."""
    configure = ["cmake", "--preset", preset, f"-DPython3_EXECUTABLE={sys.executable}"]
    if launcher := shutil.which("ccache"):
        configure += [f"-DCMAKE_{language}_COMPILER_LAUNCHER={launcher}" for language in ("C", "CXX")]
    _must(configure)
    folder = ROOT / f"build-{preset}"
    _must(["ninja", "-C", str(folder), *targets])
    return folder
