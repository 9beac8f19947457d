"""The benchmark's own check at a reduced size: what it times is also right."""

import importlib.util
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "benchmarks" / "historian.py"


@pytest.mark.long
def test_a_reduced_day_is_read_back_right(tmp_path):
    spec = importlib.util.spec_from_file_location("historian_benchmark", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    seconds = 2 * 3600
    benchmark.write(tmp_path, rate=2, seconds=seconds, separate=False)
    assert benchmark.check_and_time(tmp_path, seconds, rounds=1)
