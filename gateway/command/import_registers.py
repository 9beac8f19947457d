"""`hinoban import-registers`: a vendor's register table, as CSV, becomes a register map."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.errors import HinobanError
from gateway.command.words import out, say_line
from gateway.modbus.profile import parse_profile
from gateway.modbus.register_table import Imported, Line, Options, import_table

_UNNAMED: Final = "its manual, revision and page are not named"


class TableFileError(HinobanError):
    """A table that cannot be read, or a file that must not be written."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be written, and where.

    Args:
        out: The file; None only shows what would be written.
        name: The product, in words.
        source: Manual with revision and page.
        force: Whether a file that is there already may be replaced.
    """

    out: Path | None
    name: str
    source: str
    force: bool


def import_registers(
    path: Path, options: Options, target: Target, *, encoding: str, as_json: bool
) -> None:
    """Read a table, say what it gave, and write the register map.

    Args:
        path: The CSV file.
        options: What a person says about it.
        target: What is to be written, and where.
        encoding: Of the file; "" tries UTF-8, then the one of Western Windows.
        as_json: Whether to print data instead of tables.

    Raises:
        TableError: It is no table of registers.
        TableFileError: The file cannot be read or must not be written.
    """
    if target.out is not None and target.out.suffix != ".toml":
        raise TableFileError(f"{target.out}: a register map's name ends in .toml. Add it")
    if target.out is not None and target.out.exists() and not target.force:
        raise TableFileError(f"{target.out}: is there already. Use another name, or --force")
    found = import_table(_text(path, encoding), options)
    written = None
    if target.out is not None and found.lines:
        name = target.name or path.stem
        source = target.source or f"{path.name}, imported; {_UNNAMED}"
        _write(target.out, found.toml(name, source))
        written = target.out
    say = _print_json if as_json else _print
    say(found, written)
    if not found.lines:
        raise TableFileError(f"{path}: no row can be used; nothing was written")


def mapping(pairs: Iterable[str], option: str) -> dict[str, str]:
    """``COLUMN=key`` pairs as a mapping.

    Raises:
        TableFileError: One has no "=".
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.rpartition("=")
        if not equals or not name.strip() or not value.strip():
            raise TableFileError(f"{option} {pair}: write it as NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


def rates(pairs: Iterable[str]) -> Mapping[str, float]:
    """``kwh=0.28`` pairs as numbers.

    Raises:
        TableFileError: One is no number above 0.
    """
    found = {}
    for unit, text in mapping(pairs, "--max-rate").items():
        try:
            found[unit] = float(text)
        except ValueError:
            found[unit] = 0.0
        if not 0 < found[unit] <= 1e12:
            raise TableFileError(f"--max-rate {unit}={text}: write a number above 0, such as 0.28")
    return found


def _write(path: Path, text: str) -> None:
    parse_profile(path.stem, text)
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise TableFileError(f"{path}: {error.strerror}") from error


def _text(path: Path, encoding: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableFileError(f"{path}: {error.strerror}") from error
    for known in (encoding,) if encoding else ("utf-8-sig", "cp1252"):
        try:
            return data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else known)
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise TableFileError(
                f"--encoding {encoding}: is unknown. Try utf-8 or cp932"
            ) from error
    raise TableFileError(f"{path}: is not {encoding or 'UTF-8'}. Say what it is: --encoding cp932")


def _print(found: Imported, written: Path | None) -> None:
    for note in found.notes:
        out.print(note, markup=False)
    _print_lines(found.lines)
    for problem in found.problems:
        out.print(str(problem), markup=False)
    out.print(
        f"{len(found.lines)} fields; {len(found.problems)} rows not used;"
        f" {found.write_only} write-only and {found.titles} title rows left out"
    )
    out.print(f"written: {written}" if written else "nothing was written; add --out", markup=False)


def _print_lines(lines: Iterable[Line]) -> None:
    rows = [("line", "field", "register", "type", "scale", "kind")]
    for line in lines:
        keys = line.keys
        rows.append(
            (
                str(line.row),
                line.name,
                f"{keys['register']} {keys['address']}",
                f"{keys['type']} {keys.get('order', '')}".strip(),
                f"{keys.get('scale', 1)}",
                str(keys.get("kind", "gauge")),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.print("  ".join(cells).rstrip(), markup=False)


def _print_json(found: Imported, written: Path | None) -> None:
    data = {
        "fields": {line.name: {**line.keys, "line": line.row} for line in found.lines},
        "problems": [str(problem) for problem in found.problems],
        "write_only": found.write_only,
        "titles": found.titles,
        "notes": list(found.notes),
        "written": None if written is None else str(written),
    }
    say_line(json.dumps(data))
