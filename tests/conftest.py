"""Options and fixtures that every room's tests share."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import lanes
import machine_witness
import modbus_witness
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full",
        action="store_true",
        help="run the long tests at the full sizes (default: reduced, fixed seeds)",
    )
    parser.addoption(
        "--screenshots",
        type=Path,
        metavar="FOLDER",
        help="where the self-heating test leaves its pictures of the page (default: nowhere)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # A busy machine is no finding: no example of a law has a deadline.
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")
    config.pluginmanager.register(lanes)
    config.pluginmanager.register(machine_witness)
    config.pluginmanager.register(modbus_witness)


def _rank(item: pytest.Item) -> int:
    if lanes.is_story(item.nodeid):
        return 0
    return 1 if item.get_closest_marker("long") else 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Several run at a time: with those that take longest first, the workers end together.
    items.sort(key=_rank)


@pytest.fixture(scope="session")
def full_size(request: pytest.FixtureRequest) -> bool:
    """Whether the long tests run at full size."""
    return bool(request.config.getoption("--full"))


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Headless Chromium, for one module: its event loop must not outlive that."""
    from chromium import launched  # noqa: PLC0415 -- most tests need no browser

    with launched() as found:
        yield found
