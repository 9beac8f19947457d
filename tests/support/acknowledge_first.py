"""The gateway with the order reversed on purpose: acknowledged first, committed afterwards.

Only the test that must fail on it runs this.
"""

import asyncio

from gateway.cli import main
from gateway.recording.recorder import Recorder


async def _acknowledge_then_write(self, sealed):  # type: ignore[no-untyped-def]
    for one in sealed.judged:
        one.item.confirm()
    self._committed(0, [one.outcome for one in sealed.judged], sealed.acks)
    # A card that takes its time: what is confirmed here is not yet on disk.
    await asyncio.sleep(0.5)
    return await _write(self, sealed)


_write = Recorder._write
Recorder._write = _acknowledge_then_write  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
