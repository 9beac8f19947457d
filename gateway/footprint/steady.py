"""Steady: what nearly every row is: the same totalisers read once more, each as high or higher.

Such reads move nothing but the last read of their slot. So they are only held against the row
before them, and the tracks are told when somebody asks or something else happens. What the tracks
then know is what they would know if they had been told of every read.
"""

from collections.abc import Mapping
from operator import le, lt

from agent.cofiring.balance import SLOT_US, Track, slot_of
from gateway.historian.reads import Reads


class _Run:
    """Reads of the same totalisers that stay within their slots.

    Args:
        newest: The last of them.
        from_us: Start of the earliest slot that they lie in, UTC [µs].
        until_us: By totaliser, what capture times have to lie before, UTC [µs].
    """

    __slots__ = ("from_us", "newest", "told", "until_us")

    def __init__(self, newest: Reads, from_us: int, until_us: tuple[int, ...]) -> None:
        self.newest, self.from_us, self.until_us = newest, from_us, until_us
        self.told = True


class Steady:
    """Totals that rise within their slots.

    Args:
        tracks: By totaliser, its reads.
        delays_us: How much later than it was weighed what some of them weigh burns [µs].
        dirty: Gets (totaliser, slot) of each knot that has moved.
    """

    def __init__(
        self,
        tracks: Mapping[str, Track],
        delays_us: Mapping[str, int],
        dirty: set[tuple[str, int]],
    ) -> None:
        self._tracks, self._delays_us, self._dirty = tracks, delays_us, dirty
        self._runs: dict[tuple[str, ...], _Run] = {}
        self._run_of: dict[str, tuple[str, ...]] = {}

    def follow(self, reads: Reads, next_us: int) -> bool:
        """Take reads that are the newest of all their totalisers, in the slots of those before.

        Args:
            reads: At times that can be believed.
            next_us: Slots that begin before are closed, UTC [µs].

        Returns:
            Whether they were; else nothing was done, and they are to be taken one by one.
        """
        run = self._runs.get(reads.points)
        if run is None or run.from_us < next_us:
            return False
        before = run.newest
        if not (
            all(map(lt, before.times_us, reads.times_us))
            and all(map(lt, reads.times_us, run.until_us))
            and all(map(le, before.values, reads.values))
        ):
            return False
        run.newest, run.told = reads, False
        return True

    def begin(self, reads: Reads) -> None:
        """Follow the totalisers of reads that were taken one by one, if each was the newest."""
        slots, until_us = [], []
        for point, t_us, value in zip(reads.points, reads.times_us, reads.values, strict=True):
            delay_us = self._delays_us.get(point, 0)
            track = self._tracks.get(point)
            if track is None or track.newest != (t_us + delay_us, value):
                return
            slots.append(slot_of(t_us + delay_us))
            until_us.append(slots[-1] + SLOT_US - delay_us)
        for point in reads.points:
            self.end(point)
        self._runs[reads.points] = _Run(reads, min(slots), tuple(until_us))
        self._run_of.update(dict.fromkeys(reads.points, reads.points))

    def end(self, point: str) -> None:
        """Something else is about to be told of a totaliser: follow it no longer."""
        points = self._run_of.get(point)
        if points is not None:
            self._tell(self._runs.pop(points))
            for each in points:
                del self._run_of[each]

    def settle(self) -> None:
        """Tell the tracks the newest reads."""
        for run in self._runs.values():
            self._tell(run)

    def _tell(self, run: _Run) -> None:
        if run.told:
            return
        reads = run.newest
        for point, read_us, value in zip(reads.points, reads.times_us, reads.values, strict=True):
            t_us = read_us + self._delays_us.get(point, 0)
            self._tracks[point].extend(t_us, value)
            self._dirty.add((point, slot_of(t_us)))
        run.told = True
