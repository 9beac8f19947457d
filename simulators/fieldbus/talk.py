"""Talk: one connection of a bus, bytes in and parts of replies out."""

import asyncio
from collections.abc import Callable

from simulators.fieldbus.bus import Bus, Conversation
from simulators.fieldbus.faults import HangUp, Send, Wait
from simulators.fieldbus.frames import Asked, Framing


class Talk:
    """Answers what comes over one connection.

    Args:
        bus: Who answers.
        framing: How frames are wrapped.
        write: Puts bytes onto the wire.
        hang_up: Resets the connection.
    """

    def __init__(
        self,
        bus: Bus,
        framing: Framing,
        write: Callable[[bytes], None],
        hang_up: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._framing = framing
        self._write = write
        self._hang_up = hang_up
        self._conversation = Conversation(bus, framing)
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()

    def feed(self, data: bytes) -> None:
        """Bytes came.

        Raises:
            ValueError: They are no Modbus.
        """
        for transaction, unit, pdu in self._framing.feed(data):
            asked = self._bus.hear(transaction, unit, pdu)
            self._conversation.heard(asked)
            task = asyncio.get_running_loop().create_task(self._reply(asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Nothing is sent any more."""
        for task in self._tasks:
            task.cancel()

    async def _reply(self, asked: Asked) -> None:
        for part in self._bus.answer(asked, self._framing, tuple(self._conversation.earlier)):
            match part:
                case Wait(seconds):
                    await asyncio.sleep(seconds)
                case HangUp():
                    self._hang_up()
                case Send():
                    await self._send(part)

    async def _send(self, part: Send) -> None:
        async with self._one_at_a_time:
            if not part.gap_s:
                self._conversation.said(part)
                self._write(part.data)
                return
            for byte in part.data:
                self._write(bytes((byte,)))
                await asyncio.sleep(part.gap_s)
            self._conversation.said(part)
