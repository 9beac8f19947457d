"""A served gateway per test, and clients of it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from http_double import Served, make_users, serving


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_users(tmp_path_factory.mktemp("users"))


@pytest.fixture
def served(tmp_path: Path, users: Path) -> Iterator[Served]:
    with serving(tmp_path, users) as gateway:
        yield gateway


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with served.client() as nobody:
        yield nobody
