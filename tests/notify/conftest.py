"""The notified site of these tests."""

from collections.abc import Callable
from pathlib import Path

import pytest
from notified import ADDRESSES, RECIPIENTS, World, site


@pytest.fixture
def make_world(tmp_path: Path) -> Callable[..., World]:
    """Makes a site in the test's folder."""

    def make(text: str = RECIPIENTS, addresses: dict[str, str] | None = None) -> World:
        return World(tmp_path, site(tmp_path, text, addresses or ADDRESSES))

    return make
