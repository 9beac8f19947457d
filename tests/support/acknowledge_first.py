"""The gateway with the order reversed on purpose: acknowledged first, committed afterwards.

Only the test that must fail on it runs this.
"""

import asyncio

from gateway.cli import main
from gateway.recording.recorder import Recorder


def _reversed(self, *arguments, **named):  # type: ignore[no-untyped-def]
    _init(self, *arguments, **named)
    commit = self._thread.commit

    async def acknowledge_then_commit(commit_now):  # type: ignore[no-untyped-def]
        sealed = self._waiting.sealed[0]
        for one in sealed.judged:
            one.item.confirm()
        self._committed(0, [one.outcome for one in sealed.judged], sealed.acks)
        # A card so slow that nearly every kill finds something confirmed and not on disk.
        await asyncio.sleep(3.0)
        return await commit(commit_now)

    self._thread.commit = acknowledge_then_commit


_init = Recorder.__init__
Recorder.__init__ = _reversed  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
