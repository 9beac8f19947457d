"""What may be done to a board from afar: the little of it that is always in memory.

What a command, a release or a trial needs is imported when it comes and let go of afterwards.
"""

import asyncio
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from main import Program

_MOST_CHUNKS = 4


class Remote:
    """Obeys commands, fetches releases and judges a program on trial.

    Args:
        program: The board's parts.
        boot: This boot's number.
    """

    def __init__(self, program: "Program", boot: int) -> None:
        import trial

        self.program = program
        self.settings = program.settings
        self.boot = boot
        self.told: "dict[str, object]" = {}  # keys of the state message
        self.order: "dict[str, object] | None" = None  # the release to fetch
        self.chunks: "list[bytes]" = []
        self.arrived = asyncio.Event()
        self.leaving = False  # the board starts anew once its last message is out
        trial.describe(self)
        _drop("update")  # the check of the config has imported it
        if program.talk is not None and "update" in program.settings:
            program.talk.routes["cmd"] = self.command
            program.talk.routes["update"] = self.chunk

    def state(self) -> "dict[str, object]":
        """Keys for the state message: what runs, from where, and which commands were seen."""
        return self.told

    def busy(self) -> bool:
        """Whether the board has to stay awake for a release or a restart."""
        return self.order is not None or self.leaving or self.told.get("trial") is True

    def command(self, payload: bytes) -> None:
        """Obey a command or refuse it, and tell which."""
        try:
            import command

            n, op, args, why = command.admit(self, payload)
            del command
            _drop("command", "counter")  # before what carries it out takes their place
            import orders

            orders.take(self, n, op, args, why)
        except Exception as error:  # such as a heap too full to import it
            told: "dict[str, object]" = {"n": None, "op": None, "ok": False}
            told["why"] = "error: %r" % error
            if self.program.talk is not None:
                self.program.talk.post("cmd/result", told)
        _drop("orders", "command", "counter", "controls", "memory", "slots")

    def chunk(self, payload: bytes) -> None:
        """Keep a chunk until it is written; more than were asked for are let go."""
        if self.order is not None and len(self.chunks) < _MOST_CHUNKS:
            self.chunks.append(payload)
            self.arrived.set()

    async def run(self) -> None:
        """Judge a trial, then fetch what is ordered and start anew when told, for ever."""
        import trial

        await trial.watch(self)
        del trial
        _drop("trial", "slots", "counter")
        while True:
            if self.leaving:
                await asyncio.sleep(3)
                while self.program.alarm_stands():
                    await asyncio.sleep(1)
                self.program.face.reset()
            if self.order is not None:
                import download

                await download.fetch(self, self.order)
                _drop(*download.LENT)
                del download
            else:
                await self.arrived.wait()
                self.arrived.clear()


def _drop(*names: str) -> None:
    """Let go of modules."""
    for name in names:
        sys.modules.pop(name, None)
