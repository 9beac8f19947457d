"""What `hinoban probe` prints: registers, what they may mean, and a line for the register map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.table import Table

from gateway.command.words import out, print_table, shown
from gateway.modbus.guess import Guess, rivals, worth_a_look
from gateway.modbus.profile import Kind

SHOWN: Final = 8
"""Guesses that are printed where not all are asked for."""


_POOR: Final = 0.1
"""Share by which even the first guess may differ from the display before that is told."""


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
    missing = "" if look.name else "; put the field's name and unit in"
    out.print(f"A line for the register map{missing}:")
    out.print(field_line(look, ranked, letters), markup=False)
    if look.bits or letters is not None:
        return
    best = ranked[0]
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
            f"None of these fits {look.expect:g} well: check the address, one less or more, and"
            " --register.",
            style="yellow",
            markup=False,
        )
    elif others := rivals(ranked):
        meanings = " or ".join(f"{_value(one)} ({one.type} {one.order})" for one in others[:3])
        out.print(f"Not certain: {meanings} fits nearly as well.", style="yellow", markup=False)
        remedy = (
            "Read the device's display and give --expect what it shows."
            if look.expect is None
            else "Probe again once the value has changed, with --expect as it then is."
        )
        out.print(remedy, style="yellow", markup=False)


def field_line(look: Look, ranked: Sequence[Guess], letters: str | None) -> str:
    """What was found, as a line of a register map."""
    place = f'register = "{look.register}", address = '
    if letters is not None:
        length = (len(letters) + 1) // 2
        kind = f'kind = "text", type = "string", length = {length}'
        return f"{look.name or 'serial_number'} = {{ {place}{look.address}, {kind} }}"
    name = look.name or ("name_on" if look.bits else "name_unit")
    unit = f'unit = "{name.rpartition("_")[2]}"'
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
