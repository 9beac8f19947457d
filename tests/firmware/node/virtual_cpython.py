"""Virtual time on CPython: see `virtual`."""

import asyncio
import selectors


def run(clock, coroutine):
    """Run a coroutine to its end in a clock's time."""

    class Selector(selectors.DefaultSelector):
        def select(self, timeout=None):
            ready = super().select(0)
            if not ready and timeout != 0:
                clock.jump(-1 if timeout is None else round(timeout * 1000 + 0.499))
            return ready

    class Loop(asyncio.SelectorEventLoop):
        def time(self):
            return clock.now_ms / 1000

    with asyncio.Runner(loop_factory=lambda: Loop(Selector())) as runner:
        runner.run(coroutine)
