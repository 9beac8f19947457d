"""The alarm report: KPIs of a period as sheets of texts in one language."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from agent.alarms.kpis_figures import AlarmKpis, Figure, Hiding, PriorityShare
from agent.alarms.kpis_history import FOREVER_US
from agent.alarms.kpis_table import KpiTable, Target
from agent.alarms.stores import store_of
from gateway.historian.chain import Link
from gateway.views.alarm_words import AlarmWords
from gateway.views.periods import Period, local_time
from gateway.views.sheets import Sheet, page


class KpiReport:
    """What a report of one period says.

    Args:
        kpis: Its figures.
        period: The period.
        table: Definitions and targets.
        words: In the reader's language.
        zone: Of the site.
        places: Store or board -> what people call it.
        end: Where the journal's chain ends.
    """

    def __init__(
        self,
        kpis: AlarmKpis,
        period: Period,
        table: KpiTable,
        words: AlarmWords,
        zone: ZoneInfo,
        places: Mapping[str, str],
        end: Link,
    ) -> None:
        self._kpis = kpis
        self._period = period
        self._table = table
        self._words = words
        self._zone = zone
        self._places = places
        self._end_of_chain = end

    @property
    def title(self) -> str:
        """Of the report."""
        return f"{self._words['title']} {self._period.name}"

    @property
    def kpis(self) -> AlarmKpis:
        """Its figures."""
        return self._kpis

    def page(self) -> str:
        """The report as a page for the printer."""
        return "".join(page(self._words.language, self.title, self.lines(), self.sheets()))

    def lines(self) -> list[str]:
        """What a reader must know before the figures."""
        words, kpis = self._words, self._kpis
        begin, end = (local_time(t, self._zone) for t in (kpis.from_us, kpis.to_us))
        found = [
            f"{words['period']}: {begin} – {end} ({self._zone.key})",
            f"{words['coverage']}: {_percent(kpis.coverage)}",
            f"{words['alarms']}: {self._count(kpis.alarms)}",
            words["position"],
        ]
        if self._period.unfinished:
            found.append(words["unfinished"])
        if kpis.coverage < self._table.least_coverage:
            found.append(words["thin"].format(least=_percent(self._table.least_coverage)))
        return [*found, words["caution"], words["chain"].format(link=self._end_of_chain)]

    def sheets(self) -> list[Sheet]:
        """The figures; what did not happen is said to be none."""
        words, kpis = self._words, self._kpis
        return [
            Sheet(
                words["figures"],
                [words[key] for key in ("figure", "value", "target", "result")],
                [
                    (words[f.name], self._value(f.name, f.value), self._target(f), self._met(f))
                    for f in kpis.figures
                ],
            ),
            Sheet(
                words["priorities"],
                [words[key] for key in ("priority", "count", "share", "target", "result")],
                [self._priority(share) for share in kpis.priorities],
            ),
            self._list(
                "bad_actors",
                ("alarm", "place", "priority", "count", "share"),
                [
                    (
                        actor.alarm_id,
                        self._place(actor.source),
                        words[actor.priority],
                        str(actor.count),
                        _percent(actor.share),
                    )
                    for actor in kpis.bad_actors
                ],
            ),
            self._list(
                "floods",
                ("begin", "end", "duration"),
                [
                    (self._time(flood.from_us), self._end(flood.to_us), *self._long(*flood))
                    for flood in kpis.floods
                ],
            ),
            self._list("chattering_alarms", ("alarm",), [(one,) for one in kpis.chattering]),
            self._list(
                "stale_alarms",
                ("alarm", "begin", "end"),
                [
                    (s.alarm_id, self._time(s.span.from_us), self._end(s.span.to_us))
                    for s in kpis.stale
                ],
            ),
            self._answers(),
            self._hidden(),
            self._list(
                "hidings",
                ("alarm", "hidden_by", "begin", "until", "person", "second", "why"),
                [self._hiding(hiding) for hiding in kpis.hidings],
            ),
        ]

    def _list(self, title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Sheet:
        words = self._words
        if not rows:
            known = self._kpis.alarms is not None
            return Sheet(words[title], (), [(words["none" if known else "unknown"],)])
        return Sheet(words[title], [words[key] for key in columns], rows)

    def _answers(self) -> Sheet:
        answers, words = self._kpis.answers, self._words
        rows = [
            (words["answered"], self._count(answers.count)),
            (words["waiting"], self._count(answers.waiting)),
        ]
        spans = (
            ("median", answers.median_s),
            ("p90", answers.p90_s),
            ("longest", answers.longest_s),
        )
        rows += [(words[key], duration(value)) for key, value in spans if value is not None]
        return Sheet(words["answers"], (), rows)

    def _hidden(self) -> Sheet:
        words, hidden = self._words, self._kpis.hidden
        if hidden is None:
            return Sheet(words["hidden_alarms"], (), [(words["unknown"],)])
        rows = [(words[kind], str(count)) for kind, count in hidden.items()]
        return Sheet(words["hidden_alarms"], (), [*rows, (words["hidden_note"], "")])

    def _hiding(self, hiding: Hiding) -> tuple[str, ...]:
        until = "–" if hiding.until_us is None else self._time(hiding.until_us)
        person = hiding.person or self._words["nobody"]
        return (
            hiding.alarm_id,
            self._words[hiding.kind],
            self._time(hiding.at_us),
            until,
            person,
            hiding.second or "–",
            hiding.comment or "–",
        )

    def _priority(self, share: PriorityShare) -> tuple[str, ...]:
        about = self._words["about"].format(share=_percent(share.target))
        value = "–" if share.share is None else _percent(share.share)
        name = "high_with_critical" if share.priority == "high" else share.priority
        return self._words[name], self._count(share.count), value, about, self._met(share)

    def _value(self, name: str, value: float | None) -> str:
        if value is None:
            return self._words["unknown"]
        if name.endswith("_share"):
            return f"{100 * value:.2f} %"
        return f"{value:.2f}" if name.startswith("average") else f"{value:.0f}"

    def _target(self, figure: Figure) -> str:
        return _bounds(figure.name, figure.target)

    def _met(self, figure: Figure | PriorityShare) -> str:
        return self._words[{True: "met", False: "missed", None: "open"}[figure.met]]

    def _count(self, count: int | None) -> str:
        return self._words["unknown"] if count is None else str(count)

    def _place(self, source: str) -> str:
        store = store_of(source) or source
        return self._places.get(store, store)

    def _time(self, t_us: int) -> str:
        return local_time(t_us, self._zone)

    def _end(self, t_us: int) -> str:
        return self._words["still"] if t_us >= FOREVER_US else self._time(t_us)

    @staticmethod
    def _long(from_us: int, to_us: int) -> tuple[str]:
        return (duration((to_us - from_us) / 1e6),)


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, such as ``5:00:00``."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _bounds(name: str, target: Target) -> str:
    bound = target.below if target.most is None else target.most
    if bound is None:
        return "–"
    text = f"{100 * bound:g} %" if name.endswith("_share") else f"{bound:g}"
    return f"{'<' if target.most is None else '≤'} {text}"


def _percent(share: float) -> str:
    # Rounded down: what is nearly all is not all.
    return f"{int(share * 1000 + 1e-9) / 10:g} %"
