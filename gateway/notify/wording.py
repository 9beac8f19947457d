"""Wording: what a message says of an alarm, in the recipient's language and the site's time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from agent.alarms.guidance import KEYS
from agent.alarms.inhibit_losses import BOARDS
from gateway.config import Config
from gateway.config_alarm_rules import condition
from gateway.notify.facts import Facts
from gateway.notify.held import Held
from gateway.notify.notice import Kind, Notice
from gateway.notify.texts import Texts

FIRST_STEPS: Final = 3
"""How many steps of the response card a message carries."""

_LINES: Final = 8
"""Kinds of alarms a digest lists."""

_PLACES: Final = 4
_LATE_US: Final = 600_000_000
_UNITS: Final = {
    "degc": "°C",
    "ppm": "ppm",
    "pct": "%",
    "kg_per_s": "kg/s",
    "kw": "kW",
    "kwh": "kWh",
    "mj": "MJ",
    "m3": "m³",
    "degc_per_day": "°C/d",
    "ppm_per_h": "ppm/h",
    "s": "s",
}
_DIGITS: Final = {"degc": 1, "degc_per_day": 1, "pct": 1, "kg_per_s": 2, "bar": 1}


class Wording:
    """The site's names, put into messages.

    Args:
        config: The site.
        texts: The catalogue, by language.
    """

    def __init__(self, config: Config, texts: Mapping[str, Texts]) -> None:
        self._texts = texts
        self._site = config.site.name
        self._default = config.site.language
        self._zone = ZoneInfo(config.site.timezone)
        self._zone_name = config.site.timezone
        self._page = config.notify.page_url
        self._languages = {one.id: one.language or self._default for one in config.recipient}
        self._kinds = {alarm.id: str(alarm.kind) for alarm in config.alarm}
        self._guides = {alarm.id: condition(alarm).guidance for alarm in config.alarm}
        self._places = {store.id: store.name or store.id for store in config.stores()}
        self._places |= {place.id: place.name or place.id for place in config.workplace}
        self._places |= {board.id: f"{board.id} ({board.place})" for board in config.board}
        self._places |= {path.id: path.name or path.id for path in config.path}
        self._meters = {
            field.point: meter.name or meter.id
            for meter in config.meter
            for field in meter.points.values()
        }
        self._rows = {store.id: store.row for store in config.stores() if store.row}

    def about(
        self,
        recipient: str,
        number: int,
        kind: Kind,
        facts: Facts,
        *,
        elapsed_us: int = 0,
        edge: str = "",
        person: str | None = None,
        clock_right: bool = True,
    ) -> tuple[str, str]:
        """Title and body of a message on one alarm.

        Args:
            recipient: Who reads it.
            number: Its number.
            kind: Why it is sent.
            facts: The alarm.
            elapsed_us: How long nobody has acknowledged it [µs].
            edge: What happened to it, for information.
            person: Who did that.
            clock_right: Whether the gateway's UTC can be believed.
        """
        texts = self._of(recipient)
        place = self._place(facts)
        title = texts(
            str(kind),
            number=number,
            klass=texts.named("klass", facts.klass),
            edge=texts.named("edge", edge),
            place=place,
            what=self._short(texts, facts, kind),
            minutes=round(elapsed_us / 60e6),
        )
        guide = texts.guide(self._guide_key(facts))
        row = self._rows.get(facts.store or "")
        where = f"{place} ({row})" if row else place
        lines = [texts("what", title=guide.title), texts("where", place=where)]
        lines += self._values(texts, facts)
        lines.append(texts("since", time=self._time(facts.raised_us), zone=self._zone_name))
        lines += [texts("clock")] if not clock_right else []
        lines += [texts("from_history")] if facts.from_history else []
        lines += [texts("unjournalled")] if facts.unjournalled else []
        if facts.neighbours:
            lines.append(texts("neighbours", stores=", ".join(map(self._named, facts.neighbours))))
        if facts.coverage:
            key = "behind" if facts.unit == BOARDS else "coverage"
            lines.append(texts(key, coverage=facts.coverage))
        if kind is Kind.INFORMATION:
            lines += [texts("person", person=person)] if person else []
            lines.append(texts("returned"))
        else:
            lines.append(texts("steps"))
            steps = guide.steps[:FIRST_STEPS]
            lines += [f"{n}. {step}" for n, step in enumerate(steps, 1)]
            lines.append(texts("acknowledge"))
        return title, self._whole(lines)

    def digest(self, recipient: str, number: int, held: Sequence[Held]) -> tuple[str, str]:
        """Title and body of what was held back, with counts."""
        texts = self._of(recipient)
        kinds: dict[tuple[str, str], list[Held]] = {}
        for one in held:
            kinds.setdefault((one.facts.klass, one.facts.condition), []).append(one)
        most_first = sorted(kinds.items(), key=lambda entry: -len(entry[1]))
        lines = [
            texts(
                "held_line",
                count=len(ones),
                klass=texts.named("klass", klass),
                what=texts.named("condition", condition),
                places=self._few(texts, (self._place(one.facts) for one in ones)),
            )
            for (klass, condition), ones in most_first[:_LINES]
        ]
        if rest := sum(len(ones) for _, ones in most_first[_LINES:]):
            lines.append(texts("more", count=rest))
        lines.append(texts("held"))
        return texts("digest", number=number, count=len(held)), self._whole(lines)

    def test(
        self,
        recipient: str,
        number: int,
        *,
        unseen: int,
        boards: int,
        silent: int,
        person: str | None = None,
    ) -> tuple[str, str]:
        """Title and body of a test message.

        Args:
            recipient: Who reads it.
            number: Its number.
            unseen: How many alarms wait to be acknowledged.
            boards: How many boards the site has.
            silent: How many of them are not heard.
            person: Who asked for it, where somebody did.
        """
        texts = self._of(recipient)
        lines = [
            texts("proves"),
            texts("proves_not"),
            texts("standing", count=unseen, boards=boards, silent=silent),
        ]
        if person is not None:
            lines.append(texts("asked", person=person))
        return texts("test", number=number, site=self._site), self._whole(lines)

    def as_sent(self, notice: Notice, now_us: int) -> tuple[str, str]:
        """A notice as it goes out now: with the word "repeat" where it may have come before."""
        texts = self._of(notice.recipient)
        title, body = notice.title, notice.body
        if now_us - notice.made_us >= _LATE_US:
            body = f"{texts('late', time=self._time(notice.made_us))}\n{body}"
        if notice.doubted:
            title, body = f"{texts('repeat')} {title}", f"{texts('repeated')}\n{body}"
        return title, body

    def _of(self, recipient: str) -> Texts:
        return self._texts[self._languages.get(recipient, self._default)]

    def _values(self, texts: Texts, facts: Facts) -> list[str]:
        if facts.unit is None and facts.value is None:
            return []
        name = facts.source.rsplit(".", 1)[-1].removesuffix(f"_{facts.unit}")
        value = self._value(texts, facts)
        if facts.unit == BOARDS:
            return [self._short(texts, facts, Kind.PAGE)]
        if facts.limit is None:
            return [texts("value_only", name=name, value=value)]
        return [texts("value", name=name, value=value, limit=_limit(facts.limit, facts.unit))]

    def _value(self, texts: Texts, facts: Facts) -> str:
        if facts.value is not None:
            return _quantity(facts.value, facts.unit)
        return texts("over_range" if self._is_over(facts) else "unknown")

    def _is_over(self, facts: Facts) -> bool:
        return facts.is_over_range and self._kinds.get(facts.condition) != "low"

    def _short(self, texts: Texts, facts: Facts, kind: Kind) -> str:
        """What happened, in a few words for the first line."""
        if facts.limit is None or facts.unit in {None, "s"} or kind is Kind.INFORMATION:
            return texts.named("condition", facts.condition)
        if facts.value is None:
            return texts("over_range" if self._is_over(facts) else "unknown")
        if facts.unit == BOARDS:
            return texts("boards", value=f"{facts.value:g}", limit=f"{facts.limit:g}")
        value, limit = _quantity(facts.value, facts.unit), _limit(facts.limit, facts.unit)
        return texts("measured", value=value, limit=limit)

    def _guide_key(self, facts: Facts) -> str:
        own = facts.guidance or self._guides.get(facts.condition, facts.condition)
        return own if own in KEYS else facts.klass

    def _place(self, facts: Facts) -> str:
        return self._named(facts.store or facts.source)

    def _named(self, what: str) -> str:
        return self._places.get(what) or self._meters.get(what) or what

    @staticmethod
    def _few(texts: Texts, places: Iterable[str]) -> str:
        different = list(dict.fromkeys(places))
        words = different[:_PLACES]
        if rest := len(different) - len(words):
            words.append(texts("more", count=rest))
        return ", ".join(words)

    def _time(self, t_us: int) -> str:
        return datetime.fromtimestamp(t_us / 1e6, UTC).astimezone(self._zone).strftime(
            "%Y-%m-%d %H:%M"
        )  # fmt: skip

    def _whole(self, lines: list[str]) -> str:
        return "\n".join([*lines, self._page] if self._page else lines)


def _limit(value: float, unit: str | None) -> str:
    """As configured, not as measured."""
    return f"{value:g} {_UNITS.get(unit, unit)}" if unit else f"{value:g}"


def _quantity(value: float, unit: str | None) -> str:
    number = f"{value:.{_DIGITS.get(unit or '', 0)}f}"
    return f"{number} {_UNITS.get(unit, unit)}" if unit else number
