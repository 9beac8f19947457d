"""The most that lives in a heap, seen by a thread that takes nothing of it.

Collected after every few hundred bytes, a heap holds hardly more than what lives, so that what is
in use can simply be read, again and again, while the program runs.
"""

import _thread
import gc
import struct
import time

_TELL_MS = 5


class Peak:
    """The most since it was asked last, or told by a stream in small windows.

    Args:
        collect_bytes: How much garbage there may be at most.
        out: Where windows are written, as two 32-bit numbers: `own` and the most [bytes].
    """

    def __init__(self, collect_bytes, out=None):
        gc.collect()
        self.collect_bytes, self.out = collect_bytes, out
        self.own = self.most = 0
        self.line = bytearray(8)

    def start(self):
        """Look from now on, for ever."""
        _thread.start_new_thread(self.look, ())

    def look(self):
        """The thread's whole life; nothing here allocates."""
        line, at = self.line, time.ticks_ms()
        while True:
            gc.threshold(self.collect_bytes)
            used, now = gc.mem_alloc(), time.ticks_ms()
            if used > self.most:  # noqa: PLR1730, max would allocate
                self.most = used
            if self.out is not None and now - at > _TELL_MS:
                struct.pack_into("<II", line, 0, self.own, self.most)
                self.out.write(line)
                self.most, at = 0, now
            time.sleep_us(50)
