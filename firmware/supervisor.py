"""Watches over the program's tasks: feeds the watchdog while all check in, and keeps the crash log.

A task that must never stop (the guard, the scans) starves the watchdog when it does not check in
within its patience. Any other task is ended and started again: a session that hangs is no reason
for a reset, which only the session's own recovery ladder may ask for.
"""

import asyncio
import sys

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from board import Board
    from uptime import Uptime

CRASH_WAIT_S = 5
CARE_S = 2


class Watch:
    """One task's duty to check in."""

    def __init__(self, name: str, patience_ms: int, vital: bool, uptime: "Uptime") -> None:
        self.name = name
        self.patience_ms = patience_ms
        self.vital = vital
        self.seen_ms = uptime.ms()
        self._uptime = uptime
        self.make: "Callable[[], Coroutine[object, object, None]] | None" = None
        self.task: "asyncio.Task[None] | None" = None

    def check_in(self) -> None:
        """The task says that it is well."""
        self.seen_ms = self._uptime.ms()


class Supervisor:
    """The program's tasks, the watchdog and the log of crashes.

    Args:
        face: The board, for its watchdog.
        directory: Where the crash log is kept.
        uptime: Monotonic time.
        boot: This boot's number.
    """

    def __init__(self, face: "Board", directory: str, uptime: "Uptime", boot: int) -> None:
        self.face = face
        self.uptime = uptime
        self.boot = boot
        self.restarts = 0
        self.watches: "list[Watch]" = []
        self.path = directory + "/crashes"
        self.writes = 0  # of the log, in this boot
        self._starved = False
        kept = files.read_sealed(self.path)
        self.crashes: "list[list[object]]" = kept if isinstance(kept, list) else []
        code = face.noted()
        if code:
            late = chr(code >> 8) + chr(code & 0xFF)
            self.log("watchdog", "the task %s… had not checked in" % late)

    def watch(self, name: str, patience_ms: int, *, vital: bool) -> Watch:
        """Expect a task to check in at least once in so long [ms]."""
        watch = Watch(name, patience_ms, vital, self.uptime)
        self._add(watch)
        return watch

    def start(
        self,
        name: str,
        make: "Callable[[], Coroutine[object, object, None]]",
        patience_ms: "int | None" = None,
    ) -> Watch:
        """Run a task that is started again when it ends, crashes or hangs.

        Args:
            name: Its name in the crash log.
            make: Makes its coroutine anew.
            patience_ms: It is ended when it has not checked in for so long [ms]; None for never.
        """
        watch = Watch(name, patience_ms or 0, False, self.uptime)
        watch.make = make
        self._add(watch)
        watch.task = asyncio.create_task(self._keep_running(watch))
        return watch

    def tick(self, now_ms: int) -> None:
        """Feed the watchdog unless a vital task is late; called by the guard, in any thread."""
        for watch in self.watches:
            if watch.vital and now_ms - watch.seen_ms > watch.patience_ms:
                if not self._starved:
                    self._starved = True
                    self.face.note(ord(watch.name[0]) << 8 | ord(watch.name[1]))
                return
        self.face.feed_watchdog()

    async def care(self) -> None:
        """End and start again, for ever, what no longer checks in."""
        while True:
            await asyncio.sleep(CARE_S)
            now_ms = self.uptime.ms()
            for watch in self.watches:
                late = watch.patience_ms and now_ms - watch.seen_ms > watch.patience_ms
                if late and watch.task is not None:
                    self.log(watch.name, "no sign of life for %d s" % (watch.patience_ms // 1000))
                    watch.task.cancel()
                    watch.seen_ms = now_ms
                    watch.task = asyncio.create_task(self._keep_running(watch))
                    self.restarts += 1

    async def _keep_running(self, watch: Watch) -> None:
        """Run a task again and again; what goes wrong in it stays in it."""
        while watch.make is not None:
            watch.check_in()
            try:
                await watch.make()
            except Exception as error:
                self.log(watch.name, repr(error))
            await asyncio.sleep(CRASH_WAIT_S)

    def _add(self, watch: Watch) -> None:
        """Add a watch; the list is replaced, since the guard walks it in another thread."""
        self.watches = self.watches + [watch]  # noqa: RUF005, MicroPython takes no star here

    def log(self, task: str, text: str) -> None:
        """Keep a failure where a technician finds it, over restarts; a repeated one only once."""
        say("%s: %s" % (task, text))
        try:
            import crashlog
        except (ImportError, MemoryError):
            return  # a heap that is full has said so on the console
        crashlog.add(self, task, text)
        drop(("crashlog",))

    def state(self) -> "dict[str, object]":
        """Keys for the state message: the newest crash, oldest left to the log on flash."""
        if not self.crashes:
            return {}
        boot, up_ms, task, text = self.crashes[-1]
        crash = {"boot": boot, "up_ms": up_ms, "task": task, "text": str(text)[:60]}
        return {"crash": crash, "crashes": len(self.crashes)}


def drop(names: "tuple[str, ...]") -> None:
    """Let go of modules that are needed seldom; they come back when they are imported again."""
    for name in names:
        sys.modules.pop(name, None)


def say(text: str) -> None:
    """One line for whoever watches the console."""
    sys.stderr.write(text + "\n")
