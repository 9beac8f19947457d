"""The alarm journal for others: CSV, JSON Lines, and a page for the printer."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from agent.alarms.events import AlarmEvent
from agent.alarms.guidance import Guide
from gateway.historian.chain import Chained, Link
from gateway.historian.reader import Reader
from gateway.http.moments import to_iso
from gateway.views.alarm_words import AlarmWords
from gateway.views.periods import local_time
from gateway.views.sheets import Sheet, page

Format = Literal["csv", "jsonl", "html"]


_PAGE: Final = 2_000
_BOM: Final = "\ufeff"
_FORMULA: Final = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")  # full width too: Excel in Japanese
_TIMES: Final = ("t_us", "at_us", "until_us", "t_from_us", "t_to_us")


@dataclass(frozen=True, slots=True)
class Export:
    """Which events are wanted, and how a page of them is to look.

    Args:
        journal: The journal's file.
        from_us: Recorded at or after, UTC [µs]; None for the first ever.
        to_us: Recorded before, UTC [µs]; None for all up to now.
        title: Of the page.
        words: Of the page.
        zone: Of the page's times.
        places: Store or board -> what people call it.
        alarm: Only the events of this alarm.
        card: Its response card, for the page.
        passed: Called with how many more events were written.
    """

    journal: Path
    from_us: int | None
    to_us: int | None
    title: str
    words: AlarmWords
    zone: ZoneInfo
    places: Mapping[str, str]
    alarm: str | None = None
    card: Guide | None = None
    passed: Callable[[int], None] = lambda _: None

    def pieces(self, kind: Format) -> Iterator[str]:
        """The text, piece by piece; the journal is read as it goes.

        Raises:
            JournalError: The journal cannot be read, or has no chain yet.
        """
        makers = {"csv": _csv, "jsonl": _jsonl, "html": self._html}
        return makers[kind](self._rows())

    def _rows(self) -> Iterator[tuple[Link, Chained]]:
        """Each event with the link before it."""
        reader = Reader(self.journal)
        try:
            after = 0
            before = Link()
            while rows := reader.chained_alarms(after, _PAGE):
                for row in rows:
                    if self._wanted(row):
                        yield before, row
                    before = Link(row.id, row.digest or b"")
                after = before.id
                self.passed(len(rows))
        finally:
            reader.close()

    def _wanted(self, row: Chained) -> bool:
        begun = self.from_us is None or row.at_us >= self.from_us
        if not begun or (self.to_us is not None and row.at_us >= self.to_us):
            return False
        # Most rows are told apart by their text, without being read.
        return self.alarm is None or (self.alarm in row.text and _event(row).alarm_id == self.alarm)

    def _html(self, rows: Iterable[tuple[Link, Chained]]) -> Iterator[str]:
        words = self.words
        names = ("number", "recorded", "happened", "alarm", "place", "priority", "value", "person")
        lines = [words["times"].format(zone=self.zone.key), words["caution_journal"]]
        last = Link()

        def cells() -> Iterator[tuple[str, ...]]:
            nonlocal last
            for _, row in rows:
                last = Link(row.id, row.digest or b"")
                yield self._cells(row.id, _event(row))

        def ending() -> Iterator[tuple[str, ...]]:
            yield (words["chain"].format(link=last) if last.id else words["none"],)

        table = Sheet("", [words[name] for name in names], cells())
        sheets = [table, Sheet("", (), ending())]
        if (card := self.card) is not None:
            lines = [*lines, card.meaning, card.consequence]
            steps = [(str(number), step) for number, step in enumerate(card.steps, 1)]
            sheets = [Sheet(f"{words['steps']}: {card.title}", (), steps), *sheets]
        return page(words.language, self.title, lines, sheets)

    def _cells(self, number: int, event: AlarmEvent) -> tuple[str, ...]:
        words = self.words
        happened = words.get(f"edge_{event.edge}", event.edge)
        if event.step is not None:
            happened += f" ({event.step})"
        if event.visibility != "shown":
            happened += f" ({words.get(event.visibility, event.visibility)})"
        if event.from_history:
            happened += f" – {words['from_history']} {local_time(event.t_us, self.zone)}"
        place = event.store or event.source
        unit = event.unit or ""
        value = "" if event.value is None else f"{event.value:g} {unit}"
        limit = "" if event.limit is None else f" ({words['limit']} {event.limit:g} {unit})"
        who = " + ".join(name for name in (event.person, event.second) if name)
        return (
            str(number),
            local_time(event.at_us, self.zone),
            happened,
            event.alarm_id,
            self.places.get(place, place),
            words.get(event.priority, event.priority),
            f"{value}{limit}",
            f"{who}: {event.comment}" if event.comment else who,
        )


def _jsonl(rows: Iterable[tuple[Link, Chained]]) -> Iterator[str]:
    # The event as it lies on disk, so that its digest can be made again from the line alone.
    for before, row in rows:
        yield (
            f'{{"id":{row.id},"n":{row.n},"at_us":{row.at_us},"event":{row.text},'
            f'"before":"{before.digest.hex()}","digest":"{(row.digest or b"").hex()}"}}\n'
        )


def _csv(rows: Iterable[tuple[Link, Chained]]) -> Iterator[str]:
    # With a byte order mark and CRLF, as spreadsheets want it.
    names = [*AlarmEvent.__dataclass_fields__]
    heads = [f"{name[:-3]}_utc" if name in _TIMES else name for name in names]
    yield _BOM + _line(["number", *heads, "digest"])
    for _, row in rows:
        event = _event(row)
        values = [_cell(name, getattr(event, name)) for name in names]
        yield _line([str(row.id), *values, (row.digest or b"").hex()])


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if name in _TIMES and isinstance(value, int):
        return to_iso(value)
    if isinstance(value, str):
        # What begins like a formula is not to be computed by whoever opens the file.
        return f"'{value}" if value.startswith(_FORMULA) else value
    return json.dumps(value, ensure_ascii=False)


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _event(row: Chained) -> AlarmEvent:
    return msgspec.json.decode(row.text.encode(), type=AlarmEvent)
