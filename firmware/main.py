"""The board's program."""

import asyncio
import gc
import sys

import files
import supervisor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from board import Board
    from controls import Controls
    from guard import Guard
    from sampler import Sampler
    from session import Session
    from uptime import Uptime

if hasattr(gc, "threshold"):
    gc.threshold(16384)  # collecting often keeps what lives long together: large blocks last

_NETWORK_S = 15
_GUARD_PATIENCE_MS = 10000
_GUARD_LATE = 0x6775  # the first two letters of its name, as the supervisor notes tasks


class Program:
    """A board's parts at work; `wiring` puts them in."""

    face: "Board"
    clock: "Uptime"
    guard: "Guard"
    samples: "Sampler"
    scans: "supervisor.Watch"
    watcher: "supervisor.Supervisor"

    def __init__(self, settings: "dict[str, object]") -> None:
        self.settings = settings
        self.tellers: "list[Callable[[], dict[str, object]]]" = []  # most important first
        self.watched = False  # whether there is a supervisor already
        self.talk: "Session | None" = None
        self.scan_ms = 0
        self.lent: "tuple[str, ...]" = ()  # what the store needs seldom

    async def scan(self) -> None:
        """Keep samples for ever, on a beat that does not drift; a failure resets the board."""
        guard, samples, talk = self.guard, self.samples, self.talk
        due_ms = self.clock.ms()
        told: object = None
        try:
            while True:
                news = samples.scan()
                now = (guard.outputs.condition, guard.outputs.silenced, samples.report_ms)
                if talk is not None and now != told:
                    talk.tell_state()
                elif talk is not None and news:
                    talk.wake.set()
                told = now
                if samples.ring is not None and not (talk is not None and talk.turn):
                    samples.ring.prepare()
                if "opens" in sys.modules or "schema" in sys.modules:
                    supervisor.drop(self.lent)
                self.scans.check_in()
                due_ms = max(due_ms + self.scan_ms, self.clock.ms())
                await asyncio.sleep((due_ms - self.clock.ms()) / 1000)
        except Exception as error:
            self.watcher.log("scan", repr(error))
            self.face.reset()

    async def network(self) -> None:
        """Keep the network up."""
        while True:
            self.face.join_network()
            await asyncio.sleep(_NETWORK_S)

    def tick(self, now_ms: int) -> None:
        """After each tick of the guard: feed the watchdog while it scans and all vital tasks live.

        Until the supervisor is there, the guard alone counts: opening a full store takes seconds.
        """
        if now_ms - self.guard.scanned_ms > _GUARD_PATIENCE_MS:
            self.face.note(_GUARD_LATE)
        elif self.watched:
            self.watcher.tick(now_ms)
        else:
            self.face.feed_watchdog()

    def hands(self) -> "Controls":
        """What carries out commands; made when one comes."""
        import controls

        return controls.Controls(self.settings, self.guard, self.samples)

    def alarm_stands(self) -> bool:
        """Whether any alarm is shown, silenced and latched ones included."""
        return self.guard.outputs.condition is not None

    def idle(self) -> bool:
        """A board that takes no updates is never busy with one."""
        return False


async def run(settings: "dict[str, object]", wrong: "list[str]", once: bool = False) -> None:
    """Run the board: the local alarm always, the store if flash works, the network if told.

    Args:
        settings: The config.
        wrong: What is wrong with it, in words.
        once: No board is made again in this process, so that constructors may leave the heap.

    Raises:
        ValueError: The config names nothing to watch.
    """
    import wiring

    program = Program(settings)
    del settings  # the program keeps what it needs of them
    wiring.wire(program, not wrong, once)
    supervisor.drop(("wiring", "config"))
    del wiring
    gc.collect()
    await asyncio.gather(program.scan(), program.watcher.care())


def main() -> None:
    """Read the config and run; with a bad one only the local alarm and the store run."""
    import config

    path = sys.argv[1] if len(sys.argv) > 1 else "config.json"
    settings, wrong = config.load(files.read(path))
    for line in wrong:
        supervisor.say("%s: %s" % (path, line))
    program = run(settings, wrong, once=True)
    del settings, config
    try:
        asyncio.run(program)
    except ValueError as error:
        supervisor.say("%s: %s" % (path, error))
        sys.exit(2)


if __name__ == "__main__":
    main()
