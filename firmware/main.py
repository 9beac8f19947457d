"""The board's program: wires the parts, and watches over them."""

import asyncio
import sys

import alarm
import board
import config
import files
import outbox
import ring
import sampler
import session
import uptime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine

_CRASH_WAIT_S = 5
_NETWORK_S = 15


class Supervisor:
    """Feeds the watchdog only while scans go on; a dead network task is started again."""

    def __init__(self, face: "board.Board", crash_path: str) -> None:
        self.face = face
        self.crash_path = crash_path
        self.tasks: "list[asyncio.Task[None]]" = []

    def start(self, coroutine: "Coroutine[object, object, None]") -> None:
        """Let a task run beside the scans."""
        self.tasks.append(asyncio.create_task(coroutine))

    async def scans(
        self, samples: sampler.Sampler, talk: "session.Session | None", scan_s: float
    ) -> None:
        """Scan for ever, on a beat that does not drift; a failure resets the board."""
        due_ms = samples.uptime.ms()
        try:
            while True:
                if samples.scan() and talk is not None:
                    talk.wake.set()
                self.face.feed_watchdog()
                due_ms = max(due_ms + int(scan_s * 1000), samples.uptime.ms())
                await asyncio.sleep((due_ms - samples.uptime.ms()) / 1000)
        except Exception as error:
            self.log("scan", error)
            self.face.reset()

    async def talks(self, talk: "session.Session") -> None:
        """Talk for ever; what goes wrong here never reaches the alarm."""
        while True:
            try:
                await talk.run()
            except Exception as error:
                self.log("session", error)
            await asyncio.sleep(_CRASH_WAIT_S)

    async def network(self) -> None:
        """Keep the network up."""
        while True:
            try:
                self.face.join_network()
            except Exception as error:
                self.log("network", error)
            await asyncio.sleep(_NETWORK_S)

    def log(self, task: str, error: Exception) -> None:
        """Keep the last failure of a task where a technician finds it."""
        text = "%s: %r" % (task, error)
        say(text)
        try:
            files.write(self.crash_path, text.encode())
        except OSError:
            pass


def say(text: str) -> None:
    """One line for whoever watches the console."""
    sys.stderr.write(text + "\n")


def next_boot(directory: str) -> int:
    """This boot's number, one above the last."""
    last = files.read_sealed(directory + "/boot")
    boot = (last if isinstance(last, int) else 0) + 1
    files.write_sealed(directory + "/boot", boot)
    return boot


async def run(settings: "dict[str, object]", wrong: "list[str]") -> None:
    """Run the board: the local alarm always, the store if flash works, the network if told."""
    face = board.open_board(settings)
    clock = uptime.Uptime(face.ticks_ms)
    directory = str(settings["ring"])
    values, limits = config.values(settings), config.limits(settings)
    number = config.numbers(settings)
    store, boot = None, 0
    try:
        files.make_directory(directory)
        boot = next_boot(directory)
        store = ring.Ring(directory, values, boot, int(number["ring_bytes"]))
    except OSError as error:
        say("the ring store does not work, the alarm does: %r" % error)
    local = alarm.LocalAlarm(limits, int(number["off_s"] * 1000), int(number["fault_s"] * 1000))
    samples = sampler.Sampler(
        face, values, local, store, clock, report_ms=int(number["report_s"] * 1000)
    )
    supervisor = Supervisor(face, directory + "/crash.txt")
    talk = None
    if store is not None and not wrong:
        out = outbox.Outbox(
            store,
            str(settings["gateway"]),
            int(number["resend_s"] * 1000),
            int(number["window"]),
        )
        talk = session.Session(settings, face, samples, out, boot, say=say)
        supervisor.start(supervisor.network())
        supervisor.start(supervisor.talks(talk))
    await supervisor.scans(samples, talk, number["scan_s"])


def main() -> None:
    """Read the config and run; with a bad one only the local alarm and the store run."""
    path = sys.argv[1] if len(sys.argv) > 1 else "config.json"
    settings, wrong = config.load(files.read(path))
    for line in wrong:
        say("%s: %s" % (path, line))
    try:
        asyncio.run(run(settings, wrong))
    except ValueError as error:
        say("%s: %s" % (path, error))
        sys.exit(2)


if __name__ == "__main__":
    main()
