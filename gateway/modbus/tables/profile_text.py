"""A register map as text: one line a field, as a person would write it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Value = str | int | float | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of ``[fields]``.

    Args:
        name: The field's name.
        keys: What stands on it, in this order.
        row: The row of the table that it comes from, from 1.
        label: What the table calls it.
    """

    name: str
    keys: Mapping[str, Value]
    row: int
    label: str

    def __str__(self) -> str:
        keys = ", ".join(f"{key} = {written(key, value)}" for key, value in self.keys.items())
        return f"{self.name} = {{ {keys} }}"


def profile_text(name: str, source: str, lines: Iterable[Line], notes: Iterable[str]) -> str:
    """A register map's file.

    Args:
        name: The product, in words.
        source: Where the table comes from.
        lines: Its fields.
        notes: What whoever copies it must know, a line each.
    """
    head = "".join(f"# {_plain(note)}\n" for note in notes)
    device = f"[device]\nname = {_text(name)}\nsource = {_text(source)}\nmax_gap = 0\n"
    rows = "".join(f"{line}  # line {line.row}: {_plain(line.label)}\n" for line in lines)
    return f"{head}\n{device}\n[fields]\n{rows}" if head else f"{device}\n[fields]\n{rows}"


def written(key: str, value: Value) -> str:
    """A value as TOML has it; patterns as hexadecimal numbers."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple):
        return f"[{', '.join(f'0x{pattern:X}' for pattern in value)}]"
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value)) if key != "address" else str(value)
    return repr(value)


def _text(text: str) -> str:
    return json.dumps(_plain(text), ensure_ascii=False)


def _plain(text: str) -> str:
    """Text without control characters, which TOML allows nowhere, and without half characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", whole).strip()
