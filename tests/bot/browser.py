"""A headless Chromium for tests, and axe-core to look for barriers in what it shows."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
needed = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="没有 Chromium 或 chromedriver，用 make browser 安装"
)
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """A browser with a profile folder of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield browser
    finally:
        browser.quit()


def sized(driver: webdriver.Chrome, width: int, height: int, *, dark: bool = False) -> None:
    """Makes the screen so large, a phone's where it is narrow, light or dark."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def barriers(driver: webdriver.Chrome) -> list[str]:
    """What axe-core finds serious or critical in the page: rule, and where."""
    found = importlib.util.find_spec(
        "axe_playwright_python"
    )  # its Python needs playwright; the script is enough
    assert found and found.submodule_search_locations
    axe = Path(found.submodule_search_locations[0]) / "axe.min.js"
    driver.execute_cdp_cmd("Runtime.evaluate", {"expression": axe.read_text(encoding="utf8")})
    script = "const done = arguments[0]; axe.run().then(done, (e) => done({error: String(e)}))"
    result: dict[str, Any] = driver.execute_async_script(script)
    assert "error" not in result, result["error"]
    return [
        f"{violation['id']} {node['target']} {node.get('failureSummary', '')}"
        for violation in result["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
