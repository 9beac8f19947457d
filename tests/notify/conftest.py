"""The notified site of these tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from listener import Listener, listening
from notified import ADDRESSES, RECIPIENTS, World, site
from rig import Rig


@pytest.fixture
def make_world(tmp_path: Path) -> Callable[..., World]:
    """Makes a site in the test's folder."""

    def make(text: str = RECIPIENTS, addresses: dict[str, str] | None = None) -> World:
        return World(tmp_path, site(tmp_path, text, addresses or ADDRESSES))

    return make


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Makes rigs of real processes in the test's own folder."""
    rigs: list[Rig] = []

    def make(**options: Any) -> Rig:
        rig = Rig(tmp_path / f"rig{len(rigs)}", **options)
        rigs.append(rig)
        return rig

    yield make
    for rig in rigs:
        rig.kill_all()


@pytest.fixture
def hook() -> Iterator[Listener]:
    """A webhook on loopback."""
    with listening() as listener:
        yield listener
