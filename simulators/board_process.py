"""One board as a process: real firmware under a supply that can be cut."""

import asyncio
import ctypes
import json
import signal
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulators.runtime import Runtime
from simulators.shell import Lines, SteadyClock, iso
from simulators.yard.site import BoardSpec

_PR_SET_PDEATHSIG: Final = 1
_STOP_S: Final = 1.0
_RESTART_S: Final = 1.0
_CONFIG_UNUSABLE: Final = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a board's files lie, and who its broker is.

    Args:
        site: Site in the topics.
        broker: Host and port.
        feed: Folder the yard writes readings to.
        rings: Folder with one folder a board: config, ring store, console.
        report_s: Time between samples [s].
        resend_s: Records are sent again when the ack has not moved for so long [s].
        clock: ``none`` or ``host``.
    """

    site: str
    broker: tuple[str, int]
    feed: Path
    rings: Path
    report_s: float
    resend_s: float
    clock: str


class BoardProcess:
    """One board under power.

    Args:
        board: Which one.
        place: Its files and broker.
        interpreter: Runs the firmware.
        log: Diary of all boards.
        clock: Gives UTC.
    """

    def __init__(
        self, board: BoardSpec, place: Place, interpreter: Runtime, log: Lines, clock: SteadyClock
    ) -> None:
        self.board = board
        self._interpreter = interpreter
        self._log = log
        self._clock = clock
        self._process: Process | None = None
        self._powered = asyncio.Event()
        self._folder = place.rings / board.id
        self._out = place.feed / f"{board.id}.out"
        self._folder.mkdir(parents=True, exist_ok=True)
        place.feed.mkdir(parents=True, exist_ok=True)
        self._out.unlink(missing_ok=True)
        self._config = self._folder / "config.json"
        config = {
            "site": place.site,
            "board": board.id,
            "broker_host": place.broker[0],
            "broker_port": place.broker[1],
            "report_s": place.report_s,
            "resend_s": place.resend_s,
            "values": list(board.values),
            "feed": str((place.feed / f"{board.id}.json").absolute()),
            "out": str(self._out.absolute()),
            "ring": str((self._folder / "ring").absolute()),
            "clock": place.clock,
            "outputs": {"latch": False},
        }
        self._config.write_text(json.dumps(config, indent=1), encoding="utf-8")

    @property
    def is_up(self) -> bool:
        """Whether the firmware runs: it writes its horn's state first of all."""
        return self._out.is_file()

    def power(self, on: bool) -> None:
        """Switch the supply; off is SIGKILL, which the board cannot see coming."""
        if on:
            self._powered.set()
            return
        self._powered.clear()
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def run(self) -> None:
        """Keep the firmware running while there is power; a watchdog starts it again.

        Raises:
            ValueError: The firmware refused its config.
        """
        while True:
            await self._powered.wait()
            with (self._folder / "console.log").open("ab") as console:
                self._process = await asyncio.create_subprocess_exec(
                    *self._interpreter.command,
                    str(self._config),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=console,
                    stderr=console,
                    preexec_fn=_end_with_parent,
                )
            self._note("started", pid=self._process.pid)
            status = await self._process.wait()
            self._note("ended", status=status, power=self._powered.is_set())
            if status == _CONFIG_UNUSABLE:
                raise ValueError(f"{self.board.id} refused its config; see {self._folder}")
            await asyncio.sleep(_RESTART_S)

    async def stop(self) -> None:
        """End the process, by force if it does not listen."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _note(self, kind: str, **what: object) -> None:
        utc = iso(self._clock.utc_us())
        self._log.append({"kind": kind, "utc": utc, "board": self.board.id, **what})


def _end_with_parent() -> None:
    """In the child: when the supervisor is killed, no board is left behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
