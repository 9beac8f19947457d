"""`hinoban probe --profile`: a wrong line of a register map is blamed, by its name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

HEAD = '[device]\nname = "Panel"\nsource = "its display"\n[fields]\n'
VOLTAGE = (
    'voltage_v = { register = "holding", address = 100, type = "float32", order = "CDAB",'
    ' unit = "v", min = 0, max = 300 }\n'
)
CURRENT = 'current_a = { register = "holding", address = 102, type = "uint16", unit = "a" }\n'
ENERGY = (
    'energy_kwh = { register = "holding", address = 200, type = "uint32", order = "CDAB",'
    ' scale = 0.1, unit = "kwh", kind = "counter", max_rate_per_s = 1 }\n'
)
POWER = (
    'power_kw = { register = "holding", address = 102, type = "uint16", unit = "kw", max = 600 }\n'
)

Tried = Callable[..., Result]


@pytest.fixture
def tried(
    hinoban: Callable[..., Result],
    serve: Callable[..., Any],
    panel: dict[str, Any],
    tmp_path: Path,
) -> Tried:
    """Tries some lines on the panel."""
    still = {"low": 230.0, "high": 230.0, "per_s": 0.0}
    place = {"register": "holding", "address": 400, "type": "float32", "order": "CDAB"}
    panel["field"]["still"] = place | still
    port = serve(panel).port

    def try_(*lines: str, unit: int = 7) -> Result:
        path = tmp_path / "panel.toml"
        path.write_text(HEAD + "".join(lines))
        return hinoban("probe", "127.0.0.1", "--port", port, "--unit", unit, "--timeout", 0.2,
                       "--profile", path)  # fmt: skip

    return try_


def test_registers_that_are_not_there(tried: Tried) -> None:
    done = tried(VOLTAGE, ENERGY.replace("200", "30101"))
    assert done.exit_code == 1
    assert "holding 30101 to 30102 (energy_kwh): the meter has no such registers" in done.stdout
    assert 'a manual\'s 30101 is register = "input", address = 100' in done.stdout
    assert "--register holding --addresses 30051-30152` shows what exists" in done.stdout


def test_another_kind_of_register_is_told_once(tried: Tried) -> None:
    done = tried(*(line.replace("holding", "input") for line in (VOLTAGE, CURRENT, ENERGY)))
    assert done.stdout.count("exception 2") == 1
    assert "input 100 to 102, 200 to 201: the meter has none" in done.stdout
    assert 'Is register = "holding" meant?' in done.stdout


def test_the_field_to_blame_is_named(tried: Tried) -> None:
    wide = VOLTAGE.replace("float32", "float64").replace("CDAB", "ABCDEFGH")
    done = tried(wide.replace("address = 100", "address = 101"), CURRENT)
    assert "holding 101 to 104 (voltage_v): the meter has no such registers" in done.stdout
    assert "Is type too wide?" in done.stdout
    assert "current_a: bad only because it is read together with voltage_v" in done.stdout


def test_the_byte_order_that_would_fit_is_told(tried: Tried) -> None:
    done = tried(VOLTAGE.replace("CDAB", "ABCD").replace("min = 0", "min = 200"))
    assert done.exit_code == 1
    assert "; as CDAB it would be 2" in done.stdout


def test_a_tiny_value_is_odd(tried: Tried) -> None:
    line = VOLTAGE.replace("CDAB", "ABCD").replace("address = 100", "address = 400")
    done = tried(line)
    assert done.exit_code == 0
    words = "v is suspiciously small: check order; as CDAB it would be 230 v (0000 4366)"
    assert words in done.stdout
    assert "none bad, some odd" in done.stdout


def test_slips_of_a_totaliser_are_remarked_on(tried: Tried) -> None:
    done = tried(POWER, ENERGY.replace("max_rate_per_s = 1", "max_rate_per_s = 600"))
    assert done.exit_code == 0
    assert (
        "max_rate_per_s = 600 kwh/s is 2,160,000 kw, but power_kw has max = 600: did you mean 0.17?"
        in done.stdout
    )


def test_another_unit_number(tried: Tried) -> None:
    done = tried(VOLTAGE, ENERGY, unit=8)
    assert done.exit_code == 1
    assert done.stdout.count("--units 1-20` finds those that answer") == 1
