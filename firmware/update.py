"""What the gateway may do to a board: signed commands, and new releases on trial.

Only this small part is always in memory; whatever a command needs is imported when one comes.
"""

import asyncio
import json
import sys

import counter
import files
import slots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from board import Board
    from controls import Controls
    from guard import Guard
    from sampler import Sampler
    from session import Session
    from uptime import Uptime

DEFAULT_HEALTHY_S = 600
_NEEDED = ("release_key", "command_key")
_KNOWN = ("release_key", "command_key", "healthy_s")
_MOST_CHUNKS = 4
_POLL_S = 1
_LEAVE_MS = 3000  # for the last message to go out before a restart


def wrong(section: object) -> "list[str]":
    """What is wrong with the section ``update`` of a config, in words."""
    if not isinstance(section, dict):
        return ["it is no object; name release_key and command_key in it"]
    found = [
        "%s is %r; name its file" % (key, section.get(key))
        for key in _NEEDED
        if not (isinstance(section.get(key), str) and section[key])
    ]
    healthy_s = section.get("healthy_s", DEFAULT_HEALTHY_S)
    number = isinstance(healthy_s, (int, float)) and not isinstance(healthy_s, bool)
    if not number or not 1 <= healthy_s <= 86400:
        found.append("healthy_s is %r; give a number from 1 to 86400" % (healthy_s,))
    unknown = [key for key in section if key not in _KNOWN]
    return found + ["%s is no setting; take it out" % key for key in unknown]


class Updates:
    """Obeys commands, fetches releases and judges a program on trial.

    Args:
        settings: The board's config.
        boot: This boot's number.
        face: The board, to start it anew.
        clock: Monotonic time.
        guard: The local alarm, which no update disturbs.
        controls: Does what commands ask.
        samples: For the store's health.
        talk: The conversation with the broker; None without one.
        say: Where a failure is told.
    """

    def __init__(
        self,
        settings: "dict[str, object]",
        boot: int,
        face: "Board",
        clock: "Uptime",
        guard: "Guard",
        controls: "Controls",
        samples: "Sampler",
        talk: "Session | None",
        say: "Callable[[str], None]",
    ) -> None:
        section = settings.get("update")
        self.section: "dict[str, object]" = section if isinstance(section, dict) else {}
        self.site, self.board = str(settings["site"]), str(settings["board"])
        self.boot = boot
        self.face = face
        self.clock = clock
        self.guard = guard
        self.controls = controls
        self.samples = samples
        self.talk = talk
        self.say = say
        self.slots = slots.current
        self.low_battery: "Callable[[], bool]" = lambda: False
        self.told = ""  # how far an update is, for people
        self.refused = 0
        self.reset_at_ms: "int | None" = None
        self.chunks: "list[bytes]" = []
        self.arrived = asyncio.Event()
        self.version, self.number = self._running_release()
        directory = str(settings["ring"])
        self.counter = counter.Counter(directory + "/command")
        self._order_path = directory + "/order"
        kept = files.read_sealed(self._order_path)
        self.order: "dict[str, object] | None" = kept if isinstance(kept, dict) else None
        if talk is not None and self.section:
            talk.routes["cmd"] = self.take_command
            talk.routes["update"] = self.take_chunk

    def state(self) -> "dict[str, object]":
        """Keys for the state message: what runs, from where, and what commands were seen."""
        port = sys.platform if sys.platform in ("esp32", "rp2") else "unix"
        told: "dict[str, object]" = {
            "release": self.version,
            "number": self.number,
            "cmd_n": self.counter.value,
            "port": port,
        }
        if self.slots is not None:
            told["slot"] = self.slots.running
            told["trial"] = self.slots.on_trial
            if self.slots.record["why"] is not None:
                told["failed"] = [self.slots.record["tried"], self.slots.record["why"]]
        if self.told:
            told["update"] = self.told[:80]
        if self.refused:
            told["cmd_refused"] = self.refused
        return told

    def take_command(self, payload: bytes) -> None:
        """Obey a command or refuse it, and tell which."""
        import command
        import orders

        n: "int | None" = None
        op: "str | None" = None
        try:
            key = files.read(str(self.section["command_key"])) or b""
            if len(key) != command.KEY_BYTES:
                raise command.RefusedError("key")
            known = command.Commands(key, self.counter, self.site, self.board)
            n, op, args = known.take(payload, self.boot, self.clock.ms())
            why = orders.obey(self, n, op, args)
        except command.RefusedError as error:
            n, op, why = error.n, error.op, error.why
        except Exception as error:
            why = "error: %r" % error
            self.say("command: %r" % error)
        if why is not None:
            self.refused += 1
        self.tell(n, op, why)

    def take_chunk(self, payload: bytes) -> None:
        """Keep a chunk until it is written; more than were asked for are let go."""
        if self.order is not None and len(payload) >= 8 and len(self.chunks) < _MOST_CHUNKS:
            self.chunks.append(payload)
            self.arrived.set()

    def tell(self, n: "int | None", op: "str | None", why: "str | None") -> None:
        """Tell the gateway what became of a command."""
        result: "dict[str, object]" = {"n": n, "op": None if op is None else op[:16]}
        result["ok"] = why is None
        if why is not None:
            result["why"] = why[:120]
        if self.talk is not None:
            self.talk.post("cmd/result", result)

    def set_order(self, order: "dict[str, object] | None") -> None:
        """Keep which release to fetch, over restarts.

        Raises:
            OSError: Flash refuses.
        """
        if order is None:
            files.remove(self._order_path)
        else:
            files.write_sealed(self._order_path, order)
        self.order = order
        self.chunks.clear()
        self.arrived.set()

    def hindrance(self) -> "str | None":
        """Why this is no time to write to flash or to start anew, or None."""
        if self.guard.outputs.condition is not None:
            return "an alarm stands"
        return "the battery is low" if self.low_battery() else None

    def busy(self) -> bool:
        """Whether the board has to stay awake for a release."""
        return self.order is not None or (self.slots is not None and self.slots.on_trial)

    def highest(self) -> int:
        """The highest number of a release that was ever healthy here."""
        if self.slots is None:
            return self.number
        highest = self.slots.record["highest"]
        ran = 0 if self.slots.on_trial else self.number
        return max(highest if isinstance(highest, int) else 0, ran)

    async def run(self) -> None:
        """Judge a trial, then fetch what is ordered and start anew when told, for ever."""
        if self.slots is not None and self.slots.on_trial:
            import trial

            await trial.watch(self)
        number = None if self.order is None else self.order.get("number")
        if self.slots is not None and number in (self.number, self.slots.record["tried"]):
            self.set_order(None)  # it was tried; power went before that was written down
        while True:
            if self.order is not None:
                import download

                await download.fetch(self, self.order)
            if self.reset_at_ms is not None and self.clock.ms() >= self.reset_at_ms:
                self.face.reset()
            try:
                await asyncio.wait_for(self.arrived.wait(), _POLL_S)
            except asyncio.TimeoutError:
                pass
            self.arrived.clear()

    def progress(self, told: str) -> None:
        """Say how far an update is; what is new goes out with the next state, soon."""
        if told != self.told and self.talk is not None:
            self.talk.tell_state()
        self.told = told

    def restart_soon(self) -> None:
        """Start the board anew once what it has to say is sent."""
        self.reset_at_ms = self.clock.ms() + _LEAVE_MS

    def _running_release(self) -> "tuple[str | None, int]":
        """Version and number of the program that runs; None and 0 when it does not say."""
        if self.slots is None:
            return None, 0
        head = files.read("%s%s/release" % (self.slots.root, self.slots.running)) or b""
        try:
            manifest = json.loads(head[10 : 10 + int.from_bytes(head[8:10], "big")])
            return str(manifest["version"]), int(manifest["number"])
        except (ValueError, KeyError, TypeError):
            return None, 0
