"""The page of `buddy report` in a browser: headless Chromium, driven by Selenium."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import report_data
from layers import buddy
from report_browser import BROWSER, DRIVER, WINDOW, Page, prefer, resize, rows_of, start_browser
from report_data import HOSTILE, STAGE_NAMES, Data, stage_lines

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="there is no browser: apt-get install chromium chromium-driver"
)
VIEWS = ["stages", "graph", "times", "errors", "memory", "schedules", "roofline"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    driver = start_browser()
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def make_page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[], Data]], Page]:
    """The page of some data, written once."""
    made: dict[str, Page] = {}

    def make(data: Callable[[], Data]) -> Page:
        if data.__name__ not in made:
            folder = tmp_path_factory.mktemp("page")
            (folder / "data.json").write_text(json.dumps(data()))
            buddy("report", "--from-data", folder / "data.json", "-o", folder / "page.html")
            made[data.__name__] = Page(browser, folder / "page.html")
        return made[data.__name__]

    return make


@pytest.fixture
def page(make_page: Callable[[Callable[[], Data]], Page]) -> Page:
    return make_page(report_data.small)


def lines_at(stage: str, *locations: int) -> list[str]:
    return [text.strip() for text, location in stage_lines(stage) if location in locations]


def test_loads_alone(page: Page) -> None:
    page.open()
    for view in VIEWS:
        page.show_view(view)
    page.open("#stage=fused&diff=split").wait("return document.querySelector('.half')")
    assert page.complaints() == []
    assert page.requests() == [page.path.as_uri()]


def test_summary_answers(page: Page) -> None:
    summary = page.open().text("#summary")
    # Which line, how far from the limit, why: 0.8 ms at best for 160 MFLOP at 200 GFLOP/s, of 1 ms.
    assert "Lines 4 and 5 cost most: 1.00 ms of the 2.00 ms of a run (50 %)" in summary
    assert "reaches 80 % of the machine's limit, which arithmetic sets (0.80 ms)" in summary
    assert "The reason of contraction0." in summary
    assert "sum up" not in summary
    assert "s64 = 40" in summary and "verified" in summary
    assert "3.0 times eager's, in attention, line 6" in summary
    page.click("#summary button")
    assert page.marked("source") == ["q = self.q_proj(x)", "k = self.k_proj(x)"]


def test_a_line_marks_its_operations_in_every_stage(page: Page) -> None:
    page.open().click_line("source", "q = self.q_proj")
    assert page.marked("source") == ["q = self.q_proj(x)"]
    made = (report_data.Q, report_data.QK)
    expected = {name: lines_at(name, *made) for name in STAGE_NAMES}
    assert page.rail() == {name: len(lines) for name, lines in expected.items()}
    for name in STAGE_NAMES:
        assert page.text("#stage-name") == name
        assert page.marked("stage-pane") == expected[name]
        page.press("]")
    assert "1.00 ms" in page.text("#chosen") and "80 %" in page.text("#chosen")
    # Once more takes the mark away.
    page.click_line("source", "q = self.q_proj")
    assert page.marked("source") == [] and set(page.rail().values()) == {0}
    # A line that nothing was made from stays as it is.
    page.click_line("source", "class Layer")
    assert page.marked("source") == []


def test_a_line_of_a_stage_marks_its_python(page: Page) -> None:
    page.open("#stage=fused").click_line("stage-pane", "wide_linear")
    assert page.marked("source") == ["q = self.q_proj(x)", "k = self.k_proj(x)"]
    page.press("[")
    assert page.marked("stage-pane") == lines_at("graph", report_data.Q, report_data.K)
    # One that has no line in the source marks itself in the other stages.
    page.click_line("stage-pane", "inv_freq")
    assert page.marked("source") == [] and "rotary_emb.inv_freq" in page.text("#chosen").lower()
    page.press("]")
    assert page.marked("stage-pane") == ['%3 = graph.param "inv_freq"']


def test_slider_goes_through_all_stages(page: Page) -> None:
    page.open()
    page.js("document.getElementById('slider').focus()")
    for index, name in enumerate(STAGE_NAMES):
        assert page.text("#stage-name") == name
        assert (
            page.js("return document.getElementById('slider').getAttribute('aria-valuetext')")
            == f"{name}, {index + 1} of 19"
        )
        shown = page.texts("#stage-pane .row .code")
        expected = [text for text, _ in stage_lines(name)]
        assert shown == expected[: len(shown)] and len(shown) >= min(20, len(expected))
        page.press("arrow_right")
    page.press("home")
    assert page.text("#stage-name") == "graph"
    page.click(".stop:nth-child(6)")
    assert page.text("#stage-name") == "tensor-optimization"
    page.press("x")
    assert "the pass of tensor-optimization" in page.text("#passes")
    page.click("#passes details summary")
    assert page.texts("#passes pre") == ["%0 = a.b\n"] and page.texts("#passes li") == ["first", "second"]


def test_unified_difference(page: Page) -> None:
    page.open("#stage=fused&diff=unified").wait("return document.querySelector('.row.added')")
    signed = page.js(
        f"return {rows_of('stage-pane')}"
        ".map((row) => row.querySelector('.sign').textContent + row.querySelector('.code').textContent.trim())"
    )
    # Values that only have another number are no difference.
    assert signed == [
        " module {",
        "−%0 = graph.linear %x",
        "−%1 = graph.linear %x",
        "−%2 = graph.sdpa %0, %1",
        "+%0 = graph.wide_linear %x",
        "+%1 = graph.sdpa %0",
        " %2 = graph.linear %1",
        ' %3 = graph.param "inv_freq"',
        " }",
    ]
    assert page.text("#diff-note") == "2 added, 3 removed since graph"
    page.click("#count-numbers").wait("return document.getElementById('diff-note').textContent.startsWith('4 added')")
    assert page.text("#diff-note") == "4 added, 5 removed since graph"
    # A removed line marks the Python that it came from.
    page.click_line("stage-pane", "graph.linear %x")
    assert page.marked("source") == ["q = self.q_proj(x)"]


def test_difference_side_by_side(page: Page) -> None:
    page.open("#stage=fused&diff=split").wait("return document.querySelector('.half.added')")
    halves = page.js(
        f"return {rows_of('stage-pane')}.map((row) => [...row.querySelectorAll('.half')]"
        ".map((half) => half.querySelector('.code')?.textContent.trim() ?? ''))"
    )
    assert ["module {", "module {"] in halves and ["%3 = graph.linear %2", "%2 = graph.linear %1"] in halves
    assert ["%2 = graph.sdpa %0, %1", ""] in halves
    page.open("#stage=arith-expansion&diff=split").wait("return document.querySelector('.row.fold')")
    assert page.text("#diff-note") == "the same as tosa-to-linalg"


def test_unchanged_lines_are_folded(page: Page) -> None:
    page.open("#stage=matmul-optimization&diff=unified").wait("return document.querySelector('.row.fold')")
    assert page.text("#diff-note") == "1 added, 1 removed since bufferization"
    folds = page.texts("#stage-pane .row.fold")
    assert len(folds) == 2 and all("unchanged lines" in fold for fold in folds)
    before = len(page.rows())
    hidden = int(folds[0].split()[1])
    page.click("#stage-pane .row.fold")
    assert len(page.rows()) == before + hidden - 1
    # Another language has no line in common.
    page.open("#stage=assembly&diff=unified").wait("return document.querySelector('.row.added')")
    assert "another language than llvm-ir" in page.text("#diff-note")
    assert len(page.rows()) == len(stage_lines("llvm-ir")) + len(stage_lines("assembly"))
    page.open("#diff=unified")
    assert "none before it" in page.text("#diff-note") and len(page.rows()) == len(stage_lines("graph"))


def test_comparing_loses_no_line(page: Page) -> None:
    """Both texts can be put together from the runs of a comparison, whatever the texts are."""
    page.open()
    chosen = random.Random(0)
    words = ["%{} = a.b", "%{} = c.d %arg{}", "  }}", "func.func @f{}() {{", "^bb{}:", "%c1_{} = constant", "return"]

    def text(lines: int) -> str:
        return "\n".join(chosen.choice(words).format(*[chosen.randrange(5)] * 2) for _ in range(lines))

    def without_numbers(line: str) -> str:
        return re.sub(r"(%arg|%|\^bb)\d+", r"\1", re.sub(r"(%c1)_\d+", r"\1", line.strip()))

    cases = [(text(chosen.randrange(40)), text(chosen.randrange(40))) for _ in range(60)]
    # Far too different to be compared line by line; the effort is bounded, the answer still right.
    far = ["\n".join(f"{chosen.randrange(400)}" for _ in range(5000)) for _ in range(2)]
    for before, after in [*cases, ("", ""), (far[0], far[1])]:
        for ignore in (True, False):
            question = {"before": before, "after": after, "ignoreNumbers": ignore}
            answer = page.js("return compareTexts(arguments[0])", question)
            a, b, same = before.split("\n"), after.split("\n"), without_numbers if ignore else str
            sides: tuple[list[str], list[str]] = ([], [])
            for kind, i, j, length in answer["runs"]:
                if kind == "=":
                    assert [same(x) for x in a[i : i + length]] == [same(x) for x in b[j : j + length]]
                sides[0].extend(a[i : i + length] if kind != "+" else [])
                sides[1].extend(b[j : j + length] if kind != "-" else [])
            assert sides == (a, b)
            assert (answer["coarse"] > 0) == (before == far[0])


def test_without_a_worker(page: Page) -> None:
    page.open("#stage=fused").js("window.Worker = class { constructor() { throw new Error('not here'); } }")
    page.press("d").wait("return document.querySelector('.row.added')")
    assert page.text("#diff-note") == "2 added, 3 removed since graph"
    page.show_view("graph")
    assert len(page.texts(".node")) == 7 and page.complaints() == []


def test_search(page: Page) -> None:
    page.open().press("/").type("stage.buffer").wait(
        "return document.querySelector('#search [role=status]').textContent.startsWith('1 line')"
    )
    assert page.texts("#hits [role=presentation]") == ["bufferization: 1 line"]
    page.press("enter")
    assert page.text("#stage-name") == "bufferization"
    assert page.found().endswith("() : () -> index")
    assert "".join(page.texts("#stage-pane mark")) == "stage.buffer"
    page.press("escape")
    assert page.texts("#stage-pane mark") == []
    # The source too; capital letters then matter; dots are dots.
    page.press("/").press("end", *["backspace"] * 12).type("self.q_proj").wait(
        "return document.querySelectorAll('#hits [role=option]').length === 1"
    )
    assert page.texts("#hits [role=presentation]") == ["model.py: 1 line"]
    page.press("enter")
    assert "q_proj" in page.found("source")
    page.press("/").press(*["backspace"] * 11).type("Self.q").wait(
        "return document.querySelector('#search [role=status]').textContent.startsWith('No line')"
    )
    page.press("escape").wait("return !document.querySelector('dialog[open]')")


def test_keyboard_alone(page: Page) -> None:
    page.open().press("s", "home", "arrow_down", "arrow_down", "arrow_down", "enter")
    assert page.marked("source") == ["q = self.q_proj(x)"]
    page.press("]", "]", "c", "n")
    active = "document.activeElement.getAttribute('aria-activedescendant')"
    active = page.js(f"return document.getElementById({active}).textContent")
    assert "stage.tosa" in active
    page.press("d").wait("return document.querySelector('.row.added')")
    page.press("d").wait("return document.querySelector('.half')")
    page.press("d").wait("return !document.querySelector('.half')")
    for number, view in enumerate(VIEWS, 1):
        page.press(str(number))
        assert page.js("return document.querySelector('[role=tab][aria-selected=true]').dataset.view") == view
    page.press("?").wait("return document.getElementById('help').open")
    assert "search" in page.text("#help")
    page.press("escape").wait("return !document.getElementById('help').open")
    assert "mark=0:4" in page.fragment()
    page.press("escape")
    assert "mark" not in page.fragment()
    # The graph: along an edge, then mark; out to the module around.
    page.press("2").wait("return document.querySelector('.node')")
    page.press("c", "arrow_down")
    assert page.js("return document.activeElement.getAttribute('aria-label')").startswith("linear")
    page.press("enter")
    assert page.marked("source") == ["q = self.q_proj(x)", "k = self.k_proj(x)"]
    page.press("backspace").wait("return document.activeElement.getAttribute('aria-expanded') === 'false'")
    page.press("enter").wait("return document.querySelectorAll('.node.group').length === 0")
    # The points of the roofline.
    page.press("escape", "7", "c", "enter")
    assert page.marked("source") != []


def test_whole_lines(page: Page, make_page: Callable[[Callable[[], Data]], Page]) -> None:
    def one_long_line() -> Data:
        data = report_data.small()
        stage = data["stages"][0]
        stage["text"] = stage["text"].replace("graph.sdpa", "graph.sdpa" + " x" * 5000)
        return data

    page = make_page(one_long_line).open()
    (line,) = (row for row in page.rows() if "sdpa" in row)
    assert len(line) < 1000 and "more characters" in line
    page.press("c", "home", "arrow_down", "arrow_down", "arrow_down", "w").wait(
        "return document.getElementById('whole-line').open"
    )
    assert page.text("#whole-line pre").count(" x") == 5000
    page.press("escape")


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
