"""The built page behind a served gateway, in Debian's Chromium."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "http"))

from chromium import PAGE
from http_double import Served, make_users, serving
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_users(tmp_path_factory.mktemp("users"))


@pytest.fixture
def served(tmp_path: Path, users: Path) -> Iterator[Served]:
    with serving(tmp_path, users, PAGE) as gateway:
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
