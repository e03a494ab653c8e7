"""A real browser that has no network, for the pages that the planner writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["open_page", "started", "texts"]

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
SIZE = (1366, 900)


def started(profile: Path) -> Iterator[Any]:
    """Chromium with the network cut, until it is asked for again; skips where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("Chromium or its driver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chromium = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield chromium
    finally:
        chromium.quit()


def open_page(browser: Any, page: Path) -> None:
    """Open a file as if the browser had just been started; its logs then tell of this page alone."""
    browser.set_window_size(*SIZE)
    browser.get("about:blank")
    for log in ("performance", "browser"):
        browser.get_log(log)
    browser.get(page.as_uri())


def texts(browser: Any, selector: str) -> list[str]:
    """The texts of all elements that a selector finds."""
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((found) => found.textContent.trim())", selector
    )
