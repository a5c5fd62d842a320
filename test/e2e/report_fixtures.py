"""A browser, and pages in it: fixtures of the tests of the report's page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import report_data
from layers import buddy
from report_browser import BROWSER, DRIVER, Page, start_browser
from report_data import Data

needs_browser = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="there is no browser: apt-get install chromium chromium-driver"
)


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
