"""The page of `buddy report` in a browser: how it looks, tables and pictures, odd and large data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import report_data
from report_browser import WINDOW, Page, prefer, resize
from report_data import HOSTILE, Data
from report_fixtures import needs_browser

pytestmark = needs_browser
VIEWS = ["stages", "graph", "times", "errors", "memory", "schedules", "roofline"]


def luminance(color: str) -> float:
    channels = [int(part) / 255 for part in color[color.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_light_and_dark(page: Page) -> None:
    def color(selector: str, name: str) -> str:
        return page.js("return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", selector, name)

    try:
        grounds = {}
        for scheme in ("light", "dark"):
            prefer(page.driver, scheme)
            page.open("#mark=0:4&stage=tosa")
            grounds[scheme] = color("body", "backgroundColor")
            surface = color("#main", "backgroundColor")
            for selector in (
                "body",
                "#tabs button[aria-selected=false]",
                ".facts-line",
                "#source .number",
                "#chosen dt",
                ".o",
                ".f",
                ".t",
            ):
                assert contrast(color(selector, "color"), surface) >= 4.5, (scheme, selector)
            mark = color("#source .row.marked", "backgroundColor")
            assert mark != surface and contrast(color("#source .row.marked", "color"), mark) >= 4.5
        assert luminance(grounds["light"]) > 0.8 and luminance(grounds["dark"]) < 0.05
        # The button beats the system, and is remembered.
        page.press("t")
        assert color("body", "backgroundColor") == grounds["light"]
        page.open()
        assert color("body", "backgroundColor") == grounds["light"]
        page.click("#theme")
        assert color("body", "backgroundColor") == grounds["dark"]
        page.click("#theme")
    finally:
        prefer(page.driver, "light")


def test_address_holds_the_view(page: Page) -> None:
    page.open("#stage=tosa").press("d").wait("return document.querySelector('.row.added')")
    page.click_line("source", "out = attention").click_line("stage-pane", "stage.tosa")
    fragment = page.fragment()
    page.open(fragment)
    page.wait("return document.querySelector('.row.found')")
    assert page.text("#stage-name") == "tosa"
    assert page.marked("source") == ["q = self.q_proj(x)", "k = self.k_proj(x)"]
    assert page.js("return document.querySelector('[name=diff]:checked').value") == "unified"
    assert "stage.tosa" in page.found()
    # Also when only the address changes, and for what does not exist.
    page.js("location.hash = '#view=times&mark=0:7&sort=kernel:rising'")
    page.wait("return document.querySelector('tr.marked')")
    assert page.texts("tr.marked td:first-child") == ["subgraph0.contraction2"]
    page.open("#stage=none&view=none&mark=7:x,9:1&place=99&at=x&diff=y&source=4&function=z&sort=a:b&kernel=q")
    assert page.text("#stage-name") == "graph" and page.complaints() == []


def test_tables_sort(page: Page) -> None:
    page.open("#view=times")
    names = "#view tbody td:first-child"
    assert page.texts(names) == ["subgraph0.contraction0", "subgraph0.contraction2", "subgraph0.attention1"]
    page.click("th:first-child button")
    assert page.texts(names) == ["subgraph0.attention1", "subgraph0.contraction0", "subgraph0.contraction2"]
    assert page.js("return document.querySelector('th[aria-sort]').getAttribute('aria-sort')") == "ascending"
    page.click("th:first-child button")
    assert page.texts(names)[0] == "subgraph0.contraction2"
    page.click("tbody tr:first-child td:nth-child(2) button")
    assert page.marked("source") == ["return self.o_proj(out)  # the end"]
    page.click("[name=by][value=line]")
    assert page.texts("#view tbody code") == [
        "q = self.q_proj(x)",
        "return self.o_proj(out)  # the end",
        "out = attention(q, k)",
    ]
    assert page.texts(names)[0] == "lines 4 and 5" and page.texts("tr.marked td:first-child") == ["line 7"]
    page.show_view("errors")
    assert page.texts("#view tbody td:last-child") == ["broken", "holds"]
    assert page.texts("tr.marked") == []


def test_pictures_mark(page: Page) -> None:
    page.open("#view=memory&mark=0:6")
    assert page.texts(".slot.marked title") == ["1x2xf32, 2.05 kB at 2,048, from kernel 2 to 3, line 6"]
    page.show_view("roofline")
    points = page.js(
        "return [...document.querySelectorAll('.point')]"
        ".map((p) => [p.getAttribute('cx'), p.getAttribute('cy'), p.classList.contains('marked')])"
    )
    # 40, 25 and 23 operations a byte; 160, 100 and 100 GFLOP/s.
    xs, ys, marked = zip(*((float(x), float(y), m) for x, y, m in points))
    assert xs[0] > xs[1] > xs[2] and ys[0] < ys[1] and ys[1] == pytest.approx(ys[2])
    assert marked == (False, True, False)
    page.show_view("schedules")
    page.click(".kernel.marked summary").wait("return document.querySelector('.kernel[open] tbody')")
    assert page.texts(".kernel[open] tbody tr")[0] == "row40yes8"
    assert page.texts(".kernel[open] tbody tr")[1] == "lane32whole"


def test_graph_folds(page: Page) -> None:
    page.open("#view=graph&mark=0:6").wait("return document.querySelector('.node')")

    def labels() -> list[str]:
        return page.js(
            "return [...document.querySelectorAll('.node')].map((x) => x.getAttribute('aria-label').split(',')[0])"
        )

    assert sorted(labels()) == sorted(["x", "linear", "slice", "slice", "attention", "linear", "output0"])
    assert page.js("return [...document.querySelectorAll('.node.marked')].map((x) => x.dataset.id)") == ["node:5"]
    assert page.texts(".node .error") == ["error 3.0×"]  # more than twice eager's
    # The slices of a product are part of it: its time stands at the product alone.
    assert page.texts(".node .share") == ["50 %", "10 %", "35 %"]
    page.click("[aria-label='Fold all modules']").wait("return document.querySelector('.node.group')")
    # Names of modules are shown as a path, if there is but one; q_proj's two operations are in self_attn.
    assert sorted(labels()) == ["module self_attn", "output0", "x"]
    assert page.js("return document.querySelectorAll('.edge').length") == 2
    page.click(".node.group.marked").wait("return document.querySelector('[data-id=\"module:self_attn.q_proj\"]')")
    # A call is as costly as what it calls, and leads there.
    page.click(".tools select option:first-child")
    page.wait("return document.querySelector('.node.call')")
    assert page.texts(".node.call .share") == ["95 %"]
    page.click(".node.call")
    page.wait("return document.querySelector('[data-id=\"node:7\"]')")
    assert "function=subgraph0" in page.fragment()


@pytest.mark.parametrize("width", [360, 800])
def test_narrow_windows(page: Page, width: int) -> None:
    try:
        resize(page.driver, width, 900)
        page.open("#mark=0:4")
        for view in VIEWS:
            page.show_view(view)
            assert page.js("return document.documentElement.scrollWidth") <= width, view
        box = "return document.getElementById(arguments[0]).getBoundingClientRect()[arguments[1]]"
        assert page.js(box, "main", "top") >= page.js(box, "left", "bottom")
    finally:
        resize(page.driver, *WINDOW)


def test_everything_has_a_name(page: Page) -> None:
    """What Chromium tells a screen reader: roles, and names of all that can be used."""
    usable = {
        "button",
        "link",
        "tab",
        "slider",
        "checkbox",
        "radio",
        "combobox",
        "listbox",
        "option",
        "dialog",
        "searchbox",
    }
    roles = set()
    page.open("#mark=0:4")
    for view in VIEWS:
        page.show_view(view)
        for node in page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]:
            role, name = node.get("role", {}).get("value"), node.get("name", {}).get("value")
            if not node["ignored"] and role in usable:
                roles.add(role)
                assert name and name.strip(), f"a {role} of {view} has no name"
    assert {"button", "tab", "slider", "checkbox", "radio", "combobox", "listbox", "option"} <= roles
    page.open("#mark=0:4")
    page.click_line("source", "out = attention")
    assert page.text("#live") == "Marked line 6: 1 line of graph."


def test_hostile_text_is_text(make_page: Callable[[Callable[[], Data]], Page]) -> None:
    page = make_page(report_data.hostile).open()
    for view in VIEWS:
        page.show_view(view)
        assert page.js("return window.harm") is None
    # Nothing of it became an element, and nothing was lost; what turns the direction of text is shown.
    shown = HOSTILE.replace("\u202e", "⟪U+202E⟫")
    assert page.js("return document.querySelectorAll('img, body script:not([id]):not(:last-of-type)').length") == 0
    assert page.js("return JSON.parse(document.getElementById('data').textContent)") == report_data.hostile()
    assert page.js("return document.getElementById('title').textContent") == f"layer.buddy{shown}"
    page.show_view("stages")
    assert any(HOSTILE[:40] in line for line in page.rows("source"))
    assert any(HOSTILE[:40] in line for line in page.rows())
    page.press("/").type("</script>").wait("return document.querySelectorAll('#hits [role=option]').length > 1")
    page.press("escape").press("c", "w").press("escape")
    assert page.js("return window.harm") is None and page.complaints() == []


def test_what_is_missing_is_said(make_page: Callable[[Callable[[], Data]], Page]) -> None:
    page = make_page(report_data.unmeasured).open()
    command = "buddy report layer.buddy -o report.html"
    assert "not measured" in page.text("#summary") and f"{command} --reference ref.safetensors" in page.text("#summary")
    assert "there is no such file" in page.text("#left") and f"{command} --source-root DIRECTORY" in page.text("#left")
    for view in VIEWS:
        shown = page.show_view(view).text("body")
        for wrong in ("NaN", "null", "undefined", "Infinity", "[object", " 0 ms", " 0 %", "0.0"):
            assert wrong not in shown, (view, wrong)
        if view in ("times", "errors", "roofline"):
            assert f"{command} --reference ref.safetensors" in page.text("#view")
    # The lines of a source that is gone can still be followed.
    page.open().click_line("source", "5")
    assert "line 5" in page.text("#chosen").lower() and page.rail()["fused"] == 1
    assert page.complaints() == []


def test_nothing_at_all(make_page: Callable[[Callable[[], Data]], Page]) -> None:
    page = make_page(report_data.empty).open()
    for view in VIEWS:
        page.show_view(view)
        assert page.js("return document.querySelectorAll('#view .missing').length") > 0, view
        for wrong in ("NaN", "null", "undefined", "Infinity"):
            assert wrong not in page.text("body"), (view, wrong)
    page.press("]", "d", "n", "x", "s", "c", "/").press("escape")
    assert page.complaints() == []


def test_a_whole_model(make_page: Callable[[Callable[[], Data]], Page]) -> None:
    """Only what is visible is in the document, whatever the size of the data."""
    page = make_page(report_data.large).open("#stage=vector-optimization")
    elements = "return document.querySelectorAll('*').length"
    # Its run is longer than all of its kernels together.
    assert "But more, 1.50 ms (75 %), passes outside of all kernels" in page.text("#summary")
    assert "sum up to 3.46 ms: something else ran on this machine" in page.text("#summary")
    assert page.js(elements) < 5000 and len(page.rows()) < 120 and len(page.rows("source")) < 120
    page.press("c", "end")
    assert page.rows()[-1].endswith("}") and len(page.rows()) < 120
    page.press("s", "home", "arrow_down", "arrow_down", "arrow_down", "enter")
    assert page.rail()["assembly"] > 1000
    page.press("d").wait("return document.querySelector('#diff-note').textContent.startsWith('the same')")
    for view in VIEWS:
        page.show_view(view)
        assert page.js(elements) < 12000, view
    page.show_view("graph")
    assert 0 < len(page.texts(".node")) <= 40  # of 2000
    page.click("[aria-label='Unfold all modules']")
    assert "too many" in page.text(".graph .status") and len(page.texts(".node")) <= 40
    page.show_view("errors")
    assert len(page.texts("#view tbody tr")) == 200
    page.click("#view p > button")
    assert len(page.texts("#view tbody tr")) == 400
    assert page.complaints() == []
