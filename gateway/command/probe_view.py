"""What `hinoban probe` prints: registers, what they may mean, and a line for the register map."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.table import Table

from gateway.command.words import out, print_table, shown
from gateway.modbus.guess import Guess, rivals, twins, worth_a_look
from gateway.modbus.profile import Kind, unit_of

SHOWN: Final = 8
"""Guesses that are printed where not all are asked for."""

_POOR: Final = 0.1
"""Share by which even the first guess may differ from the display before that is told."""


_USUAL_SCALES: Final = (1.0, 0.1, 0.01, 0.001, 10.0, 1000.0)

_UNITS: Final = {
    "voltage": "v", "volt": "v", "volts": "v", "current": "a", "power": "kw", "energy": "kwh",
    "frequency": "hz", "temperature": "degc", "temp": "degc", "pressure": "bar", "flow": "m3_per_h",
    "mass": "kg", "total": "kwh",
}  # fmt: skip
"""What people call a value -> the unit it is mostly in."""

_KNOWN: Final = (
    *_UNITS.values(),
    *("w", "mw", "wh", "mwh", "kva", "kvar", "kvah", "kvarh", "mj", "pct", "ppm", "m3", "l", "t"),
    *("kg_per_s", "kg_per_h", "t_per_h", "s", "h"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What to look at.

    Args:
        register: Kind of register.
        address: First one, zero-based.
        count: How many.
        expect: What the device's display shows.
        wait_s: Between two reads [s].
        name: Name of the field to write; may be empty.
        all_guesses: Whether every guess is printed.
    """

    register: Kind
    address: int
    count: int
    expect: float | None
    wait_s: float
    name: str
    all_guesses: bool

    @property
    def bits(self) -> bool:
        """Whether these are bits, of which there is nothing to guess."""
        return self.register in {"coil", "discrete"}


def print_registers(
    device: str, look: Look, before: Mapping[int, int], now: Mapping[int, int]
) -> None:
    """The contents, and what they were at the first read where that was something else."""
    table = Table(title=f"{device}: {look.register}", title_justify="left")
    for name in ("address", "hex", "decimal", f"{look.wait_s:g} s before", "letters"):
        table.add_column(name, justify="right")
    for address, register in now.items():
        old = before.get(address, register)
        table.add_row(
            f"{'→ ' if address == look.address else ''}{address}",
            "" if look.bits else f"{register:04X}",
            str(register),
            "" if old == register else str(old),
            "" if look.bits else "".join(map(_letter, register.to_bytes(2, "big"))),
        )
    print_table(table)


def told(look: Look, ranked: Sequence[Guess]) -> Sequence[Guess]:
    """The guesses that a person is shown: the first few that are worth it, or all."""
    return ranked if look.all_guesses else worth_a_look(ranked)[:SHOWN]


def print_guesses(look: Look, ranked: Sequence[Guess]) -> None:
    """The ranking, one line each."""
    table = Table(title="What they may mean, the likeliest first", title_justify="left")
    for name in ("", "value", "address", "type", "order", "scale"):
        right = name in {"", "value", "address", "scale"}
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    table.add_column("why")
    for n, one in enumerate(told(look, ranked), 1):
        types = "/".join(one.types[:2])
        why = "; ".join(one.remarks)
        table.add_row(
            str(n), _value(one), str(one.address), types, one.order, f"{one.scale:g}", why
        )
    print_table(table)


def print_advice(look: Look, ranked: Sequence[Guess], letters: str | None) -> None:
    """A line for the register map, and how certain it is."""
    out.print()
    if letters is not None:
        out.print(f'From {look.address} on stands a text: "{letters}"', markup=False)
    missing = "" if unit_of(look.name) else "; put the field's name and unit in"
    out.print(f"A line for the register map{missing}:")
    out.print(field_line(look, ranked, letters), markup=False)
    if look.bits or letters is not None:
        return
    best = ranked[0]
    for remark in _remarks(look, best):
        out.print(f"# {remark}", markup=False)
    if not best.counts_up and {f"int{best.words * 16}", f"uint{best.words * 16}"} <= set(
        best.types
    ):
        out.print("# int or uint: the manual says whether it can be negative", markup=False)
    if best.counts_up:
        out.print(
            '# it counts up: if it is a totaliser add kind = "counter", and max_rate_per_s ='
            " the fastest it can run",
            markup=False,
        )
    if look.expect is not None and abs(best.value - look.expect) > _POOR * abs(look.expect):
        out.print(
            f"None of these fits {look.expect:,.12g} well: check the address, one less or more,"
            " and --register.",
            style="yellow",
            markup=False,
        )
    else:
        _print_doubt(look, ranked)


def _remarks(look: Look, best: Guess) -> Iterator[str]:
    """What to look at again in the line."""
    if best.scale not in _USUAL_SCALES:
        yield f"scale = {best.scale:g} is unusual: was --expect in the unit and size you want?"
    if not look.name:
        return
    unit = unit_of(look.name)
    if unit in {None, *_UNITS} and unit not in _KNOWN:
        word = look.name.rpartition("_")[2]
        yield (
            f"a value's name ends in its unit: name it {look.name}_{_UNITS.get(word, 'v')} if it"
            f" is in {_UNITS.get(word, 'v')}"
        )


def _print_doubt(look: Look, ranked: Sequence[Guess]) -> None:
    """Which other meanings the registers cannot tell from the first, and what settles it."""
    best = ranked[0]
    if look.expect is not None and (others := twins(ranked, look.expect)):
        other = others[0]
        words = (
            f"Not certain: {_value(other)} ({other.type} {other.order} at {other.address}) fits as"
            " well."
        )
        if other.address < look.address:
            words += f" If the manual writes {_manual(look)} or counts from 1, that one is right."
        elif best.address < look.address:
            words += " If the manual counts from 0, that one is right."
        out.print(
            f"{words} What settles it: a total with all its digits, or a value without registers"
            " beside it, such as the frequency in many meters. What holds for one value holds for"
            " all.",
            style="yellow",
            markup=False,
        )
    elif others := rivals(ranked):
        meanings = " or ".join(f"{_value(one)} ({one.type} {one.order})" for one in others[:3])
        remedy = (
            "Read the device's display and give --expect what it shows."
            if look.expect is None
            else "Probe again once the value has changed, with --expect as it then is."
        )
        out.print(
            f"Not certain: {meanings} fits nearly as well. {remedy}", style="yellow", markup=False
        )


def _manual(look: Look) -> str:
    """What a manual may call the address that was asked for."""
    first = {"input": 30_000, "holding": 40_000}[look.register]
    return f"{first + look.address:05}"


def named_as_value(name: str) -> bool:
    """Whether a field's name ends in a unit, as that of a text never does."""
    return unit_of(name) in _KNOWN


def field_line(look: Look, ranked: Sequence[Guess], letters: str | None) -> str:
    """What was found, as a line of a register map."""
    place = f'register = "{look.register}", address = '
    if letters is not None:
        length = (len(letters) + 1) // 2
        kind = f'kind = "text", type = "string", length = {length}'
        return f"{look.name or 'serial_number'} = {{ {place}{look.address}, {kind} }}"
    name = look.name or ("name_on" if look.bits else "name_unit")
    name = name if unit_of(name) else f"{name}_unit"
    unit = f'unit = "{unit_of(name)}"'
    if look.bits:
        return f'{name} = {{ {place}{look.address}, type = "bit", {unit} }}'
    best = ranked[0]
    scale = "" if best.scale == 1 else f"scale = {best.scale:g}, "
    meaning = f'type = "{best.type}", order = "{best.order}", {scale}{unit}'
    return f"{name} = {{ {place}{best.address}, {meaning} }}"


def _value(guess: Guess) -> str:
    return shown(guess.value, guess.type)


def _letter(byte: int) -> str:
    return chr(byte) if 0x20 <= byte < 0x7F else "·"
