"""Where in a TOML text a key stands, so that an error can name its line."""

import re
from typing import Final

Path = tuple[str | int, ...]

_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
_KEY: Final = re.compile(r"^\s*(\"[^\"]+\"|'[^']+'|[A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")


def lines_of(text: str) -> dict[Path, int]:
    """Line number (from 1) of every table header and key in a TOML text.

    Inline tables and arrays count as part of their key. Arrays of tables carry their index, such
    as ``("meter", 2, "port")``.
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _table(header.group(1) == "[[", _parts(header.group(2)), counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            path = table + tuple(_parts(key.group(1)))
            found.setdefault(path, number)
    return found


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """The line of a path, or of the nearest table that holds it."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]


def _table(is_array: bool, parts: list[str], counts: dict[Path, int]) -> Path:
    path: Path = ()
    for depth, part in enumerate(parts):
        path += (part,)
        if is_array and depth == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path
