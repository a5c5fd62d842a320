"""The page of `buddy report` in a browser: source, stages, differences, search, keys."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import report_data
from report_browser import Page, rows_of
from report_data import STAGE_NAMES, Data, stage_lines
from report_fixtures import needs_browser

pytestmark = needs_browser
VIEWS = ["stages", "graph", "times", "errors", "memory", "schedules", "roofline"]


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
