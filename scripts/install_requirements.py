"""Installs a requirements file into the Python that runs this, with a PyTorch that is not larger than needed.

PyTorch's package on PyPI brings a GPU runtime of several gigabytes. The CPU build from PyTorch's own
index is taken when that index answers; otherwise PyPI's, and its size is printed first if it is large.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
ANSWER_WITHIN_SECONDS = 3
LARGE_BYTES = 500_000_000


def pip(*arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check"]
    return subprocess.run(command, stdout=subprocess.PIPE if capture else None, text=True)


def index_answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/torch/", timeout=ANSWER_WITHIN_SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def download_size(url: str) -> int:
    """Bytes of the file at ``url``, 0 if its server does not say."""
    try:
        request = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_SECONDS) as answer:
            return int(answer.headers.get("Content-Length") or 0)
    except (OSError, ValueError):
        return 0


def announce_large_download(requirement: str) -> None:
    """Prints size and source of what pip is about to fetch, if it is above 500 MB."""
    plan = pip("install", "-qq", "--dry-run", "--report", "-", requirement, capture=True)
    if plan.returncode:
        return  # the real installation reports what is wrong
    urls = [item["download_info"]["url"] for item in json.loads(plan.stdout)["install"]]
    sizes = {url: download_size(url) for url in urls if url.startswith("http")}
    total = sum(sizes.values())
    if total > LARGE_BYTES:
        largest = max(sizes, key=lambda url: sizes[url])
        print(f"downloading {total / 1e9:.1f} GB for {requirement}, most of it {largest}", file=sys.stderr)


def install_torch(requirement: str) -> bool:
    if index_answers(CPU_INDEX):
        print(f"installing {requirement} from {CPU_INDEX}", file=sys.stderr)
        if pip("install", "-qq", "--index-url", CPU_INDEX, requirement).returncode == 0:
            return True
        print("that did not work; trying pip's configured index", file=sys.stderr)
    announce_large_download(requirement)
    print(f"installing {requirement}", file=sys.stderr)
    return pip("install", "-qq", requirement).returncode == 0


def main() -> int:
    requirements = Path(sys.argv[1])
    wanted = re.search(r"^torch==(\S+)", requirements.read_text(), re.MULTILINE)
    if wanted is None:
        print(f"{requirements}: no line 'torch==VERSION'", file=sys.stderr)
        return 1
    try:
        present = importlib.metadata.version("torch").split("+")[0]
    except importlib.metadata.PackageNotFoundError:
        present = None
    if present != wanted[1] and not install_torch(wanted[0]):
        return 1
    print("installing the other Python packages", file=sys.stderr)
    return pip("install", "-qq", "-r", str(requirements)).returncode


if __name__ == "__main__":
    sys.exit(main())
