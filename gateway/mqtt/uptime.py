"""Uptime: how the uptime of one boot of a board stands to UTC. Pure.

`arrival − uptime` of a message is the boot's start plus however long the message waited, so the
least of them is the best. It is believed once a second message, captured at least `CONFIRM_MS`
later, agrees within `TIMELY_US`, and all between them do: messages that waited in a queue come
closer together than they were captured, each undercutting the one before, and over a network that
holds things up now and then two agree by chance, but not all of a run.
"""

from typing import Final

import msgspec

from gateway.clock import Now
from gateway.mqtt.slew import Slew

TIMELY_US: Final = 1_000_000
"""How far the delays of two messages may differ while both still count as live [µs]."""

CONFIRM_MS: Final = 2_000
"""Least uptime between two messages that confirm each other [ms]; must exceed `TIMELY_US`."""

DRIFT_PPM: Final = 100
"""How much slower a board's crystal may run than the gateway's clock [µs/s]."""

CATCH_UP_US: Final = 60_000_000
"""A boot before whose good times lie further ahead than this was told by another clock [µs]."""

_SAVE_US: Final = 50_000
_SAVE_UP_MS: Final = 600_000


class Frame(msgspec.Struct, frozen=True, gc=False):
    """How the gateway's monotonic time stands to UTC: `offset_us` = UTC − monotonic [µs]."""

    offset_us: int
    synchronised: bool
    boot_id: str

    @classmethod
    def at(cls, now: Now, boot_id: str) -> "Frame":
        """The frame an instant was read in."""
        return cls(now.utc_us - now.mono_us, now.synchronised, boot_id)


class _Row(msgspec.Struct, frozen=True):
    gateway_boot: str
    least_us: int | None
    true_us: int | None
    live: bool
    own: bool
    unsure: bool
    up_ms: int
    slew: list[tuple[int, int]] = []


class Uptime:
    """One boot of one board.

    Attributes:
        live: A message of this boot has been seen that did not wait, so its start is known.
        unsure: Samples of this boot were given out with a time that a correction can better.
        newest_up_ms: Latest uptime seen [ms].
        slew: How much later than the best start known good times were given out.
    """

    def __init__(self) -> None:
        self.live = False
        self.unsure = False
        self.newest_up_ms = 0
        self.slew = Slew()
        self._own = False
        self._least_us: int | None = None  # gateway's monotonic time − uptime
        self._true_us: int | None = None  # UTC − uptime, learnt while UTC could be believed
        self._anchor: tuple[int, int] | None = None  # (uptime ms, arrival − uptime µs)
        self._candidate: tuple[int, int] | None = None  # the same, not believed yet
        self._saved: _Row | None = None

    def learn_own(self, up_ms: int, t_us: int) -> None:
        """The board's own synchronised clock said UTC `t_us` at `up_ms`."""
        self.newest_up_ms = max(self.newest_up_ms, up_ms)
        self._true_us = t_us - up_ms * 1000
        self._own = self.live = True
        self.slew = Slew()

    def learn(
        self, up_ms: int, arrival_mono_us: int, frame: Frame, *, waited: bool = False
    ) -> None:
        """A message captured at `up_ms` arrived at the gateway's monotonic time.

        Args:
            up_ms: Uptime at capture [ms].
            arrival_mono_us: Arrival by the gateway's monotonic clock [µs].
            frame: How that stands to UTC.
            waited: The board says that it had kept it: a bound for the start, no confirmation.
        """
        self.newest_up_ms = max(self.newest_up_ms, up_ms)
        self._adopt(frame)
        if self._own or (self.live and self._least_us is None):
            return  # the start is known from a clock better than this frame's
        delay_us = arrival_mono_us - up_ms * 1000
        if waited:
            # Kept a second apart and sent a second apart, it would look like a live one.
            if self._least_us is None or delay_us < self._least_us:
                self._set_least(delay_us)
                self._anchor = (up_ms, delay_us) if self.live else self._anchor
        elif self._least_us is None or self._anchor is None:
            self._anchor = (up_ms, delay_us)
            self._set_least(delay_us if self._least_us is None else min(self._least_us, delay_us))
        elif self.live:
            self._follow(up_ms, delay_us, self._least_us, self._anchor[0])
        else:
            self._confirm(up_ms, delay_us, self._least_us, self._anchor)

    def ended_by(self, end_us: int | None, frame: Frame) -> None:
        """A later boot began by then, UTC [µs]: this one began as much earlier as it ran."""
        start_us = self.start_us(frame)
        if end_us is None or start_us is None or self._least_us is None or self._own:
            return
        if not frame.synchronised and self._true_us is not None:
            return  # the start stands on a better clock than this one
        excess_us = start_us + self.newest_up_ms * 1000 - end_us
        if excess_us > 0:
            self._set_least(self._least_us - excess_us)

    def give_us(self, up_ms: int, frame: Frame, floor_us: int | None = None) -> int | None:
        """UTC at uptime 0 [µs] for a record whose time is given out as good.

        Args:
            up_ms: Its uptime at capture [ms].
            frame: How the gateway's time stands to UTC.
            floor_us: The newest good time of the boots before, UTC [µs]; asked the first time.
        """
        start_us = self.start_us(frame)
        if start_us is None or self._own:
            return start_us
        if not self.slew.knots:
            behind_us = 0 if floor_us is None else floor_us - start_us
            self.slew.begin(self.newest_up_ms, behind_us if 0 < behind_us <= CATCH_UP_US else 0)
        return start_us + self.slew.give(up_ms)

    def start_us(self, frame: Frame) -> int | None:
        """UTC at uptime 0 [µs], never too early; None if nothing is known."""
        if self._own or not frame.synchronised or self._least_us is None:
            if self._true_us is not None:
                return self._true_us
            return None if self._least_us is None else self._least_us + frame.offset_us
        return self._least_us + frame.offset_us

    def here_us(self, frame: Frame) -> int | None:
        """The same by the gateway's clock as it stands, right or not."""
        if frame.synchronised:
            return self.start_us(frame)
        return None if self._least_us is None else self._least_us + frame.offset_us

    def known(self, frame: Frame) -> bool:
        """Whether `start_us` can be trusted."""
        return self.live and (frame.synchronised or self._true_us is not None)

    def final(self, frame: Frame) -> bool:
        """Whether `start_us` is known without the gateway's clock as it is now."""
        return self.live and (self._own or (not frame.synchronised and self._true_us is not None))

    def stepped(self, frame: Frame) -> None:
        """The gateway's clock was set: what it taught is told again in the new UTC."""
        self._adopt(frame)

    def save(self, frame: Frame) -> str | None:
        """The row to keep, or None if the one on disk is still good enough."""
        true_us = self._true_us
        if frame.synchronised and self._least_us is not None and not self._own:
            true_us = self._least_us + frame.offset_us
        row = _Row(
            frame.boot_id,
            self._least_us,
            true_us,
            self.live,
            self._own,
            self.unsure,
            self.newest_up_ms,
            list(self.slew.knots),
        )
        if self._saved is not None and _alike(self._saved, row):
            return None
        self._saved = row
        return msgspec.json.encode(row).decode()

    @classmethod
    def load(cls, text: str, boot_id: str) -> "Uptime":
        """A boot as it was saved, in a gateway whose machine's boot is `boot_id`."""
        row = msgspec.json.decode(text, type=_Row)
        boot = cls()
        boot.newest_up_ms = row.up_ms
        boot.unsure = row.unsure
        boot._own = row.own
        boot._true_us = row.true_us
        boot.slew = Slew(row.slew)
        same_machine_boot = row.gateway_boot == boot_id
        boot._least_us = row.least_us if same_machine_boot else None
        boot.live = row.live and (same_machine_boot or row.true_us is not None)
        if boot.live and boot._least_us is not None:
            boot._anchor = (row.up_ms, boot._least_us)
        boot._saved = row
        return boot

    def _adopt(self, frame: Frame) -> None:
        if self._own or not frame.synchronised:
            return
        if self._least_us is not None:
            self._true_us = self._least_us + frame.offset_us
        elif self._true_us is not None:  # learnt in an earlier boot of the gateway's machine
            self._least_us = self._true_us - frame.offset_us
            if self.live:
                self._anchor = (self.newest_up_ms, self._least_us)

    def _confirm(self, up_ms: int, delay_us: int, least_us: int, anchor: tuple[int, int]) -> None:
        anchor_up_ms, anchor_us = anchor
        least_us = min(least_us, delay_us)
        self._set_least(least_us)
        beside_us = (anchor_us, least_us)  # the least may be older than the anchor
        if any(abs(delay_us - other_us) > TIMELY_US for other_us in beside_us):
            self._anchor = (up_ms, delay_us)  # one of them had waited: agreement begins anew
        elif up_ms - anchor_up_ms >= CONFIRM_MS:
            self.live = True
            self._anchor = (up_ms, least_us)

    def _follow(self, up_ms: int, delay_us: int, least_us: int, anchor_up_ms: int) -> None:
        """Follow a board whose crystal runs slow, but never a message that waited."""
        allowance_us = max(0, up_ms - anchor_up_ms) * DRIFT_PPM // 1000
        excess_us = delay_us - least_us
        if excess_us <= 0:
            least_us = delay_us
        elif allowance_us > 0 and excess_us <= TIMELY_US:
            least_us += min(excess_us, allowance_us)
        elif excess_us <= TIMELY_US + allowance_us and self._repeats(up_ms, delay_us):
            # After a long silence the crystal alone can be off by more than a live delay.
            least_us += min(excess_us, allowance_us)
        else:
            return
        self._set_least(least_us)
        self._candidate = None
        self._anchor = (max(up_ms, anchor_up_ms), least_us)

    def _set_least(self, least_us: int) -> None:
        if self._least_us is not None:
            self.slew.moved(least_us - self._least_us)
        self._least_us = least_us

    def _repeats(self, up_ms: int, delay_us: int) -> bool:
        """Whether a message's delay is that of one captured well before it."""
        if self._candidate is None or delay_us < self._candidate[1] - TIMELY_US:
            self._candidate = (up_ms, delay_us)
        candidate_up_ms, candidate_us = self._candidate
        return up_ms - candidate_up_ms >= CONFIRM_MS and delay_us <= candidate_us + TIMELY_US


def _alike(saved: _Row, row: _Row) -> bool:
    if (saved.gateway_boot, saved.live, saved.own, saved.unsure) != (
        row.gateway_boot,
        row.live,
        row.own,
        row.unsure,
    ):
        return False
    return (
        _near(saved.least_us, row.least_us)
        and _near(saved.true_us, row.true_us)
        and row.up_ms - saved.up_ms < _SAVE_UP_MS
        and Slew(saved.slew).alike(Slew(row.slew), _SAVE_US)
    )


def _near(a: int | None, b: int | None) -> bool:
    return a is b if a is None or b is None else abs(a - b) <= _SAVE_US
