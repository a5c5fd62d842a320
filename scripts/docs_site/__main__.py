"""Builds the site of the documents, and checks its links.

    python scripts/docs_site [--build build] [--output build/site]

The pages are docs/, the READMEs and what is generated: the reference of dialects and passes from their
.td files, of the C interface from its header, of the commands from their --help, of Python from its
docstrings. The site needs no network. A link that leads nowhere is an error.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
from pathlib import Path

from c_header import make_c_page
from command_pages import make_command_page
from links import check_site
from pages import write_pages

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import make_docs  # noqa: E402

PYTHON_PAGE = """# The Python package

::: buddy_attention
"""


def write_reference(reference: Path, build: Path) -> None:
    reference.mkdir()
    make_docs.write_pages(reference)
    (reference / "c.md").write_text(make_c_page(ROOT / "include"))
    (reference / "commands.md").write_text(make_command_page(build / "bin"))
    (reference / "python.md").write_text(PYTHON_PAGE)


def build_site(sources: Path, site: Path) -> None:
    """Raises mkdocs' exceptions: a warning is an error."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    config = load_config(str(ROOT / "mkdocs.yml"), docs_dir=str(sources), site_dir=str(site), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    try:
        build(config)
    finally:
        config.plugins.on_shutdown()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], prog="docs_site")
    parser.add_argument("--build", type=Path, default=ROOT / "build", metavar="DIR", help="where bin/buddy is")
    parser.add_argument("--output", type=Path, metavar="DIR", help="the site's folder, default: site in the build's")
    args = parser.parse_args()
    site = (args.output or args.build / "site").resolve()
    if not (args.build / "bin" / "buddy").exists():
        parser.exit(1, f"{args.build / 'bin' / 'buddy'} does not exist: ./bootstrap build makes it\n")
    try:
        import mkdocs.exceptions
    except ImportError as error:
        parser.exit(1, f"{error}: pip install -r requirements.txt\n")
    with tempfile.TemporaryDirectory() as scratch:
        sources, made = Path(scratch) / "pages", Path(scratch) / "site"
        try:
            write_pages(ROOT, sources)
            write_reference(sources / "reference", args.build)
            build_site(sources, made)
        except (mkdocs.exceptions.MkDocsException, make_docs.Failed, ValueError, OSError) as error:
            parser.exit(1, f"{error}\n")
        problems = check_site(made)
        for problem in problems:
            print(problem, file=sys.stderr)
        if problems:
            return 1
        # Only a whole site takes the place of the last one.
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(made, site)
    print(f"{sum(1 for _ in site.rglob('*.html'))} pages, open {site / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
