"""An import: what a file would change, what of it cannot be, and which periods it concerns."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from agent.cofiring.certificates import check_claim
from agent.errors import HinobanError
from gateway.config import Config
from gateway.footprint.lots.affected import Affected
from gateway.footprint.lots.checking import Checked, Entry
from gateway.footprint.lots.entries import Entries, Version, after
from gateway.footprint.lots.fields import KINDS
from gateway.footprint.lots.ledger import claim_of, ledger_of
from gateway.footprint.lots.rows import read_rows
from gateway.footprint.lots.sheet import SheetError, read_sheet
from gateway.footprint.lots.supply import feeding_of, told_of
from gateway.footprint.lots_file import bodies_of, parse_entries
from gateway.footprint.moments import utc_text
from gateway.footprint.site import check_fuels, plant_of
from gateway.footprint.store import FootprintStore
from gateway.footprint.tables import Tables
from gateway.problems import Problem

_LONGEST_FILE: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """What a file says anew of one lot or event.

    Args:
        what: "new", "changed" or "withdrawn".
        fields: By name, the value before and the value told; None for none.
        restates: Range of what was issued with it [UTC µs]; None where nothing was.
    """

    entry: Entry
    what: str
    fields: Mapping[str, tuple[Any, Any]]
    restates: tuple[int, int] | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        span = self.restates
        return {
            "kind": self.entry.kind,
            "id": self.entry.key,
            "what": self.what,
            "fields": {name: list(pair) for name, pair in self.fields.items()},
            "restates_from_utc": utc_text(span[0]) if span else None,
            "restates_to_utc": utc_text(span[1]) if span else None,
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do.

    Args:
        source: The file's name and the first digits of its SHA-256.
        changes: What is good and new.
        same: How many are known already, word for word.
        problems: What cannot be.
    """

    source: str
    changes: Sequence[Change]
    same: int
    problems: Sequence[Problem]

    @property
    def restates(self) -> tuple[int, int] | None:
        """Range of everything that was issued with any of it [UTC µs]."""
        spans = [change.restates for change in self.changes if change.restates]
        if not spans:
            return None
        return min(first for first, _ in spans), max(last for _, last in spans)


class Importer:
    """Reads files for one site and keeps what is good of them.

    Args:
        config: The site.
        tables: Reviewed tables.
        store: The footprint database.
    """

    def __init__(self, config: Config, tables: Tables, store: FootprintStore) -> None:
        self._config, self._tables = config, tables
        self._plant = plant_of(config, tables)
        self._entries = Entries(store.engine)
        self._affected = Affected(config, self._plant, tables, store)

    def bodies(self) -> dict[str, Mapping[str, Any]]:
        """Bodies of all lots that are known: of the lots file, and of what was imported."""
        bodies = bodies_of(self._config.cofiring.lots_file)
        for version in self._entries.newest():
            if version.kind == "lot" and version.body is not None:
                bodies[version.key] = version.body
        return bodies

    def preview(self, path: Path, *, encoding: str = "", tab: str = "") -> Preview:
        """What a file would change; nothing is kept.

        Args:
            path: ``.toml``, ``.csv``, ``.txt``, ``.xlsx`` or ``.xlsm``.
            encoding: Of a text that is not UTF-8.
            tab: Which sheet of a workbook.

        Raises:
            SheetError: It cannot be read.
            ConfigError: It is no TOML.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise SheetError(f"{path}: {error.strerror}") from error
        if len(data) > _LONGEST_FILE:
            raise SheetError(f"{path}: has {len(data)} bytes, more than {_LONGEST_FILE}; split it")
        bodies = self.bodies()
        if path.suffix.lower() == ".toml":
            found = parse_entries(data.decode("utf-8", "replace"), path.name, bodies)
        else:
            sheet = read_sheet(path, encoding=encoding, tab=tab)
            found = read_rows(sheet, ZoneInfo(self._config.site.timezone), bodies)
        source = f"{path.name} {hashlib.sha256(data).hexdigest()[:16]}"
        return self.preview_of(found, source)

    def preview_of(self, found: Checked, source: str) -> Preview:
        """What checked entries would change; those that cannot be counted are problems."""
        versions = self._entries.newest()
        known = {(v.kind, v.key): v for v in versions}
        fresh = [e for e in _in_order(found.entries) if not _same(known.get((e.kind, e.key)), e)]
        good, problems = self._countable(versions, fresh, source.rpartition(" ")[0])
        touched = self._affected.by(versions, good)
        changes = [
            Change(
                entry,
                _what(known.get((entry.kind, entry.key)), entry),
                _fields(known.get((entry.kind, entry.key)), entry),
                span,
            )
            for entry, span in zip(good, touched, strict=True)
        ]
        same = len(found.entries) - len(fresh)
        return Preview(source, changes, same, [*found.problems, *problems])

    def keep(self, preview: Preview, person: str, recorded_at_us: int) -> list[Version]:
        """Keep what is good of a preview, all of it or nothing.

        Args:
            preview: As shown to the person.
            person: Who answers for it.
            recorded_at_us: When, UTC [µs].
        """
        entries = [change.entry for change in preview.changes]
        return self._entries.append(entries, person, preview.source, recorded_at_us)

    def withdrawal(self, kind: str, key: str) -> Preview:
        """What withdrawing a lot or event would do.

        Raises:
            SheetError: Nothing of that name was imported.
        """
        if not any(v.kind == kind and v.key == key for v in self._entries.newest()):
            raise SheetError(f"{kind} {key!r} was never imported; `hinoban lots list` shows all")
        return self.preview_of(Checked([Entry(kind, key, {})]), "withdrawn by hand")

    def _countable(
        self, versions: Sequence[Version], fresh: Sequence[Entry], name: str
    ) -> tuple[list[Entry], list[Problem]]:
        """Those with which the account goes on, and why the others cannot be."""
        if self._fault(versions, fresh) is None:
            return list(fresh), []
        good: list[Entry] = []
        problems = []
        for entry in fresh:
            fault = self._fault(versions, [*good, entry])
            if fault is None:
                good.append(entry)
            else:
                named = entry.key if entry.key.startswith(entry.kind) else ""
                where = named or f"{entry.kind} {entry.key}"
                fault = fault.removeprefix(f"{entry.key}: ")
                problems.append(Problem(name, None, where, "", fault, "Mend it and import again"))
        return good, problems

    def _fault(self, versions: Sequence[Version], entries: Sequence[Entry]) -> str | None:
        try:
            known = after(versions, entries)
            told = told_of(self._affected.lots, known)
            feeding = feeding_of(self._config, told)
            check_fuels(self._plant, self._tables, told.lots.values(), feeding)
            for entry in entries:
                if entry.kind == "claim" and entry.body:
                    others = [v for v in known if (v.kind, v.key) != (entry.kind, entry.key)]
                    check_claim(ledger_of(told.lots.values(), others), claim_of(entry.body))
        except HinobanError as error:
            return str(error)
        return None


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Lots first: events name them."""
    return sorted(entries, key=lambda entry: KINDS.index(entry.kind))


def _same(known: Version | None, entry: Entry) -> bool:
    return (dict(known.body or {}) if known else {}) == dict(entry.body)


def _what(known: Version | None, entry: Entry) -> str:
    return "withdrawn" if not entry.body else "changed" if known else "new"


def _fields(known: Version | None, entry: Entry) -> dict[str, tuple[Any, Any]]:
    before: Mapping[str, Any] = (known.body or {}) if known else {}
    names = [*entry.body, *(name for name in before if name not in entry.body)]
    return {
        name: (before.get(name), entry.body.get(name))
        for name in names
        if before.get(name) != entry.body.get(name)
    }
