"""The built page behind a served gateway, in Debian's Chromium."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "http"))

from http_double import Served, make_users, serving
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dashboards" / "operator" / "dist"

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_users(tmp_path_factory.mktemp("users"))


@pytest.fixture
def served(tmp_path: Path, users: Path) -> Iterator[Served]:
    if not (DIST / "index.html").is_file():
        pytest.skip("the page is not built: npm run build in dashboards/operator")
    with serving(tmp_path, users, DIST) as gateway:
        yield gateway


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A phone in the yard."""
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="en-GB")
    context.set_default_timeout(15_000)
    found = context.new_page()
    found.goto(served.url)
    yield found
    context.close()
