"""Checks what is told of lots and events, whatever file it is from, and says all that is wrong."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from agent.errors import HinobanError
from gateway.footprint.lots.bodies import lot_of
from gateway.footprint.lots.fields import (
    DELIVERY,
    KINDS,
    LISTS,
    LOT,
    REMEDIES,
    TOLD,
    Kind,
    Spec,
)
from gateway.problems import Problem, did_you_mean

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file.

    Args:
        line: Line or row.
        column: How its column is named in a sheet; "" in other files.
        shown: What stands in the sheet, in the sheet's unit.
    """

    line: int | None
    column: str = ""
    shown: str = ""


_NONE: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """A lot or an event as it is kept: checked, JSON-ready, instants in UTC.

    Args:
        kind: "lot", or one of `TOLD`.
        key: Its id, of its own within its kind.
        body: Its fields.
    """

    kind: str
    key: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class Checked:
    """What was good, and what was wrong with the rest."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Checker:
    """Checks one file.

    Args:
        name: Of the file, as problems name it.
        place: Where something stands in it.
    """

    def __init__(self, name: str, place: Callable[[Path], Place]) -> None:
        self._name, self._place = name, place
        self.found = Checked()
        self._keys: dict[tuple[str, str], Path] = {}

    def note(self, path: Path, value: object, reason: str, remedy: str, where: str = "") -> None:
        """Tell what is wrong with what stands at a path; `where` names it, unless a sheet does."""
        place = self._place(path)
        shown = place.shown or ("" if value in ("", None) else str(value))
        if place.column and reason == REMEDIES["share"][0]:
            remedy = "Mend the value, or the unit in the header: 0 to 100 % is possible"
        named = place.column or where or ".".join(str(part) for part in path)
        self.found.problems.append(Problem(self._name, place.line, named, shown, reason, remedy))

    def documents(
        self, kind: str, documents: Iterable[Any], known: Mapping[str, Any] = _NONE
    ) -> None:
        """Check all of one kind.

        Args:
            kind: "lot" or one of the events.
            documents: As told.
            known: Bodies of lots that are known by now: what is told is added to them.
        """
        for n, document in enumerate(documents):
            path: Path = (kind, n)
            before = len(self.found.problems)
            if not isinstance(document, Mapping):
                self.note(path, document, "is no table", f"Write [[{kind}]] with two brackets")
                continue
            spec = LOT if kind == "lot" else TOLD[kind][0]
            body = self._table(path, document, spec, LISTS if kind == "lot" else {})
            key = body.get("id", "")
            if not key:
                self._missing((*path, "id"), "id", document)
                continue
            if (kind, key) in self._keys:
                self.note((*path, "id"), key, "is used twice", "Give it its own id")
            self._keys[kind, key] = path
            if kind == "lot":
                body = merged(known.get(key, {}), body)
                self._whole_lot(path, body, before)
            else:
                self._whole_event(path, kind, body, before)
            if len(self.found.problems) == before:
                self.found.entries.append(Entry(kind, key, body))

    def path_of(self, kind: str, key: str) -> Path:
        """Where something that was checked stands."""
        return self._keys[kind, key]

    def unknown_kinds(self, document: Mapping[str, Any]) -> None:
        """Refuse tables that are none of ours."""
        for key in document.keys() - set(KINDS):
            self.note((key,), "", "is not known here", did_you_mean(key, KINDS), key)

    def _whole_lot(self, path: Path, body: Mapping[str, Any], before: int) -> None:
        if "fuel" not in body:
            self._missing((*path, "fuel"), "fuel", body)
        if "from_utc" not in body and "delivered_utc" not in body.get("delivery", {}):
            reason, remedy = REMEDIES["instant"]
            key = f"lot {body['id']}.from_utc"
            self.note((*path, "from_utc"), "", reason, f"{remedy}: when it begins to burn", key)
        if body.get("analysis_rule", "mean") not in {"mean", "latest"}:
            value = body["analysis_rule"]
            reason = "is no rule by which analyses count"
            self.note((*path, "analysis_rule"), value, reason, "Write mean or latest")
        if len(self.found.problems) > before:
            return
        try:
            lot_of(body)
        except HinobanError as error:
            self.note(path, "", str(error), "Mend the analysis", f"lot {body['id']}")

    def _whole_event(self, path: Path, kind: str, body: Mapping[str, Any], before: int) -> None:
        for name in TOLD[kind][1]:
            if name not in body and len(self.found.problems) == before:
                self._missing((*path, name), name, body)
        if "to_utc" in body and "from_utc" in body and body["from_utc"] >= body["to_utc"]:
            reason = f"is not after {body['from_utc']}"
            self.note((*path, "to_utc"), body["to_utc"], reason, "Mend the earlier or the later")
        self._enough(path, kind, body)

    def _enough(self, path: Path, kind: str, body: Mapping[str, Any]) -> None:
        """What the books need one way or the other."""
        given = ("given_kg" in body, "taken_kg" in body)
        if kind == "transfer" and given in {(True, True), (False, False)}:
            reason, remedy = "says not which way", "Write given_kg or taken_kg, one of the two"
            self.note(path, "", reason, remedy, f"transfer {body.get('id', '')}")
        volume = {"volume_m3", "bulk_kg_per_m3"} <= body.keys()
        if kind == "survey" and ("kg" in body) == volume:
            reason, remedy = "says not how much", "Write kg, or volume_m3 and bulk_kg_per_m3"
            self.note(path, "", reason, remedy, f"survey {body.get('id', '')}")

    def _missing(self, path: Path, name: str, document: Mapping[str, Any]) -> None:
        value = document.get(name, "")
        whose = document.get("id") or (path[1] + 1 if isinstance(path[1], int) else "")
        remedy = f"Write {name} as a text in quotes" if name in {"id", "fuel"} else f"Add {name}"
        self.note(path, value, "missing", remedy, f"{path[0]} {whose}.{name}")

    def _table(
        self,
        path: Path,
        document: Mapping[str, Any],
        spec: Spec,
        lists: Mapping[str, tuple[Spec, tuple[str, ...]]] = _NONE,
    ) -> dict[str, Any]:
        whose = _whose(path, document)
        body: dict[str, Any] = {}
        for key, value in document.items():
            here = (*path, key)
            if key in lists:
                body[key] = self._list(here, value, *lists[key])
            elif key not in spec:
                remedy = did_you_mean(key, (*spec, *lists))
                self.note(here, value, "is not known", remedy, f"{whose}.{key}")
            elif key == "delivery" and isinstance(value, Mapping):
                body[key] = self._table(here, value, DELIVERY)
            else:
                try:
                    body[key] = _value(spec[key], value)
                except ValueError:
                    reason, remedy = REMEDIES[spec[key]]
                    if key in {"id", "fuel"}:
                        reason, remedy = "missing", f"Write {key} as a text in quotes"
                    self.note(here, value, reason, remedy, f"{whose}.{key}")
        return body

    def _list(
        self, path: Path, items: object, spec: Spec, needed: tuple[str, ...]
    ) -> list[dict[str, Any]]:
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            self.note(path, items, "is no list of tables", f"Write [[lot.{path[-1]}]]")
            return []
        found = []
        for n, item in enumerate(items):
            body = self._table((*path, n), item, spec)
            for name in needed:
                if name not in body and name not in item:
                    remedy = f"Add {name} to each of {path[-1]}"
                    self.note((*path, n, name), "", "missing", remedy, f"{path[-1]} {n + 1}.{name}")
            found.append(body)
        return found


def merged(known: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What was known with what was told: an analysis of the same number replaces the one before."""
    body = {**known, **told}
    for name in LISTS:
        if name in known and name in told:
            by_id = {_identity(name, item): item for item in (*known[name], *told[name])}
            body[name] = list(by_id.values())
    if "delivery" in known and "delivery" in told:
        body["delivery"] = {**known["delivery"], **told["delivery"]}
    return body


def _identity(name: str, item: Mapping[str, Any]) -> tuple[Any, ...]:
    keys = {"analyses": ("id",), "certificates": ("kind", "number"), "legs": ("stage", "mode")}
    return tuple(item.get(key) for key in keys.get(name, ("scheme",)))


def _whose(path: Path, document: Mapping[str, Any]) -> str:
    place = path[-1] + 1 if isinstance(path[-1], int) else path[-1]
    return f"{path[0]} {document.get('id', place)}" if len(path) == 2 else f"{path[0]} {path[-1]}"


def _value(kind: Kind, value: Any) -> Any:
    match kind:
        case "text" if isinstance(value, str) and value.strip():
            return value.strip()
        case "table" if isinstance(value, Mapping):
            return {key: _plain(item) for key, item in value.items()}
        case "instant":
            return _instant(value)
        case "date":
            return _date(value)
        case "month" if isinstance(value, str):
            return date.fromisoformat(f"{value}-01").strftime("%Y-%m")
        case "fraction" | "share" | "number" | "count":
            return _number(kind, value)
    raise ValueError


def _number(kind: Kind, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    top = {"fraction": 1.0, "share": 1.0}.get(kind, math.inf)
    if value < 0.0 or value > top or (kind == "fraction" and value == top):
        raise ValueError
    if kind == "count":
        if value != int(value) or value < 1:
            raise ValueError
        return int(value)
    return float(value)


def _instant(value: Any) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _date(value: Any) -> str:
    if isinstance(value, datetime):
        raise ValueError
    return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str | None) else str(value)
