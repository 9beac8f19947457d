"""Whether two records of different accounts say the same."""

import math
from typing import Any


def compare(found: Any, expected: Any, where: str = "") -> None:
    """Numbers to 1e-9, all else exactly."""
    if isinstance(expected, int | float) and isinstance(found, int | float):
        assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12), where
    elif isinstance(expected, dict) and isinstance(found, dict):
        assert found.keys() == expected.keys(), where
        for key, value in expected.items():
            if key == "contributors" and value:
                # Equal ones may change places.
                compare([c["share"] for c in found[key]], [c["share"] for c in value], where)
            else:
                compare(found[key], value, f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        assert len(found) == len(expected), where
        for n, value in enumerate(expected):
            compare(found[n], value, f"{where}[{n}]")
    else:
        assert found == expected, where
