"""PointJudge: all tracks of one point, and which sample is the newest."""

import math
import zlib
from collections.abc import Sequence
from typing import Any, Final

from agent.alarms.instant import Instant
from agent.alarms.rules import Rule
from agent.alarms.tracks import Found, Track
from agent.alarms.verdicts import Verdict, trusted
from agent.alarms.window import FULL, KEPT, Window, packed, unpacked
from agent.samples import Sample

FUTURE_US: Final = 60_000_000
"""A last sample further ahead of a synchronised clock than this had a wrong clock itself [µs]."""

TAIL: Final = 32
"""So many samples at most are stored beside the window's own row until that is written anew."""

SPREAD: Final = 16
"""Boards that report in step write their windows and let old samples go in so many turns."""

_NEVER: Final = -(2**62)
_NOTHING: Final[tuple[Found, ...]] = ()


class PointJudge:
    """The newest samples of a point and its conditions.

    Args:
        point: Its name.
        rules: The conditions that cover it.

    Attributes:
        known: The newest sample's value can be believed.
        stale: The stored window is another one than this.
        unsettled: The journal may not tell when each condition was in alarm.
    """

    __slots__ = (
        "_calm",
        "_full",
        "_high",
        "_low",
        "_newest_us",
        "_saved",
        "_tail",
        "_unsynced",
        "known",
        "point",
        "stale",
        "tracks",
        "unsettled",
        "window",
    )

    def __init__(self, point: str, rules: Sequence[Rule]) -> None:
        self.point = point
        self.tracks = tuple(Track(rule) for rule in rules)
        self.window = Window(len(rules))
        self._low = max((rule.quiet[0] for rule in rules), default=-math.inf)
        self._high = min((rule.quiet[1] for rule in rules), default=math.inf)
        self._newest_us = _NEVER
        self._calm = False  # a good value between low and high moves nothing but the window
        self._unsynced = False  # the newest sample's clock could not be believed
        self._saved = 0  # samples of the window that are in its stored row
        # The same for all points of one message: their windows share a row.
        turn = zlib.crc32(point.rpartition(".")[0].encode()) % SPREAD
        self._tail, self._full = TAIL - turn, FULL - 2 * turn
        self.known = False
        self.stale = False
        self.unsettled = False

    @property
    def last_us(self) -> int | None:
        """Capture time of the newest sample [µs]; None before the first."""
        return None if self._newest_us == _NEVER else self._newest_us

    def judge(self, sample: Sample, now: Instant) -> Sequence[Found]:
        """Judge one sample under every condition of the point.

        Returns:
            What the tracks found; mostly nothing.
        """
        t_us, value = sample.t_us, sample.value
        if (
            self._calm
            and t_us > self._newest_us
            and value is not None
            and sample.reason is None
            and self._low < value < self._high
        ):
            self._newest_us = t_us
            self._unsynced, self.known = False, True
            times = self.window.times
            times.append(t_us)
            return _NOTHING if len(times) < self._full else self._let_go()
        return self._judge(sample, now)

    def _judge(self, sample: Sample, now: Instant) -> list[Found]:
        t_us, newest_us = sample.t_us, self._newest_us
        unsynced = sample.reason == "clock_unsynced"
        if not self.tracks:
            if t_us > newest_us or unsynced:
                self._newest_us, self._unsynced, self.known = t_us, unsynced, trusted(sample)
            return []
        verdicts = [track.rule.judge(sample) for track in self.tracks]
        for track, verdict in zip(self.tracks, verdicts, strict=True):
            if verdict is Verdict.BEYOND:
                track.value, track.reason = sample.value, sample.reason
        if t_us <= newest_us:
            if self._clock_was_wrong(t_us, now, unsynced=unsynced):
                self._move(t_us - newest_us)
            elif t_us < newest_us or not unsynced:
                # Samples of one unknown time share it, so they are judged in order; others
                # that are not newer are repeated or late.
                return self._judge_late(t_us, verdicts, unsynced=unsynced) + self._rest()
        self.window.append(t_us, packed(verdicts))
        live = [t.live(t_us, v) for t, v in zip(self.tracks, verdicts, strict=True)]
        self._newest_us, self._unsynced, self.known = t_us, unsynced, trusted(sample)
        return [found for found in live if found is not None] + self._rest()

    def _clock_was_wrong(self, t_us: int, now: Instant, *, unsynced: bool) -> bool:
        newest_us = self._newest_us
        if unsynced or t_us == newest_us:
            return False
        return self._unsynced or (now.synchronised and newest_us - now.utc_us > FUTURE_US)

    def _judge_late(self, t_us: int, verdicts: Sequence[Verdict], *, unsynced: bool) -> list[Found]:
        window, found = self.window, list[Found]()
        if unsynced or (window.start_us is not None and t_us <= window.start_us):
            self.stale = self.unsettled = True
            unknown_us = self._newest_us if unsynced else None
            for place, (track, verdict) in enumerate(zip(self.tracks, verdicts, strict=True)):
                found += track.aside(t_us, verdict, window, place, unknown_us)
            return found
        code = packed(verdicts)
        if not window.insert(t_us, code):
            return found
        self.stale = True
        calm = code == window.quiet and not window.odd and all(t.is_calm for t in self.tracks)
        if not calm:
            self.unsettled = True
            for place, track in enumerate(self.tracks):
                found += track.rejudge(window, place)
        return found

    def _rest(self) -> list[Found]:
        self._calm = bool(self.tracks) and all(t.delays.is_calm for t in self.tracks)
        return self._let_go() if len(self.window.times) >= self._full else []

    def _let_go(self) -> list[Found]:
        self.stale = True
        gone = self.window.leave(len(self.window.times) - KEPT)
        return [found for n, track in enumerate(self.tracks) for found in track.leave(gone, n)]

    def _move(self, by_us: int) -> None:
        """The clock was put right: what came before it can no longer be set in order."""
        for track in self.tracks:
            track.move(by_us)
        self._close_window(self._newest_us + by_us)

    def _close_window(self, start_us: int) -> None:
        self.window.leave(len(self.window.times))
        self.window.start_us = start_us
        self.stale = True

    def went_silent(self) -> list[Found]:
        """The board of this point fell silent; pending runs beyond a limit become alarms."""
        self.known = self._calm = False
        found = [track.went_silent(self._newest_us) for track in self.tracks]
        return [one for one in found if one is not None]

    def adopt(self, condition: str, raised_us: int) -> bool:
        """An alarm stands that a condition does not know of, because it was away and is back.

        Args:
            condition: Its id.
            raised_us: When the alarm was raised [µs].

        Returns:
            Whether it is judged on from here.
        """
        own = [t for t in self.tracks if t.rule.condition.id == condition and not t.active]
        for track in own:
            track.adopt(raised_us if self.last_us is None else self.last_us)
        self._rest()
        return bool(own)

    def settle(self) -> list[Found]:
        """What the journal must be told so that it has when each condition was in alarm."""
        self.unsettled = False
        return [found for track in self.tracks for found in track.settle()]

    # ── What survives a restart ───────────────────────────────────────────────────────────

    @property
    def needs_window(self) -> bool:
        """Whether the window's own row is to be written, with the point's."""
        return self.stale or len(self.window.times) - self._saved > self._tail

    def dump_window(self) -> list[Any]:
        """JSON-ready window and what stands before it."""
        self.stale, self._saved = False, len(self.window.times)
        starts = {t.rule.condition.id: t.dump_start() for t in self.tracks}
        starts = {name: start for name, start in starts.items() if start is not None}
        return [self.window.dump(), self.window.start_us, self._names(), starts]

    def dump(self) -> list[Any]:
        """JSON-ready state since `dump_window`."""
        states = {t.rule.condition.id: t.dump() for t in self.tracks if not t.is_blank}
        tail = self.window.dump(self._saved)
        return [tail, self.last_us, self._unsynced, self.known, self._names(), states]

    def _names(self) -> list[str]:
        return [t.rule.condition.id for t in self.tracks] if self.window.odd else []

    def load(self, dumped: list[Any], window: list[Any] | None) -> None:
        """Take over what `dump` and `dump_window` gave; conditions that are new start fresh."""
        tail, last_us, self._unsynced, self.known, names, states = dumped
        self._newest_us = _NEVER if last_us is None else last_us
        starts: dict[str, Any] = {}
        if window is not None:
            times, self.window.start_us, window_names, starts = window
            self._load_samples(times, window_names)
        self._saved = len(self.window.times)
        self._load_samples(tail, names)
        named = [(track, track.rule.condition.id) for track in self.tracks]
        if all(track.was_led_by(states[name]) for track, name in named if name in states):
            for place, (track, name) in enumerate(named):
                track.load(states.get(name), starts.get(name), self.window, place)
        else:
            self._close_window(self._newest_us)
            for track, name in named:
                track.go_on(states.get(name))
        if last_us is not None:
            self._rest()
        self.unsettled = not all(track.is_settled for track in self.tracks)

    def _load_samples(self, dumped: list[Any], names: list[str]) -> None:
        steps, odd = dumped
        own = [track.rule.condition.id for track in self.tracks]
        if odd and names != own:
            odd = [[t_us, self._translated(code, names)] for t_us, code in odd]
        self.window.load([steps, odd])

    def _translated(self, code: int, names: list[str]) -> int:
        """The verdicts of other conditions' samples: those of new conditions were not asked."""
        said = {name: unpacked(code, place) for place, name in enumerate(names)}
        return packed([said.get(t.rule.condition.id, Verdict.BACK) for t in self.tracks])
