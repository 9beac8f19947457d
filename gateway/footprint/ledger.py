"""The ledger: which reads are in, which slots may be closed, which closed ones have moved.

It depends on the journal alone, not on when it is read, so that a restart anywhere gives the same
records. Its time is the journal's: the newest commit by a synchronised clock.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from agent.cofiring.balance import LONGEST_GAP_US, SLOT_US, Knot, MeterSlot, Track, slot_of
from agent.cofiring.counted import Fill
from agent.cofiring.plant import Plant
from agent.samples import Quality, Sample
from gateway.footprint.steady import Steady
from gateway.historian.reads import Reads
from gateway.historian.rows import Booking

_KEPT_US: Final = 180 * SLOT_US
_LEAST_PAUSE_US: Final = 30_000_000

KNOTS_KEPT_US: Final = 2 * LONGEST_GAP_US
"""How far behind what is closed a read may come and still be fitted in [µs]."""
_TOLD_LATER: Final = ("swap", "gap")

TOLD: Final = "told"
"""Rule of an amount that somebody read from the devices."""


class Ledger:
    """Totaliser reads of one unit on their way to closed slots.

    Args:
        plant: The unit.
        close_after_us: How long a slot waits for a totaliser that is silent [µs].
        long_gaps_us: By totaliser, from when on a gap leaves the split estimated [µs].
    """

    def __init__(self, plant: Plant, close_after_us: int, long_gaps_us: Mapping[str, int]) -> None:
        self._close_after_us = close_after_us
        longest_us = max(long_gaps_us.values(), default=0)
        self._pause_us = max(close_after_us, longest_us, _LEAST_PAUSE_US)
        self._delays_us = {f.mass_point: f.delay_us for f in plant.fuels if f.delay_us}
        self._tracks = {p: Track(long_gaps_us.get(p, SLOT_US)) for p in plant.points()}
        self._dirty_knots: set[tuple[str, int]] = set()
        self._steady = Steady(self._tracks, self._delays_us, self._dirty_knots)
        self._moved: set[int] = set()
        self._unplaced: set[str] = set()
        self._told: list[tuple[str, int, int, float]] = []
        self._rising: dict[str, float] = {}
        self._journal_us: int | None = None
        self._resumed_us = 0
        self._next_us: int | None = None
        self._kept_from_us = 0
        self._idle_until_us = 0

    def follow(self, row: Sequence[Reads]) -> Sequence[Reads]:
        """Take reads by which totals only rise within their open slots: nearly all are such.

        Args:
            row: Reads of a row whose clock can be believed.

        Returns:
            Those that were not such: `take` them, and then `follow_on`.
        """
        next_us = self._next_us
        if next_us is None:
            return row
        follow = self._steady.follow
        others: tuple[Reads, ...] = ()
        for reads in row:
            if not follow(reads, next_us):
                others = (*others, reads)
        return others

    def follow_on(self, reads: Reads) -> None:
        """Reads that were taken may be followed from now on."""
        self._steady.begin(reads)

    def take(self, samples: Iterable[Sample], *, timed: bool = True) -> None:
        """Take the totaliser reads among some samples; only good ones count.

        Args:
            samples: In the order of the journal.
            timed: Whether their times can be believed. Of a reset at a time that nobody knows yet
                is remembered that it lies before the next good read; it comes again with its time
                if that is ever known.
        """
        tracks, delays_us = self._tracks, self._delays_us
        dirty, next_us = self._dirty_knots, self._next_us
        self._idle_until_us = 0
        for sample in samples:
            point = sample.point
            track = tracks.get(point)
            if track is None:
                continue
            self._steady.end(point)
            if sample.quality is Quality.GOOD and sample.value is not None:
                # What a feeder weighs burns when it has travelled to the burner.
                t_us = sample.t_us + delays_us.get(point, 0)
                plain = next_us is not None and next_us <= t_us and point not in self._unplaced
                if plain and track.extend(t_us, sample.value):
                    # The newest read of an open slot moves nothing that is closed.
                    dirty.add((point, t_us - t_us % SLOT_US))
                    continue
                self._read(point, track, t_us, sample.value, sample.t_us)
            elif sample.reason == "counter_reset" and not timed:
                self._unplaced.add(sample.point)
            elif sample.reason == "counter_reset":
                t_us = sample.t_us + self._delays_us.get(sample.point, 0)
                if amount := self._rising.pop(sample.point, None):
                    track.jump_at(t_us, amount)
                self._touch(track.break_at(t_us))

    def place(self, samples: Iterable[Sample]) -> None:
        """Among these samples are resets whose times are known by now."""
        self._unplaced -= {s.point for s in samples if s.reason == "counter_reset"}

    def tell(self, bookings: Iterable[Booking]) -> None:
        """Take what was counted while no read could tell, as a person or a later read told it.

        Such a booking moves the total at once, at the reset that the next sample is: there it is
        taken out again. Tell it before the samples of its row are taken.
        """
        for booking in bookings:
            if booking.counter not in self._tracks or booking.kind not in _TOLD_LATER:
                continue
            if booking.amount and booking.from_us is not None and booking.to_us is not None:
                if booking.from_raw != booking.to_raw or booking.to_us <= booking.from_us:
                    continue
                delay_us = self._delays_us.get(booking.counter, 0)
                from_us, to_us = booking.from_us + delay_us, booking.to_us + delay_us
                self._told.append((booking.counter, from_us, to_us, booking.amount))
                rising = self._rising.get(booking.counter, 0.0)
                self._rising[booking.counter] = rising + booking.amount
                self._touch((slot_of(from_us), slot_of(to_us - 1)))

    def told(self, slot_us: int) -> dict[str, Fill]:
        """What was told of a slot that no read measured, spread evenly over its time."""
        found: dict[str, Fill] = {}
        for point, from_us, to_us, amount in self._told:
            within_us = min(to_us, slot_us + SLOT_US) - max(from_us, slot_us)
            if within_us > 0:
                part = amount * within_us / (to_us - from_us)
                before = found[point].amount if point in found else 0.0
                found[point] = Fill(before + part, 0.0, TOLD)
        return found

    def pass_time(self, utc_us: int) -> None:
        """The journal reached a commit made at `utc_us` by a synchronised clock."""
        if self._journal_us is not None and utc_us <= self._journal_us:
            return
        if self._journal_us is None or utc_us - self._journal_us > self._pause_us:
            # Nobody listened meanwhile: each totaliser gets its time to be heard again.
            self._resumed_us = utc_us
        self._journal_us = utc_us

    def due(self, limit: int) -> list[int]:
        """Slots that may be closed now, in order, at most `limit`; they count as closed."""
        slots: list[int] = []
        if self._journal_us is not None and self._journal_us < self._idle_until_us:
            return slots
        while len(slots) < limit and self._next_us is not None and self._ready(self._next_us):
            if not self._skip_unmeasured():
                slots.append(self._next_us)
                self._next_us += SLOT_US
        return slots

    def moved(self) -> list[int]:
        """Closed slots that reads have moved since, in order; asked once."""
        slots = sorted(self._moved)
        self._moved.clear()
        return slots

    def closed_until_us(self) -> int:
        """Every slot that begins before is closed, UTC [µs]."""
        return self._next_us or 0

    def meters(self, slot_us: int) -> dict[str, MeterSlot]:
        """What each totaliser counted in a slot."""
        self._steady.settle()
        return {point: track.slot(slot_us) for point, track in self._tracks.items()}

    @property
    def conflicts(self) -> int:
        """Reads left out because the total would have fallen in time."""
        return sum(track.conflicts for track in self._tracks.values())

    @property
    def kept_from_us(self) -> int:
        """Reads of earlier slots need their neighbours recalled first, UTC [µs]."""
        return self._kept_from_us

    def recall(self, knots: Iterable[tuple[str, int, Knot]], from_us: int) -> None:
        """Take back stored knots from `from_us` on; those in mind are newer."""
        self._idle_until_us = 0
        for point, slot_us, knot in knots:
            track = self._tracks.get(point)
            if track is not None and track.knot(slot_us) is None:
                track.put(slot_us, knot)
        self._kept_from_us = min(self._kept_from_us, from_us)

    def forget_old(self) -> None:
        """Drop what is no longer needed in mind; it is stored."""
        before_us = self.closed_until_us() - _KEPT_US
        if before_us > self._kept_from_us:
            for track in self._tracks.values():
                track.forget_before(before_us)
            self._kept_from_us = before_us

    def dirty_knots(self) -> Iterator[tuple[str, int, Knot]]:
        """Knots changed since last asked."""
        self._steady.settle()
        for point, slot_us in sorted(self._dirty_knots):
            knot = self._tracks[point].knot(slot_us)
            if knot is not None:
                yield point, slot_us, knot
        self._dirty_knots.clear()

    def dump(self) -> dict[str, Any]:
        """All but the knots, JSON-ready."""
        return {
            "journal_us": self._journal_us,
            "resumed_us": self._resumed_us,
            "next_us": self._next_us,
            "kept_from_us": self._kept_from_us,
            "moved": sorted(self._moved),
            "unplaced": sorted(self._unplaced),
            "told": [list(each) for each in self._told],
            "rising": dict(self._rising),
            "jumps": {p: [list(each) for each in t.jumps] for p, t in self._tracks.items()},
            "breaks": {point: list(track.breaks) for point, track in self._tracks.items()},
            "conflicts": {point: track.conflicts for point, track in self._tracks.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave; knots come by `recall`."""
        self._idle_until_us = 0
        self._journal_us = state["journal_us"]
        self._resumed_us = state["resumed_us"]
        self._next_us = state["next_us"]
        self._kept_from_us = state["kept_from_us"]
        self._moved = set(state["moved"])
        self._unplaced = set(state.get("unplaced", ()))
        self._told = [(str(p), int(a), int(b), float(x)) for p, a, b, x in state.get("told", ())]
        self._rising = dict(state.get("rising", {}))
        for point, track in self._tracks.items():
            for t_us, amount in state.get("jumps", {}).get(point, ()):
                track.jump_at(t_us, amount)
            track.conflicts = state["conflicts"].get(point, 0)
            for t_us in state["breaks"].get(point, ()):
                track.break_at(t_us)

    def _read(self, point: str, track: Track, t_us: int, value: float, read_us: int) -> None:
        """Take a read that counts from `t_us` on and was made at `read_us`."""
        if point in self._unplaced:
            self._unplaced.remove(point)
            self._touch(track.break_at(t_us - 1))
        if t_us < self.closed_until_us() - KNOTS_KEPT_US:
            track.conflicts += 1  # its neighbours are not kept any more
            return
        touched = track.feed(t_us, value)
        if touched is None:
            return
        self._dirty_knots.add((point, slot_of(t_us)))
        if self._next_us is None:
            self._next_us = slot_of(read_us)
        if touched[0] < self._next_us:
            self._touch(touched)

    def _touch(self, touched: tuple[int, int]) -> None:
        until_us = min(touched[1] + SLOT_US, self._next_us or 0)
        self._moved.update(range(touched[0], until_us, SLOT_US))

    def _ready(self, slot_us: int) -> bool:
        end_us = slot_us + SLOT_US
        for track in self._tracks.values():
            if (track.last_us or 0) < end_us:
                break
        else:
            return True
        # Until then only a read that is taken can change that: what is followed stays in its slot.
        self._idle_until_us = max(end_us, self._resumed_us) + self._close_after_us
        return (self._journal_us or 0) >= self._idle_until_us

    def _skip_unmeasured(self) -> bool:
        """Jump over a stretch so long that nothing is spread over it."""
        here_us = self._next_us or 0
        reads = [track.next_us(here_us) for track in self._tracks.values()]
        following = min((t for t in reads if t is not None), default=None)
        if following is None or slot_of(following) - here_us <= LONGEST_GAP_US:
            return False
        self._next_us = slot_of(following)
        return True
