"""Fifty meters of twenty scattered values at one second: this gateway beside its peers.

``python tests/benchmarks/modbus.py [--quick]``. One server answers all of them, one after the
other: pymodbus alone (bare), our poller alone, the whole gateway with journal and quality, modpoll
and, where it is installed, Debian's collectd. For each: requests a poll, share of polls on time
(sent within 50 ms of their tick), CPU in per cent of a core, peak memory. The gateway and its
poller tick on whole seconds; a peer's tick is set where most of its polls are on time.

modpoll comes from PyPI into an environment of its own, by ``modpoll.lock``, unless ``--modpoll``
names one.
"""

import argparse
import contextlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomli_w
from _modbus_map import BLOCKS, FIELDS, is_total

from gateway.modbus.profile import unit_of

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TICK_S = 1.0
LATEST_S = 0.05
DEVICES = 50
MANY = (10, 50, 200)
COLLECTD = "/usr/sbin/collectd"
TYPES_DB = "/usr/share/collectd/types.db"


@dataclass(frozen=True)
class Figures:
    """What one run of one program showed.

    Args:
        polls: Polls of all devices that the server saw, of those that were due.
        on_time: Of the polls due, those that came within 50 ms of their tick.
        requests: Requests of one poll of one device.
        cpu: CPU over time: 1.0 is a core.
        peak_mib: Greatest resident memory.
    """

    polls: float
    on_time: float
    requests: float
    cpu: float
    peak_mib: float


@dataclass
class Server:
    """The meters, in a process of their own."""

    directory: Path

    def __enter__(self) -> "Server":
        self._notes = self.directory / "notes.json"
        self._process = subprocess.Popen(
            [sys.executable, HERE / "_modbus_server.py", self._notes],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def notes(self) -> list[tuple[float, int, int, int]]:
        """Stop, and tell [UTC in s, unit, function, address] of each request."""
        self._process.communicate()
        return [tuple(note) for note in json.loads(self._notes.read_text())]


def measure(
    start: Callable[[int, Path], Sequence[str | Path]],
    devices: int,
    seconds: float,
    *,
    ticks_at_zero: bool,
    warm_s: float,
) -> Figures:
    """Run one program against a fresh server and look at it for some seconds.

    Args:
        start: Given port and a directory of its own, makes the command line.
        devices: How many it polls.
        seconds: How long it is looked at, after `warm_s`.
        ticks_at_zero: Whether its ticks are whole seconds of UTC, else where most polls are.
        warm_s: For imports, connections and first polls.
    """
    with tempfile.TemporaryDirectory() as name, Server(Path(name)) as server:
        directory = Path(name) / "run"
        directory.mkdir()
        log = (Path(name) / "log").open("w+")
        command = start(server.port, directory)
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=directory)
        try:
            time.sleep(warm_s)
            time.sleep(-time.time() % TICK_S + 0.5)
            since_s, before_s = time.time(), cpu_s(process.pid)
            time.sleep(seconds)
            if process.poll() is not None:
                log.seek(0)
                raise SystemExit(f"{command[0]} has ended:\n{log.read()[-2000:]}")
            until_s, after_s = time.time(), cpu_s(process.pid)
            peak_mib = peak_of(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        notes = [note for note in server.notes() if since_s <= note[0] < until_s]
        log.seek(0)
        if not notes:
            raise SystemExit(f"{command[0]} asked for nothing:\n{log.read()[-2000:]}")
    assert {note[2] for note in notes} == {4}
    polls = polls_of(notes)
    due = devices * round(until_s - since_s)
    phase_s = 0.0 if ticks_at_zero else phase_of(polls)
    sent = sum(map(len, polls.values()))
    timely = sum((poll - phase_s) % TICK_S <= LATEST_S for each in polls.values() for poll in each)
    return Figures(
        polls=sent / due,
        on_time=min(timely / due, 1.0),
        requests=len(notes) / max(sent, 1),
        cpu=(after_s - before_s) / (until_s - since_s),
        peak_mib=peak_mib,
    )


def polls_of(notes: Sequence[tuple[float, int, int, int]]) -> dict[int, list[float]]:
    """Unit -> when each of its polls began: when its first register was asked for."""
    polls: dict[int, list[float]] = defaultdict(list)
    for at_s, unit, _, address in notes:
        if address == 0:
            polls[unit].append(at_s)
    return polls


def phase_of(polls: dict[int, list[float]]) -> float:
    """Where in the second most polls are."""
    begun = [at_s % TICK_S for each in polls.values() for at_s in each]
    bins = Counter(int(at_s / TICK_S * 100) for at_s in begun)
    width = round(100 * LATEST_S / TICK_S)
    best = max(range(100), key=lambda k: sum(bins[(k + n) % 100] for n in range(width)))
    return best / 100 * TICK_S


def cpu_s(pid: int) -> float:
    """CPU time of a process with all its threads, those that have ended as well [s].

    The times in ``/proc/…/stat`` are sampled at the kernel's ticks on many machines, which misses
    programs that work for a fraction of a tick after a timer.
    """
    return time.clock_gettime((~pid << 3) | 2)  # Linux's clock of a process: clock_getcpuclockid(3)


def peak_of(pid: int) -> float:
    """Greatest resident memory of a process [MiB]."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


# ── The programs ─────────────────────────────────────────────────────────────────────────


def site_of(port: int, directory: Path, devices: int) -> Path:
    """A site with so many meters at one port; the first feeds a unit and a fuel."""
    profiles = directory / "devices"
    profiles.mkdir()
    fields = {}
    for name, address, kind in FIELDS:
        fields[name] = {
            "register": "input", "address": address, "type": kind, "unit": unit_of(name),
        }  # fmt: skip
        if is_total(name):
            fields[name] |= {"kind": "counter", "max_rate_per_s": 50.0}
    limits = {"name": "Meter of the benchmark", "source": "made up", "max_gap": 8}
    (profiles / "bench.toml").write_text(tomli_w.dumps({"device": limits, "fields": fields}))
    (directory / "lots.toml").write_text(
        '[[lot]]\nid = "C-1"\nfuel = "coal"\nfrom_utc = 2026-01-01T00:00:00Z\n'
        "ncv_dry_mj_per_kg = 26.5\nmoisture = 0.08\n"
    )
    meters = [
        {
            "id": f"m{n}",
            "profile": "bench",
            "host": "127.0.0.1",
            "port": port,
            "unit": n,
            "points": {name: f"m{n}.{name}" for name, _, _ in FIELDS},
        }
        for n in range(1, devices + 1)
    ]
    site = {
        "site": {
            "id": "bench",
            "name": "Bench",
            "timezone": "Asia/Tokyo",
            "profiles": "devices",
        },
        "clock": {"synchronised_by": "assume"},
        "storage": {"directory": "data"},
        "mqtt": {"port": 1},
        "http": {"port": free_port()},
        "meter": meters,
        "unit": {"id": "unit1", "gross_total_kwh": "m1.import_total_kwh"},
        "cofiring": {"minimum_net_kwh_per_minute": 10.0, "lots_file": "lots.toml"},
        "fuel": [
            {
                "id": "coal",
                "name": {"en": "Coal"},
                "table": "other_bituminous_coal",
                "mass_total_kg": "m2.mass_total_kg",
            }
        ],
    }
    path = directory / "site.toml"
    path.write_text(tomli_w.dumps(site))
    return path


def free_port() -> int:
    """A port nobody listens on."""
    import socket  # noqa: PLC0415 -- only here

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def bare(devices: int) -> Callable[[int, Path], Sequence[str | Path]]:
    """pymodbus alone."""
    return lambda port, _: [
        sys.executable, HERE / "_modbus_bare.py", str(port), str(devices), json.dumps(BLOCKS),
    ]  # fmt: skip


def poller(devices: int) -> Callable[[int, Path], Sequence[str | Path]]:
    """Our poller alone."""
    return lambda port, directory: [
        sys.executable, HERE / "_modbus_poller.py", site_of(port, directory, devices),
    ]  # fmt: skip


def gateway(devices: int) -> Callable[[int, Path], Sequence[str | Path]]:
    """The whole gateway."""
    return lambda port, directory: [
        sys.executable, "-m", "gateway.cli", "run",
        "--config", site_of(port, directory, devices), "--log-level", "error",
    ]  # fmt: skip


def modpoll(program: Path, devices: int) -> Callable[[int, Path], Sequence[str | Path]]:
    """modpoll, given the same blocks; it keeps nothing and prints nothing."""

    def start(port: int, directory: Path) -> Sequence[str | Path]:
        rows = []
        for unit in range(1, devices + 1):
            rows.append(f"device,m{unit},{unit}")
            for address, count in BLOCKS:
                rows.append(f"poll,input_register,{address},{count},BE_BE")
                rows += [
                    f"ref,{name},{at},{kind},r"
                    for name, at, kind in FIELDS
                    if address <= at < address + count
                ]
        path = directory / "modpoll.csv"
        path.write_text("\n".join(rows))
        return [
            program, "--tcp", "127.0.0.1", "--tcp-port", str(port), "--rate", "1",
            "--interval", "0", "--daemon", "--loglevel", "ERROR", "--config", path,
        ]  # fmt: skip

    return start


def collectd(devices: int) -> Callable[[int, Path], Sequence[str | Path]]:
    """Debian's collectd with its modbus plugin, a request a value; it writes nothing."""

    def start(port: int, directory: Path) -> Sequence[str | Path]:
        kinds = {"uint16": "Uint16", "int16": "Int16", "uint32": "Uint32", "float32": "Float"}
        data = [
            f'<Data "{name}">\nRegisterBase {at}\nRegisterType {kinds[kind]}\n'
            f'RegisterCmd ReadInput\nType gauge\nInstance "{name}"\n</Data>'
            for name, at, kind in FIELDS
        ]
        collect = "\n".join(f'Collect "{name}"' for name, _, _ in FIELDS)
        hosts = [
            f'<Host "m{n}">\nAddress "127.0.0.1"\nPort "{port}"\nInterval 1\n'
            f'<Slave {n}>\nInstance "m{n}"\n{collect}\n</Slave>\n</Host>'
            for n in range(1, devices + 1)
        ]
        path = directory / "collectd.conf"
        path.write_text(
            f'Hostname "bench"\nFQDNLookup false\nInterval 1\nBaseDir "{directory}"\n'
            f'PIDFile "{directory}/pid"\nTypesDB "{TYPES_DB}"\nReadThreads 5\n'
            "LoadPlugin modbus\n<Plugin modbus>\n" + "\n".join([*data, *hosts]) + "\n</Plugin>\n"
        )
        return [COLLECTD, "-f", "-C", path]

    return start


def modpoll_program(given: Path | None) -> Path:
    """modpoll as given, else from an environment made beside the checkout's own."""
    if given is not None:
        return given
    home = ROOT / ".build" / "modpoll"
    program = home / "bin" / "modpoll"
    if not program.exists():
        say("fetching modpoll into .build/modpoll")
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run(
            [home / "bin/python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet",
             "--require-hashes", "-r", HERE / "modpoll.lock"], check=True,
        )  # fmt: skip
    return program


def say(line: str) -> None:
    """A line of the answer, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def machine() -> str:
    """Cores and processor."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}"


def of_rounds(rounds: Sequence[Figures]) -> Figures:
    """The median of each figure."""
    return Figures(
        *(statistics.median(values) for values in zip(*map(astuple, rounds), strict=True))
    )


def astuple(figures: Figures) -> tuple[float, ...]:
    """The figures in order."""
    return (figures.polls, figures.on_time, figures.requests, figures.cpu, figures.peak_mib)


def main() -> None:
    """Run all, print a table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of six seconds")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--modpoll", type=Path, help="its program, where it is installed already")
    parser.add_argument("--only", nargs="*", help="such as gateway modpoll")
    options = parser.parse_args()
    seconds, rounds = (6.0, 1) if options.quick else (options.seconds, options.rounds)
    peer = modpoll_program(options.modpoll)
    programs = {
        "bare pymodbus": (bare(DEVICES), True, 4.0),
        "poller": (poller(DEVICES), True, 6.0),
        "gateway": (gateway(DEVICES), True, 8.0),
        "modpoll": (modpoll(peer, DEVICES), False, 4.0),
    }
    if Path(COLLECTD).exists():
        programs["collectd"] = (collectd(DEVICES), False, 4.0)
    for n in MANY:
        if n != DEVICES:
            programs[f"bare {n}"] = (bare(n), True, 4.0)
            programs[f"poller {n}"] = (poller(n), True, 6.0)
    if options.only:
        programs = {name: programs[name] for name in options.only}
    say(f"{machine()}; {DEVICES} devices × {len(FIELDS)} values each second; median of {rounds}")
    say(f"{'':15} {'polls':>7} {'on time':>8} {'req/poll':>9} {'CPU %':>7} {'MiB':>6}")
    seen: dict[str, list[Figures]] = defaultdict(list)
    for turn in range(rounds):
        for name, (start, zero, warm_s) in programs.items():
            devices = int(name.split()[-1]) if name[-1].isdigit() else DEVICES
            seen[name].append(measure(start, devices, seconds, ticks_at_zero=zero, warm_s=warm_s))
            if rounds > 1:
                sys.stderr.write(f"  round {turn + 1} {name}: {seen[name][-1]}\n")
    figures = {name: of_rounds(each) for name, each in seen.items()}
    for name, f in figures.items():
        say(
            f"{name:15} {f.polls:7.1%} {f.on_time:8.1%} {f.requests:9.2f} {100 * f.cpu:7.2f}"
            f" {f.peak_mib:6.0f}"
        )
    with contextlib.suppress(KeyError):
        for line in ratios(figures):
            say(line)


def ratios(figures: dict[str, Figures]) -> Iterator[str]:
    """What is to be compared."""
    yield f"poller / bare pymodbus, CPU: {figures['poller'].cpu / figures['bare pymodbus'].cpu:.2f}"
    yield f"gateway / modpoll, CPU: {figures['gateway'].cpu / figures['modpoll'].cpu:.2f}"
    if "collectd" in figures:
        yield f"gateway / collectd, CPU: {figures['gateway'].cpu / figures['collectd'].cpu:.2f}"
    for whose, at_fifty in (("poller", "poller"), ("bare", "bare pymodbus")):
        each = {
            n: figures[at_fifty if n == DEVICES else f"{whose} {n}"].cpu / n / len(FIELDS)
            for n in MANY
        }
        # Flat within ± x: there is a level from which none is further off.
        middle = (min(each.values()) + max(each.values())) / 2
        for n, cost in each.items():
            off = cost / middle - 1
            yield f"{whose}: a value at {n} devices costs {1e6 * cost:.1f} µs ({off:+.0%})"


if __name__ == "__main__":
    main()
