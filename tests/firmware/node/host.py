"""The world of a node in virtual time, asked over stdin and stdout: broker and gateway.

So little of a test lies in the node's heap. Each side sends five fields: what, time [ms], length,
and so many bytes. The other end is `day_host` of the tests' support.
"""

import asyncio
import struct
import sys

CONNECT, WRITE, CLOSE, WAKE, HEAP, REPORT = 1, 2, 3, 4, 5, 6
FINE, ENDED, REFUSED, HANGS = 0, 1, 2, 3
_HEAD = "<BQI"
_HANG_S = 3600


class Host:
    """The other side.

    Args:
        clock: Virtual time; it stops where the host has something to say.
    """

    def __init__(self, clock):
        self.clock = clock
        self.pipe = None
        clock.woken = self.wake
        self.head = bytearray(struct.calcsize(_HEAD))

    def ask(self, what, data=b""):
        """Tell or ask something; returns how it went, and bytes for the board."""
        out, head = sys.stdout.buffer, self.head
        struct.pack_into(_HEAD, head, 0, what, self.clock.now_ms, len(data))
        out.write(head)
        out.write(data)
        if hasattr(out, "flush"):
            out.flush()
        how, wake_ms, size = struct.unpack(_HEAD, sys.stdin.buffer.read(len(head)))
        self.clock.wake_ms = wake_ms or None
        return how, sys.stdin.buffer.read(size) if size else b""

    def wake(self):
        """What the host has to say now."""
        how, data = self.ask(WAKE)
        if self.pipe is not None:
            self.pipe.take(how, data)

    async def open(self):
        """A connection; reader and writer are one."""
        how, _ = self.ask(CONNECT)
        while how == HANGS:
            await asyncio.sleep(_HANG_S)
            how, _ = self.ask(CONNECT)
        if how == REFUSED:
            raise OSError(111, "refused")
        self.pipe = Pipe(self)
        return self.pipe, self.pipe


class Pipe:
    """A connection as the board sees it."""

    def __init__(self, host):
        self.host = host
        self.arrived = asyncio.Event()
        self.coming = b""
        self.ended = None

    def take(self, how, data):
        """Bytes for the board, or the end."""
        self.coming += data
        if how == ENDED and self.ended is None:
            self.ended = EOFError()
        self.arrived.set()

    async def read(self, count):
        while not self.coming:
            if self.ended is not None:
                raise self.ended
            self.arrived.clear()
            await self.arrived.wait()
        data, self.coming = self.coming[:count], self.coming[count:]
        return data

    def write(self, data):
        if self.ended is None:
            self.take(*self.host.ask(WRITE, data))

    async def drain(self):
        if self.ended is not None:
            raise self.ended

    def close(self):
        if self.ended is None:
            self.ended = OSError(9, "closed")
            self.host.ask(CLOSE)
        self.arrived.set()

    async def wait_closed(self):
        pass
