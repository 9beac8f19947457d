"""Twelve recorded hours, made once for all tests here."""

import pytest
from recorded_yard import RecordedYard, record


@pytest.fixture(scope="session")
def yard(tmp_path_factory: pytest.TempPathFactory) -> RecordedYard:
    return record(tmp_path_factory.mktemp("yard"))
