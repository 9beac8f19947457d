"""The board's program: wires the parts, the alarm first."""

import asyncio
import sys

import alarm
import board
import config
import controls
import files
import guard
import memory
import outbox
import outputs
import pace
import ring
import sampler
import session
import state
import supervisor
import uptime
import wallclock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_NETWORK_S = 15
_GUARD_PATIENCE_MS = 10000
_SESSION_PATIENCE_MS = 900000  # its ladder acts long before
_SCAN_PATIENCE_MS = 90000  # longer than the longest call that blocks the loop


class Program:
    """All parts of one board, wired.

    The guard runs before the store is opened, which may take seconds on a full flash.

    Args:
        settings: The board's config.
    """

    def __init__(self, settings: "dict[str, object]") -> None:
        self.settings = settings
        self.face = board.open_board(settings)
        self.clock = uptime.Uptime(self.face.ticks_ms)
        self.directory = str(settings["ring"])
        self.values = config.values(settings)
        panel = outputs.Outputs(self.face, config.section(settings, "outputs"))
        local = alarm.LocalAlarm(
            config.limits(settings),
            self._ms("off_s"),
            self._ms("fault_s"),
            latch=bool(panel.settings["latch"]),
        )
        report_ms = self._ms("report_s")
        self.guard = guard.Guard(
            self.face,
            self.values,
            local,
            panel,
            self.clock,
            scan_ms=self._ms("scan_s"),
            stale_ms=report_ms,
        )
        self.guard.pace = pace.Pace(
            config.number(settings, "fast_temp_k_per_min"),
            config.number(settings, "fast_co_ppm_per_min"),
        )
        self.memory = memory.Memory(self.directory)
        again = local.restore(self.memory.alarms(), self.values)
        self.guard.tell(again, 0, self.face.utc_us())
        if self.face.reset_cause() != "deep_sleep":
            panel.start_test(0, panel.boot_test_ms)
        self.state = state.State()

    def open_store(self) -> "tuple[ring.Ring | None, int]":
        """The ring store and this boot's number; without a working flash None and 0."""
        try:
            files.make_directory(self.directory)
            boot = next_boot(self.directory)
            limit_bytes = int(config.number(self.settings, "ring_bytes"))
            store = ring.Ring(self.directory, self.values, boot, limit_bytes)
            sys.modules.pop("recovery", None)  # it is needed at the start only
            return store, boot
        except OSError as error:
            supervisor.say("the ring store does not work, the alarm does: %r" % error)
            return None, 0

    async def run(self, online: bool) -> None:
        """Run the board for ever.

        Args:
            online: Whether the config allows the network.
        """
        beats = _Beats(self.guard, self.face)
        self.guard.on_tick = beats.tick
        self.guard.start()
        store, boot = self.open_store()
        watcher = supervisor.Supervisor(self.face, self.directory, self.clock, boot)
        scans = watcher.watch("scan", _SCAN_PATIENCE_MS, vital=True)
        beats.start(watcher)
        samples = sampler.Sampler(
            self.guard,
            store,
            report_ms=self._ms("report_s"),
            fast_ms=self._ms("fast_s"),
        )
        hands = controls.Controls(self.settings, self.guard, samples, self.memory)
        hands.restore()
        self.state.add(lambda: outputs_state(self.guard))
        self.state.add(watcher.state)
        talk = None
        if store is not None and online:
            out = outbox.Outbox(
                store,
                str(self.settings["gateway"]),
                self._ms("resend_s"),
                int(config.number(self.settings, "window")),
            )
            talk = session.Session(
                self.settings,
                self.face,
                samples,
                out,
                boot,
                say=supervisor.say,
                state=self.state.extend,
                clock=self._wallclock(),
                alarm=lambda: self.guard.outputs.condition is not None,
            )
            watcher.start("network", self._network)
            self.state.add(talk.net_state)
            lively = watcher.start("session", talk.run, _SESSION_PATIENCE_MS)
            talk.beat = lambda: watcher.check_in(lively)
            watcher.start("time", talk.keep_time)
        busy = self._start_updates(boot, hands, samples, talk, watcher)
        if config.section(self.settings, "power").get("mode") == "battery":
            self._start_power(samples, talk, watcher, busy)
        care = asyncio.create_task(watcher.care())
        await self._scan(samples, talk, watcher, scans)
        await care

    def _ms(self, key: str) -> int:
        """A setting in seconds, in milliseconds."""
        return int(1000 * config.number(self.settings, key))

    async def _scan(
        self,
        samples: sampler.Sampler,
        talk: "session.Session | None",
        watcher: supervisor.Supervisor,
        watch: supervisor.Watch,
    ) -> None:
        """Keep samples for ever, on a beat that does not drift; a failure resets the board."""
        scan_ms = self._ms("scan_s")
        due_ms = self.clock.ms()
        shown: object = None
        try:
            while True:
                news = samples.scan()
                now = (self.guard.outputs.condition, self.guard.outputs.silenced, samples.report_ms)
                if talk is not None and now != shown:
                    talk.tell_state()
                elif talk is not None and news:
                    talk.wake.set()
                shown = now
                self.memory.keep_alarms(self.guard.local, self.clock.ms())
                if samples.ring is not None:
                    samples.ring.prepare()
                watcher.check_in(watch)
                due_ms = max(due_ms + scan_ms, self.clock.ms())
                await asyncio.sleep((due_ms - self.clock.ms()) / 1000)
        except Exception as error:
            watcher.log("scan", repr(error))
            self.face.reset()

    async def _network(self) -> None:
        """Keep the network up."""
        while True:
            self.face.join_network()
            await asyncio.sleep(_NETWORK_S)

    def _start_updates(
        self,
        boot: int,
        hands: controls.Controls,
        samples: sampler.Sampler,
        talk: "session.Session | None",
        watcher: supervisor.Supervisor,
    ) -> "Callable[[], bool]":
        """Take commands and releases where the board may; returns whether one is under way."""
        if "slots" not in sys.modules and not config.section(self.settings, "update"):
            return lambda: False
        import update

        updates = update.Updates(
            self.settings,
            boot,
            self.face,
            self.clock,
            self.guard,
            hands,
            samples,
            talk,
            supervisor.say,
        )
        self.state.add(updates.state)
        watcher.start("update", updates.run)
        return updates.busy

    def _start_power(
        self,
        samples: sampler.Sampler,
        talk: "session.Session | None",
        watcher: supervisor.Supervisor,
        busy: "Callable[[], bool]",
    ) -> None:
        """Let the board sleep between its reports."""
        import power

        section = config.section(self.settings, "power")
        sleeper = power.Power(section, self.face, self.guard, samples, busy)
        self.state.add(sleeper.state)
        watcher.start("power", lambda: sleeper.run(talk))

    def _wallclock(self) -> wallclock.WallClock:
        """What the board knows of UTC, kept in its directory."""
        known_s = config.section(self.settings, "time").get("known_s", 0)
        clock = wallclock.WallClock(
            self.directory, self.clock.ms, self.face.rtc_s(), int(str(known_s))
        )
        self.face.wallclock = clock
        return clock


class _Beats:
    """What the guard does after each tick: while all is well, the watchdog is fed."""

    def __init__(self, watched: guard.Guard, face: "board.Board") -> None:
        self.guard = watched
        self.face = face
        self.watcher: "supervisor.Supervisor | None" = None

    def start(self, watcher: supervisor.Supervisor) -> None:
        """From now on the other tasks count too."""
        self.watcher = watcher

    def tick(self, now_ms: int) -> None:
        """Feed the watchdog unless scans or a vital task have stopped."""
        if now_ms - self.guard.scanned_ms > _GUARD_PATIENCE_MS:
            self.face.note(ord("g") << 8 | ord("u"))
        elif self.watcher is None:
            self.face.feed_watchdog()
        else:
            self.watcher.tick(now_ms)


def outputs_state(watched: guard.Guard) -> "dict[str, object]":
    """Keys of the state message about the local alarm."""
    panel = watched.outputs
    told: "dict[str, object]" = {
        "alarm": panel.condition,
        "horn": panel.horn,
        "silenced": panel.silenced,
    }
    if watched.failures:
        told["guard_failures"] = watched.failures
        told["guard_failure"] = watched.failure[:60]
    return told


def next_boot(directory: str) -> int:
    """This boot's number, one above the last."""
    last = files.read_sealed(directory + "/boot")
    boot = (last if isinstance(last, int) else 0) + 1
    files.write_sealed(directory + "/boot", boot)
    return boot


async def run(settings: "dict[str, object]", wrong: "list[str]") -> None:
    """Run the board: the local alarm always, the store if flash works, the network if told.

    Raises:
        ValueError: The config names nothing to watch.
    """
    await Program(settings).run(not wrong)


def main() -> None:
    """Read the config and run; with a bad one only the local alarm and the store run."""
    path = sys.argv[1] if len(sys.argv) > 1 else "config.json"
    settings, wrong = config.load(files.read(path))
    for line in wrong:
        supervisor.say("%s: %s" % (path, line))
    try:
        asyncio.run(run(settings, wrong))
    except ValueError as error:
        supervisor.say("%s: %s" % (path, error))
        sys.exit(2)


if __name__ == "__main__":
    main()
