"""The lots file: which lot of which fuel burns from when, with its analyses."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from agent.cofiring.lots import Lot
from agent.errors import HinobanError
from gateway.problems import ConfigError, Problem, did_you_mean
from gateway.toml_lines import line_of, lines_of

NUMBERS: Final = tuple(
    f.name for f in fields(Lot) if f.name not in {"id", "fuel", "from_us", "analysis"}
)
_KEYS: Final = ("id", "fuel", "from_utc", "analysis", *NUMBERS)
_FRACTIONS: Final = ("moisture", "biogenic_carbon_fraction", "hydrogen_dry")


def load_lots(path: Path) -> tuple[Lot, ...]:
    """Read a lots file.

    Raises:
        ConfigError: Something in it cannot be; every problem names line, value and remedy.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        reason = f"cannot be read ({error.strerror or error})"
        remedy = "Set cofiring.lots_file to the file that lists the lots"
        raise ConfigError([Problem(path.name, None, str(path), "", reason, remedy)]) from error
    return parse_lots(text, path.name)


def parse_lots(text: str, name: str = "lots.toml") -> tuple[Lot, ...]:
    """The lots of a TOML text, in its order.

    Raises:
        ConfigError: Something in it cannot be.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        remedy = "Mend the line; strings need quotes, every lot begins with [[lot]]"
        raise ConfigError([Problem(name, None, "syntax", "", str(error), remedy)]) from error
    reader = _Reader(name, lines_of(text))
    for key in document.keys() - {"lot"}:
        reader.note((key,), key, "", "is not known here", did_you_mean(key, ["lot"]))
    entries = document.get("lot", [])
    if not isinstance(entries, list):
        reader.note(("lot",), "lot", "", "is a single table", "Write [[lot]] with two brackets")
        entries = []
    lots = [reader.lot(n, entry) for n, entry in enumerate(entries)]
    reader.refuse_twins(lots)
    if reader.problems:
        raise ConfigError(reader.problems)
    return tuple(lot for lot in lots if lot is not None)


class _Reader:
    def __init__(self, name: str, lines: dict[tuple[str | int, ...], int]) -> None:
        self._name = name
        self._lines = lines
        self.problems: list[Problem] = []

    def note(
        self, path: tuple[str | int, ...], where: str, value: object, reason: str, remedy: str
    ) -> None:
        shown = "" if value == "" else str(value)
        line = line_of(self._lines, path)
        self.problems.append(Problem(self._name, line, where, shown, reason, remedy))

    def lot(self, n: int, entry: Mapping[str, Any]) -> Lot | None:
        before = len(self.problems)
        whose = f"lot {entry.get('id', n + 1)}"
        for key in entry.keys() - set(_KEYS):
            where, remedy = f"{whose}.{key}", did_you_mean(key, _KEYS)
            self.note(("lot", n, key), where, entry[key], "is not known", remedy)
        for key in ("id", "fuel"):
            if not isinstance(entry.get(key), str) or not entry[key]:
                remedy = f"Write {key} as a text in quotes"
                self.note(("lot", n, key), f"{whose}.{key}", entry.get(key, ""), "missing", remedy)
        from_us = self._instant(n, whose, entry.get("from_utc"))
        numbers = {key: self._number(n, whose, key, entry[key]) for key in NUMBERS if key in entry}
        if len(self.problems) > before or from_us is None:
            return None
        analysis = {key: _plain(value) for key, value in entry.get("analysis", {}).items()}
        try:
            return Lot(entry["id"], entry["fuel"], from_us, **numbers, analysis=analysis)
        except HinobanError as error:
            self.note(("lot", n), whose, "", str(error), "Mend the analysis")
            return None

    def refuse_twins(self, lots: list[Lot | None]) -> None:
        ids: set[str] = set()
        starts: dict[tuple[str, int], str] = {}
        for n, lot in enumerate(lots):
            if lot is None:
                continue
            if lot.id in ids:
                where = f"lot {lot.id}.id"
                self.note(("lot", n, "id"), where, lot.id, "is used twice", "Give it its own id")
            ids.add(lot.id)
            twin = starts.setdefault((lot.fuel, lot.from_us), lot.id)
            if twin != lot.id:
                reason = f"begins at the same instant as lot {twin} of {lot.fuel}"
                remedy = "Move one of them"
                self.note(("lot", n, "from_utc"), f"lot {lot.id}.from_utc", "", reason, remedy)

    def _instant(self, n: int, whose: str, value: object) -> int | None:
        moment = value
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                moment = None
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            return int(moment.timestamp()) * 1_000_000 + moment.microsecond
        reason = "is no instant with a time zone"
        remedy = "Write from_utc = 2026-10-01T00:00:00Z"
        shown = "" if value is None else value
        self.note(("lot", n, "from_utc"), f"{whose}.from_utc", shown, reason, remedy)
        return None

    def _number(self, n: int, whose: str, key: str, value: object) -> float | None:
        top = 1.0 if key in _FRACTIONS else float("inf")
        closed = key != "moisture"
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = float(value)
            if 0.0 <= number < top or (closed and number == top < float("inf")):
                return number
        if key in _FRACTIONS:
            reason, remedy = "is no fraction of one", "Write 0.10 for 10 %"
        else:
            reason, remedy = "is no positive number", f"Write {key} as a number, without its unit"
        self.note(("lot", n, key), f"{whose}.{key}", value, reason, remedy)
        return None


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime | time) else value
