"""Wires a board's parts, the alarm first. It runs once and leaves the heap afterwards.

So nothing of this module may stay behind: no function and no lambda of it is handed to a part.
"""

import sys

import alarm
import blocks
import config
import files
import folders
import gasp
import guard
import journal
import lane
import mqtt
import outbox
import outputs
import packets
import remote
import ring
import sampler
import session
import supervisor
import uptime
import wallclock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from main import Program

_KEPT = (
    "site",
    "board",
    "gateway",
    "broker_host",
    "broker_port",
    "username",
    "password",
    "keepalive_s",
    "resend_s",
    "window",
    "clock",
    "ring",
    "bounds",
    "tls",
    "time",
    "net",
    "update",
    "power",
)
_CHECKED = ("update", "power", "trust", "ladder", "clockwork")  # the check needed them
_CONSTRUCTOR = "__init__"
_MADE_ONCE = (
    alarm.LocalAlarm,
    blocks.FileBlocks,
    gasp.Gasp,
    guard.Button,
    guard.Guard,
    journal.Journal,
    lane.Lane,
    mqtt.Client,
    outbox.Outbox,
    outputs.Outputs,
    packets.Decoder,
    ring.Ring,
    sampler.Sampler,
    session.Session,
    supervisor.Supervisor,
    uptime.Uptime,
    wallclock.WallClock,
)
_SESSION_PATIENCE_MS = 900000  # its ladder acts long before
_SCAN_PATIENCE_MS = 90000  # longer than the longest call that blocks the loop


def wire(program: "Program", online: bool, once: bool) -> None:
    """Make all parts and start them; the guard runs before the store is opened.

    Args:
        program: What runs afterwards; its parts are filled in.
        online: Whether the config allows the network.
        once: Whether constructors may leave the heap, since no board is made again.

    Raises:
        ValueError: The config names nothing to watch.
    """
    settings = program.settings
    directory = str(settings["ring"])
    supervisor.drop(_CHECKED)
    import board

    face = program.face = board.open_board(settings)
    del board
    clock = program.clock = uptime.Uptime(face.ticks_ms)
    program.scan_ms = _ms(settings, "scan_s")
    rows = files.read_sealed(directory + "/alarms")
    program.guard = _guard(program, settings, rows)
    program.guard.on_tick = program.tick
    program.guard.start()
    program.lent = ring.LENT
    store, boot = _store(settings, directory)
    watcher = program.watcher = supervisor.Supervisor(face, directory, clock, boot)
    program.scans = watcher.watch("scan", _SCAN_PATIENCE_MS, vital=True)
    program.watched = True
    samples = program.samples = sampler.Sampler(
        program.guard,
        store,
        report_ms=_ms(settings, "report_s"),
        fast_ms=_ms(settings, "fast_s"),
        alarms=directory + "/alarms",
    )
    samples.alarms_kept = rows or []
    if config.large(samples.values):
        import portions

        samples.split = portions.split
        del portions
    if folders.size(directory + "/set"):
        program.hands().restore()
    program.tellers = [program.guard.state, watcher.state]
    supervisor.drop(("board", "memory", "controls", "portions"))
    # From here on only these are asked for; the rest may leave the heap.
    settings = program.settings = {key: settings[key] for key in _KEPT if key in settings}
    if store is not None and online:
        _talk(program, settings, store, boot)
    if once:
        _forget_constructors(program)
    busy = program.idle
    if sys.path[0] in ("a", "b") or config.section(settings, "update"):
        far = remote.Remote(program, boot)
        program.tellers.insert(0, far.state)  # commands rest on it
        watcher.start("update", far.run)
        busy = far.busy
    if config.section(settings, "power").get("mode") == "battery":
        import power

        section = config.section(settings, "power")
        sleeper = power.Power(section, face, program.guard, samples, program.talk, busy)
        program.tellers.append(sleeper.state)
        watcher.start("power", sleeper.run)


def _forget_constructors(program: "Program") -> None:
    """Let go of what made the parts before the last ones need their place."""
    for made in _MADE_ONCE + (type(program), type(program.face)):  # noqa: RUF005, no star on boards
        setattr(made, _CONSTRUCTOR, None)


def _guard(program: "Program", settings: "dict[str, object]", rows: object) -> guard.Guard:
    """The local alarm, as it was before a restart; horn and lamp show that they work."""
    values = config.values(settings)
    section = config.section(settings, "outputs")
    panel = outputs.Outputs(program.face, section["relay"] == "fail_safe")
    local = alarm.LocalAlarm(
        config.limits(settings),
        _ms(settings, "off_s"),
        _ms(settings, "fault_s"),
        latch=bool(section["latch"]),
    )
    watch = guard.Guard(
        program.face,
        values,
        local,
        panel,
        program.clock,
        scan_ms=program.scan_ms,
        stale_ms=_ms(settings, "report_s"),
    )
    watch.rises = (config.number(settings, "fast_temp_k"), config.number(settings, "fast_co_ppm"))
    watch.silence_ms = _ms(section, "silence_s")
    watch.test_ms = _ms(section, "test_s")
    import memory

    again = memory.restore(local, rows, values)
    del memory
    watch.tell(again, 0, program.face.utc_us())
    if program.face.reset_cause() != "deep_sleep":
        panel.start_test(0, int(config.number(section, "boot_test_ms")))
    return watch


def _store(settings: "dict[str, object]", directory: str) -> "tuple[ring.Ring | None, int]":
    """The ring store and this boot's number; without a working flash None and 0."""
    try:
        folders.make_directory(directory)
        last = files.read_sealed(directory + "/boot")
        boot = (last if isinstance(last, int) else 0) + 1
        files.write_sealed(directory + "/boot", boot)
        limit_bytes = int(config.number(settings, "ring_bytes"))
        store = ring.Ring(directory, config.values(settings), boot, limit_bytes)
    except OSError as error:
        supervisor.say("the ring store does not work, the alarm does: %r" % error)
        return None, 0
    supervisor.drop(ring.LENT)
    return store, boot


def _talk(
    program: "Program",
    settings: "dict[str, object]",
    store: ring.Ring,
    boot: int,
) -> None:
    """The conversation with the broker, and what it needs."""
    known_s = int(str(config.section(settings, "time").get("known_s", 0)))
    face, watcher = program.face, program.watcher
    clock = wallclock.WallClock(program.clock.ms)
    import clockwork

    clockwork.restore(clock, str(settings["ring"]), face.rtc_s(), known_s)
    face.wallclock = clock
    window = int(config.number(settings, "window"))
    out = outbox.Outbox(store, str(settings["gateway"]), _ms(settings, "resend_s"), window)
    talk = program.talk = session.Session(
        settings,
        face,
        program.samples,
        out,
        boot,
        say=supervisor.say,
        tellers=program.tellers,
        clock=clock,
        alarm=program.alarm_stands,
    )
    watcher.start("network", program.network)
    talk.beat = watcher.start("session", talk.run, _SESSION_PATIENCE_MS).check_in
    watcher.start("time", talk.keep_time)
    del clockwork
    supervisor.drop(("clockwork", "greet"))


def _ms(settings: "dict[str, object]", key: str) -> int:
    """A setting in seconds, in milliseconds."""
    return int(1000 * config.number(settings, key))
