"""What holds on a line of a register map, and is mostly a slip, is remarked on."""

import pytest

from gateway.modbus.notation import meant, split_port
from gateway.modbus.profile import load_profiles, parse_profile
from gateway.modbus.remarks import other_orders, remarks, tiny

POWER = 'power_kw = { register = "input", address = 12, type = "int16", unit = "kw", max = 600 }\n'
ENERGY = (
    'energy_kwh = { register = "input", address = 100, type = "uint32", scale = 0.1, unit = "kwh",'
    ' kind = "counter", max_rate_per_s = 0.17, modulus = 100_000_000 }\n'
)


def said(lines: str) -> list[str]:
    head = '[device]\nname = "Meter"\nsource = "manual 3"\n[fields]\n'
    return list(remarks(parse_profile("meter", head + lines).fields))


def test_a_sound_map_has_none() -> None:
    assert said(POWER + ENERGY) == []


def test_no_map_of_ours_has_any_but_the_one_that_is_meant_to() -> None:
    found = {name: list(remarks(profile.fields)) for name, profile in load_profiles().items()}
    (belt,) = found.pop("demo_belt_a")  # 16 bits wide on purpose
    assert "rolls over every 0.91 h" in belt
    assert not any(found.values()), found


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (', modulus = 100_000_000', '', None),
        (
            'type = "uint32", scale = 0.1, unit = "kwh", kind = "counter", max_rate_per_s = 0.17,'
            " modulus = 100_000_000",
            'type = "uint16", scale = 0.1, unit = "kwh", kind = "counter", max_rate_per_s = 0.17',
            "uint16 × 0.1 rolls over every 10.7 h at max_rate_per_s; is the total 32 bits wide?",
        ),
        ("100_000_000", "99_999_999", "8 digits are 100_000_000"),
        ("0.17", "600", "is 2,160,000 kw, but power_kw has max = 600: did you mean 0.17?"),
        ("0.17", "0.017", "did you mean 0.17?"),
        (
            ', kind = "counter", max_rate_per_s = 0.17, modulus = 100_000_000',
            "",
            'is in kwh and no counter: a totaliser needs kind = "counter"',
        ),
    ],
)  # fmt: skip
def test_a_slip_is_remarked_on(old: str, new: str, words: str | None) -> None:
    assert old in ENERGY
    found = said(POWER + ENERGY.replace(old, new))
    assert len(found) == (words is not None), found
    assert words is None or words in found[0]
    assert all(one.startswith("energy_kwh: ") for one in found)


def test_a_value_too_small_to_be_true() -> None:
    head = '[device]\nname = "Meter"\nsource = "manual 3"\n[fields]\n'
    line = 'l1_v = { register = "input", address = 0, type = "float32", unit = "v", '
    line += "min = 10, max = 300 }"
    field = parse_profile("meter", head + line).fields["l1_v"]
    assert "suspiciously small: check order" in tiny(3.86e-26, field)
    assert tiny(0.0, field) == tiny(230.0, field) == tiny(None, field) == ""
    assert list(other_orders((0x199A, 0x4366), field)) == [("CDAB", pytest.approx(230.1))]


@pytest.mark.parametrize(
    ("number", "plain"),
    [
        (30_001, ("input", 0)),
        (39_999, ("input", 9_998)),
        (40_011, ("holding", 10)),
        (300_013, ("input", 12)),
        (465_536, ("holding", 65_535)),
        (29_999, None),
        (50_000, None),
        (465_537, None),
    ],
)
def test_what_a_manual_means(number: int, plain: tuple[str, int] | None) -> None:
    assert meant(number) == plain


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("127.0.0.1:15502", ("127.0.0.1", 15502)),
        ("meter.plant", None),
        ("fe80::1", None),
        (":502", None),
    ],
)
def test_a_port_in_the_host(written: str, parts: tuple[str, int] | None) -> None:
    assert split_port(written) == parts
