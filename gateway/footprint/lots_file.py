"""The lots file: which lot of which fuel burns from when, with its analyses."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.cofiring.lots import Lot
from gateway.footprint.lots.bodies import lot_of
from gateway.footprint.lots.checking import Checked, Checker, Entry, Place
from gateway.footprint.lots.fields import KINDS
from gateway.problems import ConfigError, Problem, did_you_mean
from gateway.toml_lines import line_of, lines_of


def load_lots(path: Path) -> tuple[Lot, ...]:
    """Read a lots file.

    Raises:
        ConfigError: Something in it cannot be; every problem names line, value and remedy.
    """
    return parse_lots(_text(path), path.name)


def bodies_of(path: Path) -> dict[str, Mapping[str, Any]]:
    """The lots of a lots file by id, as they are kept where somebody adds to them.

    Raises:
        ConfigError: Something in it cannot be.
    """
    entries = _lots(_text(path), path.name)
    return {entry.key: entry.body for entry in entries}


def parse_lots(text: str, name: str = "lots.toml") -> tuple[Lot, ...]:
    """The lots of a TOML text, in its order.

    Raises:
        ConfigError: Something in it cannot be.
    """
    return tuple(lot_of(entry.body) for entry in _lots(text, name))


def _lots(text: str, name: str) -> list[Entry]:
    checker, document = _opened(text, name)
    for key in document.keys() - {"lot"}:
        remedy = "Events are imported: hinoban import-lots" if key in KINDS else ""
        checker.note((key,), "", "is not known here", remedy or did_you_mean(key, ["lot"]), key)
    checker.documents("lot", _tables(checker, document, "lot"))
    lots = tuple(lot_of(entry.body) for entry in checker.found.entries)
    declared = [e.key for e in checker.found.entries if "from_utc" in e.body]
    _refuse_twins(checker, [lot for lot in lots if lot.id in declared])
    if checker.found.problems:
        raise ConfigError(checker.found.problems)
    return checker.found.entries


def parse_entries(text: str, name: str, known: Mapping[str, Any]) -> Checked:
    """Lots and events of a TOML text, with what is wrong with the others.

    Args:
        text: With any of [[lot]], [[filling]], [[discharge]], [[empty]] and [[moisture]].
        name: Of the file.
        known: Bodies of lots known by now; what is told is added to them.
    """
    checker, document = _opened(text, name)
    checker.unknown_kinds(document)
    for kind in KINDS:
        checker.documents(kind, _tables(checker, document, kind), known)
    return checker.found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error})"
        remedy = "Set cofiring.lots_file to the file that lists the lots"
        raise ConfigError([Problem(path.name, None, str(path), "", reason, remedy)]) from error


def _opened(text: str, name: str) -> tuple[Checker, dict[str, Any]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        remedy = "Mend the line; strings need quotes, every lot begins with [[lot]]"
        raise ConfigError([Problem(name, None, "syntax", "", str(error), remedy)]) from error
    lines = lines_of(text)

    return Checker(name, lambda path: Place(line_of(lines, path))), document


def _tables(checker: Checker, document: Mapping[str, Any], kind: str) -> list[Any]:
    entries = document.get(kind, [])
    if isinstance(entries, list):
        return entries
    checker.note((kind,), "", "is a single table", f"Write [[{kind}]] with two brackets", kind)
    return []


def _refuse_twins(checker: Checker, lots: list[Lot]) -> None:
    starts: dict[tuple[str, int], str] = {}
    for lot in lots:
        twin = starts.setdefault((lot.fuel, lot.from_us), lot.id)
        if twin != lot.id:
            reason = f"begins at the same instant as lot {twin} of {lot.fuel}"
            where = f"lot {lot.id}.from_utc"
            path = (*checker.path_of("lot", lot.id), "from_utc")
            checker.note(path, "", reason, "Move one of them", where)
