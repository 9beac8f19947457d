"""Link: one unit on a line. It can read, and nothing else."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from gateway.clock import Now
from gateway.modbus.frames import question
from gateway.modbus.profile import Kind

if TYPE_CHECKING:
    from gateway.modbus.line import Line


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a request gave.

    Args:
        values: As many registers (0–65535) or bits (0 or 1) as were asked for.
        sent: When the request was sent, after it had waited for its turn.
        received: When the last byte of the reply had come.
    """

    values: tuple[int, ...]
    sent: Now
    received: Now


@dataclass(frozen=True, slots=True)
class Timing:
    """What a unit needs, and how long it is waited for.

    Args:
        timeout_s: Longest wait for a connection, and for a reply [s].
        pause_s: Silence the unit needs between a reply and the next request to it [s].
        connect_delay_s: Silence it needs after connecting [s].
        longest_reply_s: Time after which it may still reply [s]; where replies bear no transaction
            id nothing else is asked on the line for so long after a request that failed.
        release: Whether the connection is dropped after each of its polls.
    """

    timeout_s: float = 1.0
    pause_s: float = 0.0
    connect_delay_s: float = 0.0
    longest_reply_s: float = 1.0
    release: bool = False


class Link:
    """One unit; made by `Line.link`.

    Args:
        line: The line it shares.
        unit: Unit number.
        timing: What it needs.
    """

    def __init__(self, line: "Line", unit: int, timing: Timing) -> None:
        self.timing = timing
        self.strays = 0
        self.quiet_until_s = 0.0
        self._line = line
        self._unit = unit

    def read(self, kind: Kind, address: int, count: int) -> Awaitable[Answer]:
        """Read neighbouring registers or bits, connecting where needed, in turn with others.

        Args:
            kind: "coil", "discrete", "holding" or "input": function code 1, 2, 3 or 4.
            address: First one, zero-based.
            count: How many.

        Raises:
            RefusedError: The unit refused; the connection stays.
            SilentUnitError: A gateway found it silent; the connection stays.
            LinkError: Nothing trustworthy came in time. The connection is dropped, or the line
                kept silent until no late reply can come.
        """
        return self._line.ask(self, question(self._unit, kind, address, count))

    def poll_done(self) -> None:
        """Tell that the unit is not asked again soon: others may connect to it meanwhile."""
        self._line.poll_done(self)

    def close(self) -> None:
        """Leave the line; its connection is dropped with the last unit that leaves."""
        self._line.leave(self)
