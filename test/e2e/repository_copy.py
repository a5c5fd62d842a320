"""A copy of the repository with its build, for documents whose reader changes the compiler.

A build folder knows where its sources are. So the copy is put at the repository's own place, in a mount
namespace that only the reader's shell sees, and ninja builds what changed. Where namespaces are not
allowed, the copy is configured and built anew, which takes ten minutes instead of two.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

# The Python packages are shared, not copied.
SHARED = ".venv"


def namespaces_work() -> bool:
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(command, capture_output=True).returncode == 0


def copy_sources(repository: Path, copy: Path) -> None:
    listed = ["git", "-C", str(repository), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (repository / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(repository / name, copy / name)
    subprocess.run(["git", "init", "-q", str(copy)], check=True)
    subprocess.run(["git", "-C", str(copy), "add", "-A"], check=True)


def make_copy(repository: Path, copy: Path) -> tuple[Path, list[str]]:
    """Where a reader's shell begins, and the command that starts it."""
    copy_sources(repository, copy)
    if namespaces_work():
        subprocess.run(["cp", "-a", "--reflink=auto", str(repository / "build"), str(copy / "build")], check=True)
        (copy / SHARED).mkdir()
        mount = 'mount --bind "$1/$3" "$2/$3" && mount --rbind "$2" "$1" && cd "$1" && shift 3 && exec "$@"'
        return repository, ["unshare", "--mount", "bash", "-c", mount, "-", str(repository), str(copy), SHARED]
    (copy / SHARED).symlink_to(repository / SHARED)
    python = f"-DPython3_EXECUTABLE={repository / SHARED / 'bin' / 'python'}"
    configure = ["cmake", "-G", "Ninja", "-S", copy, "-B", copy / "build", "-DCMAKE_BUILD_TYPE=Release", python]
    subprocess.run([str(word) for word in configure], check=True, capture_output=True)
    targets = ["buddy", "buddy-opt", "buddy_runtime", "buddy_python"]
    subprocess.run(["ninja", "-C", str(copy / "build"), *targets], check=True, capture_output=True)
    return copy, []
