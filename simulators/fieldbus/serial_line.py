"""Serial line: a bus on a pseudo-terminal, half duplex, all slaves on the same wires."""

import asyncio
import contextlib
import os
import tty
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from simulators.fieldbus.bus import Bus
from simulators.fieldbus.frames import Rtu
from simulators.fieldbus.talk import Talk

_MOST: Final = 4096


class SerialLine:
    """A bus behind a serial device.

    Args:
        bus: Who answers.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.device = Path()
        """The device to open, such as ``/dev/pts/3``."""
        self._ours = -1
        self._theirs = -1
        self._talk: Talk | None = None

    async def __aenter__(self) -> Self:
        """Make the pseudo-terminal.

        Raises:
            OSError: There is none left.
        """
        self._ours, self._theirs = os.openpty()
        # Kept open by us too, so that a master may come and go without the line going dead.
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.device = Path(os.ttyname(self._theirs))
        self._talk = Talk(self.bus, Rtu(), self._write, lambda: None)
        asyncio.get_running_loop().add_reader(self._ours, self._read, self._talk)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Pull the plug."""
        asyncio.get_running_loop().remove_reader(self._ours)
        if self._talk is not None:
            self._talk.close()
        os.close(self._ours)
        os.close(self._theirs)

    def _read(self, talk: Talk) -> None:
        with contextlib.suppress(BlockingIOError):
            talk.feed(os.read(self._ours, _MOST))

    def _write(self, data: bytes) -> None:
        # A master that reads nothing fills the line; on real wires what it misses is lost too.
        with contextlib.suppress(BlockingIOError):
            os.write(self._ours, data)
