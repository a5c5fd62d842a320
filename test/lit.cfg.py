# The IR tests: every .mlir below this folder, run through buddy-opt (or a stock tool) and FileCheck.
# lit hands `config` and `lit_config` to this file.
import os
import platform
import shutil

import lit.formats

config.name = "Buddy Attention"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["e2e", "Inputs"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = config.buddy_test_build_dir

# The programs under test and LLVM's helpers come before anything of the same name on PATH.
path = [config.buddy_bin_dir, config.llvm_bin_dir, os.environ.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
# Where a toolchain's environment changes what a crash prints or how threads start, tests see it.
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "OMP_NUM_THREADS", "TMPDIR"):
    if name in os.environ:
        config.environment[name] = os.environ[name]


def tool(name):
    """The full path of a program; a suite without it could only fail in a confusing way."""
    found = shutil.which(name, path=config.environment["PATH"])
    if found is None:
        lit_config.fatal(f"the program {name} was not found; `./bootstrap build` installs and builds it")
    return found


# Longer names first: a substitution replaces every occurrence of its text.
for name in ("mlir-runner", "mlir-opt"):
    config.substitutions.append((f"%{name}", tool(name)))
for name in ("FileCheck", "not", "split-file", "buddy-opt", "buddy"):
    tool(name)

# `REQUIRES: x86_64` and the like, for tests of what only one CPU can run.
config.available_features.add(platform.machine())
try:
    with open("/proc/cpuinfo") as cpuinfo:
        for line in cpuinfo:
            if line.startswith(("flags", "Features")):
                config.available_features.update(line.split(":", 1)[1].split())
                break
except OSError:
    pass  # not Linux: no such features, their tests are skipped
