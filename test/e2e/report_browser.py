"""A page of `buddy report` in headless Chromium, and what tests ask of it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from report_data import STAGE_NAMES

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
WINDOW = (1440, 900)
# The lines of a pane that are in the document, from above: an expression of JavaScript.
ROWS = "[...document.querySelectorAll('#PANE .row[role=option]')].sort((a, b) => a.dataset.index - b.dataset.index)"


def rows_of(pane: str) -> str:
    return ROWS.replace("PANE", pane)


def start_browser() -> Any:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ("--headless=new", "--disable-dev-shm-usage", f"--window-size={WINDOW[0]},{WINDOW[1]}"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    resize(driver, *WINDOW)
    return driver


def resize(driver: Any, width: int, height: int) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def prefer(driver: Any, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


class Page:
    """A page in the browser, and what tests ask of it."""

    def __init__(self, driver: Any, path: Path) -> None:
        self.driver, self.path = driver, path

    def open(self, fragment: str = "") -> Page:
        self.driver.get("about:blank")  # else only the fragment would change
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.driver.get(f"{self.path.as_uri()}{fragment}")
        # Everything is drawn before the document is loaded: if it is not, it failed.
        assert self.js("return document.documentElement.dataset.ready"), self.complaints()
        return self

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str, *arguments: Any) -> Page:
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 20, 0.02).until(lambda driver: driver.execute_script(script, *arguments), script)
        return self

    def click(self, selector: str) -> Page:
        from selenium.webdriver.common.by import By

        element = self.driver.find_element(By.CSS_SELECTOR, selector)
        self.js("arguments[0].scrollIntoView({block: 'nearest'})", element)
        element.click()
        return self

    def press(self, *keys: str) -> Page:
        """Keys to whatever has the focus, as a user would."""
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        for key in keys:
            ActionChains(self.driver, 0).send_keys(getattr(Keys, key.upper()) if len(key) > 1 else key).perform()
        return self

    def type(self, text: str) -> Page:
        return self.press(*text)

    def click_line(self, pane: str, text: str) -> Page:
        """Clicks the first line in a pane's document that has this text."""
        row = self.js(
            f"const row = {rows_of(pane)}.find((row) => row.textContent.includes(arguments[0]));"
            "if (row) row.closest('.lines').scrollTop = Math.max(0, row.offsetTop - 60);"
            "return row",
            text,
        )
        assert row is not None, f"{pane} shows no line with {text!r}"
        row.click()
        return self

    def marked(self, pane: str) -> list[str]:
        """The code of the marked lines that are visible."""
        return self.js(
            f"return {rows_of(pane)}.filter((row) => row.matches('.marked[aria-selected=true]'))"
            ".map((row) => row.querySelector('.code').textContent.trim())"
        )

    def rows(self, pane: str = "stage-pane") -> list[str]:
        return self.js(f"return {rows_of(pane)}.map((row) => row.textContent)")

    def found(self, pane: str = "stage-pane") -> str:
        """The line that a search or an address leads to."""
        return self.js(f"return {rows_of(pane)}.find((row) => row.matches('.found')).textContent")

    def text(self, selector: str) -> str:
        text = self.js("return document.querySelector(arguments[0]).innerText", selector)
        return text.replace("\u00a0", " ")

    def texts(self, selector: str) -> list[str]:
        texts = self.js("return [...document.querySelectorAll(arguments[0])].map((x) => x.textContent)", selector)
        return [text.replace("\u00a0", " ") for text in texts]

    def rail(self) -> dict[str, int]:
        """How many lines the slider shows as marked in each stage."""
        counts = self.js("return [...document.querySelectorAll('.stop')].map((stop) => Number(stop.dataset.marked))")
        return dict(zip(STAGE_NAMES, counts, strict=True))

    def fragment(self) -> str:
        return self.js("return location.hash")

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = (m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent")
        return [url for url in sent if not url.startswith(("data:", "blob:", "about:"))]

    def show_view(self, name: str) -> Page:
        self.click(f"#tab-{name}")
        if name == "graph":
            self.wait("return !document.querySelector('#graph') || document.querySelector('.node')")
        return self
