"""Finds what is wrong with the links of a built site: in pages, to anchors, to images and scripts.

What a page loads must be in the site: it is read without a network. Links to other sites are not followed.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Attributes that the browser loads by itself.
LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}


class PageLinks(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[str, bool, int]] = []  # target, loaded, line

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attributes if value is not None}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        relation = values.get("rel", "")
        for name in ("href", "src"):
            if name in values and relation not in ("canonical", "prev", "next"):
                self.links.append((values[name], (tag, name) in LOADED, self.getpos()[0]))


def read_links(page: Path) -> PageLinks:
    parser = PageLinks()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def check_site(site: Path) -> list[str]:
    """One line for each link that leads nowhere, and each thing that is loaded from elsewhere."""
    pages = {page.resolve(): read_links(page) for page in sorted(site.rglob("*.html"))}
    problems = []
    for page, found in pages.items():
        if page.name == "404.html":  # its links are absolute, for a server
            continue
        for target, loaded, line in found.links:
            where = f"{page.relative_to(site.resolve())}:{line}"
            parts = urlsplit(target)
            if parts.scheme in ("data", "javascript", "mailto"):
                continue
            if parts.scheme or parts.netloc:
                if loaded:
                    problems.append(f"{where}: {target} is loaded from the network")
                continue
            path = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
            if path.is_dir():
                path = path / "index.html"
            if not path.is_file():
                problems.append(f"{where}: there is no {target}")
            elif parts.fragment and path in pages and unquote(parts.fragment) not in pages[path].anchors:
                problems.append(f"{where}: {parts.path or 'the page'} has no anchor #{parts.fragment}")
    return problems
