"""Calls that block, in threads of their own, and only for so long."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, Final, ParamSpec, TypeVar

from agent.errors import HinobanError

_Result = TypeVar("_Result")
_Given = ParamSpec("_Given")


class HangingError(HinobanError):
    """A call did not come back in time; nobody knows what it did, and its thread still runs."""


async def limited(
    work: Callable[[], _Result], timeout_s: float, done: Callable[[], None] = lambda: None
) -> _Result:
    """Run a function in a thread that is given up after a while.

    Args:
        work: The function.
        timeout_s: After this it counts as hanging [s].
        done: Called in the loop when the thread has ended, however late.

    Raises:
        HangingError: It did not come back in time.
    """
    running = asyncio.get_running_loop().run_in_executor(DAEMONS, work)

    def ended(future: asyncio.Future[_Result]) -> None:
        if not future.cancelled():
            future.exception()  # looked at, whoever still waits for it
        done()

    running.add_done_callback(ended)
    finished, _ = await asyncio.wait({running}, timeout=timeout_s)
    if not finished:
        raise HangingError(f"no answer within {timeout_s:g} s")
    return running.result()


class _Daemons(Executor):
    """A new thread for every call; neither the loop's end nor the program's waits for one."""

    def submit(
        self, fn: Callable[_Given, _Result], /, *args: _Given.args, **kwargs: _Given.kwargs
    ) -> Future[_Result]:
        future: Future[Any] = Future()

        def run() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as err:  # noqa: BLE001 -- told where it is awaited
                future.set_exception(err)
            else:
                future.set_result(result)

        threading.Thread(target=run, name="limited", daemon=True).start()
        return future


DAEMONS: Final = _Daemons()
"""Threads for what may hang: none keeps the program from ending."""
