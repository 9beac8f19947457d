"""PointJudge: all tracks of one point, and which sample is the newest."""

from collections.abc import Sequence
from typing import Any, Final

from agent.alarms.instant import Instant
from agent.alarms.tracks import Outcome, Rule, Track
from agent.alarms.verdicts import Verdict, trusted
from agent.samples import Sample

FUTURE_US: Final = 60_000_000
"""A last sample further ahead of a synchronised clock than this had a wrong clock itself [µs]."""

Found = tuple[Track, Outcome]


class PointJudge:
    """The newest sample of a point and its conditions.

    Args:
        point: Its name.
        rules: The conditions that cover it.
    """

    __slots__ = ("known", "last_us", "point", "tracks", "unsynced")

    def __init__(self, point: str, rules: Sequence[Rule]) -> None:
        self.point = point
        self.tracks = tuple(Track(rule) for rule in rules)
        self.last_us: int | None = None
        self.unsynced = False  # the newest sample's clock could not be believed
        self.known = False  # the newest sample's value can be believed

    def judge(self, sample: Sample, now: Instant) -> list[Found]:
        """Judge one sample under every condition of the point.

        Returns:
            The tracks that found something, with what they found; mostly none.
        """
        found: list[Found] = []
        t_us, last_us = sample.t_us, self.last_us
        unsynced = sample.reason == "clock_unsynced"
        if last_us is not None and t_us <= last_us:
            if self._clock_was_wrong(unsynced, now, last_us, t_us):
                for track in self.tracks:
                    track.move(t_us - last_us)
                last_us = t_us
            elif t_us < last_us or not unsynced:
                # Samples of one unknown time share it, so they are judged in order; others
                # that are not newer are repeated or late.
                self._judge_late(sample, last_us, found, comparable=not unsynced)
                return found
        for track in self.tracks:
            verdict = track.rule.judge(sample)
            if track.is_quiet(t_us, verdict):
                continue
            if verdict is Verdict.BEYOND:
                track.value, track.reason = sample.value, sample.reason
            outcome = track.live(t_us, verdict, last_us)
            if outcome is not Outcome.NOTHING:
                found.append((track, outcome))
        self.last_us, self.unsynced, self.known = t_us, unsynced, trusted(sample)
        return found

    def _clock_was_wrong(self, unsynced: bool, now: Instant, last_us: int, t_us: int) -> bool:
        if unsynced or t_us == last_us:
            return False
        return self.unsynced or (now.synchronised and last_us - now.utc_us > FUTURE_US)

    def _judge_late(
        self, sample: Sample, last_us: int, found: list[Found], *, comparable: bool
    ) -> None:
        for track in self.tracks:
            verdict = track.rule.judge(sample)
            outcome = track.late(sample.t_us, verdict, last_us, comparable=comparable)
            if outcome is not Outcome.NOTHING:
                track.value, track.reason = sample.value, sample.reason
                found.append((track, outcome))

    def went_silent(self) -> list[Found]:
        """The board of this point fell silent; pending runs beyond a limit become alarms."""
        self.known = False
        outcomes = ((track, track.went_silent()) for track in self.tracks)
        return [found for found in outcomes if found[1] is not Outcome.NOTHING]

    def dump(self) -> list[Any]:
        """JSON-ready state."""
        tracks = {track.rule.condition.id: track.dump() for track in self.tracks}
        return [self.last_us, self.unsynced, self.known, tracks]

    def load(self, dumped: list[Any]) -> None:
        """Take over what `dump` gave; conditions that are new start fresh."""
        self.last_us, self.unsynced, self.known, tracks = dumped
        for track in self.tracks:
            if track.rule.condition.id in tracks:
                track.load(tracks[track.rule.condition.id])
