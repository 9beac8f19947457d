"""Virtual time: an asyncio loop whose clock jumps to the next timer when nothing else is to do.

Sockets and pseudo-terminals are real; only waiting costs nothing. Time stands still while
anything is on its way: a byte that was sent and has not arrived, a connection being made, a thread
at work. So an exchange over loopback takes no virtual time beyond what the other end waits, and an
hour of polling takes as long as its computations.
"""

import asyncio
import contextlib
import selectors
import socket
import struct
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, Final, TypeVar, TypeVarTuple

_Result = TypeVar("_Result")
_Given = TypeVarTuple("_Given")
_Ends = tuple[Any, Any]

_SYN_SENT: Final = 2
_TCP_INFO_SIZE: Final = 216
_BYTES_RECEIVED: Final = 128
_BYTES_SENT: Final = 200
"""Where Linux's struct tcp_info has tcpi_bytes_received, and tcpi_bytes_sent and _retrans."""

_REAL_WAIT_S: Final = 0.05
_UTC_AT_ZERO_US: Final = 1_767_225_600_000_000
_START_S: Final = 1000.0


class NothingLeftError(RuntimeError):
    """Everything waits for something that cannot happen any more."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, which starts at a round number of seconds."""

    def __init__(self) -> None:
        self._now_s = _START_S
        self._threads = 0
        super().__init__(_Selector(self._jump))

    def time(self) -> float:
        """Virtual time [s]."""
        return self._now_s

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Given], _Result], *args: *_Given
    ) -> asyncio.Future[_Result]:
        """As any loop's; time stands still meanwhile."""
        done = super().run_in_executor(executor, func, *args)
        self._threads += 1
        done.add_done_callback(self._thread_done)
        return done

    async def shutdown_default_executor(self, *args: Any) -> None:
        """As any loop's; it waits for a thread of its own."""
        self._threads += 1
        await super().shutdown_default_executor(*args)
        self._threads -= 1

    def _thread_done(self, _done: object) -> None:
        self._threads -= 1

    def _jump(self, timeout: float | None) -> bool:
        if self._threads:
            return False
        if timeout is None:
            raise NothingLeftError("no timer, no socket and no thread will ever wake this loop")
        self._now_s += timeout
        return True


class LoopTime:
    """The running loop's time as a gateway's time source: UTC that never steps."""

    def utc_us(self) -> int:
        return self.mono_us() + _UTC_AT_ZERO_US

    def mono_us(self) -> int:
        return round(asyncio.get_running_loop().time() * 1e6)

    def synchronised(self) -> bool:
        return True

    def boot_id(self) -> str:
        return "virtual"


def loop_s(utc_us: int) -> float:
    """The loop's time at an instant that a clock over `LoopTime` told [s]."""
    return (utc_us - _UTC_AT_ZERO_US) / 1e6


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """`asyncio.run` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class _Selector(selectors.PollSelector):
    """Looks once; where nothing is ready and nothing on its way, lets the time jump.

    poll(2), not epoll: it asks every descriptor anew, which makes the kernel hand over what
    still lies between the two ends of a pseudo-terminal.
    """

    def __init__(self, jump: Callable[[float | None], bool]) -> None:
        super().__init__()
        self._jump = jump
        self._streams: dict[int, tuple[socket.socket, _Ends]] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = super().register(fileobj, events, data)
        if (stream := _stream(key.fd)) is not None:
            self._streams[key.fd] = stream
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = super().unregister(fileobj)
        if (stream := self._streams.pop(key.fd, None)) is not None:
            stream[0].detach()
        return key

    def close(self) -> None:
        for stream, _ in self._streams.values():
            stream.detach()
        super().close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        while not (ready := super().select(0)) and (timeout is None or timeout > 0):
            if not self._on_its_way() and self._jump(timeout):
                return super().select(0)
            if ready := super().select(_REAL_WAIT_S):
                break
        return ready

    def _on_its_way(self) -> bool:
        """Whether two of our own sockets have not passed on everything to each other."""
        sent: dict[_Ends, int] = {}
        received: dict[_Ends, int] = {}
        for stream, ends in self._streams.values():
            info = stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
            if info[0] == _SYN_SENT:
                return True
            out, again = struct.unpack_from("=QQ", info, _BYTES_SENT)
            sent[ends] = out - again
            (received[ends[1], ends[0]],) = struct.unpack_from("=Q", info, _BYTES_RECEIVED)
        return any(out > received.get(ends, out) for ends, out in sent.items())


def _stream(fd: int) -> tuple[socket.socket, _Ends] | None:
    try:
        found = socket.socket(fileno=fd)
    except OSError:
        return None  # a terminal, or another descriptor that is no socket
    if found.family != socket.AF_INET or found.type != socket.SOCK_STREAM:
        found.detach()
        return None
    far = None
    with contextlib.suppress(OSError):
        far = found.getpeername()
    return found, (found.getsockname(), far)
