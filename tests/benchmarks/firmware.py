"""What the board's program takes: bytes on flash, heap and time by module, and its rates.

``python tests/benchmarks/firmware.py [--quick] [--only heap]``. The .mpy are those of a release:
shrunk, then compiled. Sizes and heap are those of real MicroPython's 64-bit unix port; a board's
32-bit port takes about 0.7 of its heap for code and half of it for objects. Each module is imported
after those it needs, so that its row is its own. The rates use this machine's disk.
"""

import argparse
import ast
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"
NODE = ROOT / "tests" / "firmware" / "node"
HERE = Path(__file__).parent
WORK = HERE / "_firmware_node.py"
MOST_KIB = 256
sys.path.insert(0, str(ROOT / "tests" / "support"))

import board_heap  # noqa: E402, the support folder is no package
import day_host  # noqa: E402
from shipped import ship, ship_with_stage  # noqa: E402

from gateway.boards import program  # noqa: E402


def tool(name: str) -> str:
    """A program beside this Python, else on the PATH."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        sys.exit(f"{name} is missing; install the demo and boards extras")
    return found


def in_order(first: list[str]) -> list[str]:
    """All modules, some first, so that each comes after those that it imports at its top."""
    files = {file.stem: file for file in sorted(FIRMWARE.glob("*.py"))}
    ordered: list[str] = []

    def add(name: str) -> None:
        if name in ordered:
            return
        for item in ast.parse(files[name].read_text()).body:
            for needed in [a.name for a in item.names] if isinstance(item, ast.Import) else []:
                if needed in files:
                    add(needed)
        ordered.append(name)

    for name in (*first, *files):
        if name in files:
            add(name)
    return ordered


def node(folder: Path, *arguments: str, script: Path = WORK) -> Any:
    """Ask MicroPython."""
    command = [tool("micropython"), "-X", "heapsize=1m", str(script)]
    done = subprocess.run(
        [*command, str(folder), *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def live(built: Path, tests: Path, place: Path, heap_kib: int, hours: int) -> Any:
    """What a node of so much heap has to tell after so many hours; None where it did not last."""
    command = [tool("micropython"), "-X", f"heapsize={heap_kib}k"]
    outages = f"{hours / 4}-{hours / 2}-refused"
    try:
        report = day_host.live(
            command, day_host.prepared(place, NODE / "live.py", built, tests),
            hours=hours, outages=outages, limit_s=60 + 30 * hours,
        )  # fmt: skip
    except (RuntimeError, subprocess.TimeoutExpired):
        return None  # it does nothing but look for memory
    return None if report["wrong"] else report


def print_modules(built: Path, resident: list[str]) -> None:
    """One row a module: those that stay in memory first."""
    names = in_order(resident)
    at_once = sum(name in resident for name in names)
    plain, compiled = (node(folder, "imports", *names) for folder in (FIRMWARE, built))
    sys.stdout.write(f"{'':12} {'bytes on flash':>17} {'heap, bytes':>17} {'import, ms':>15}\n")
    sys.stdout.write(f"{'module':12} {'.py':>8} {'.mpy':>8} {'.py':>8} {'.mpy':>8} ")
    sys.stdout.write(f"{'.py':>7} {'.mpy':>7}\n")
    totals = [0.0] * 6
    for position, name in enumerate(names):
        if position == at_once:
            sys.stdout.write("-- above: in memory for ever; below: only while needed\n")
        sizes = [
            (FIRMWARE / f"{name}.py").stat().st_size,
            (built / f"{name}.mpy").stat().st_size,
        ]
        if isinstance(plain[name][0], str):
            sys.stdout.write(f"{name:12} {sizes[0]:>8} {sizes[1]:>8}   not on unix\n")
            continue
        row = [*sizes, plain[name][0], compiled[name][0], plain[name][1], compiled[name][1]]
        if position < at_once:
            totals = [a + b for a, b in zip(totals, row, strict=True)]
        print_row(name, row)
    print_row("for ever", totals)


def print_row(name: str, row: list[float]) -> None:
    """Bytes whole, times to a tenth."""
    sys.stdout.write(f"{name:12} " + " ".join(f"{one:>8.0f}" for one in row[:4]))
    sys.stdout.write(" " + " ".join(f"{one:>7.1f}" for one in row[4:]) + "\n")


def print_heap(built: Path, tests: Path, scratch: Path, report: Any, hours: int) -> None:
    """What is in use hour by hour, and the least heap that so many hours run in."""
    own = report["imports"]["test"] - report["imports"]["firmware"]
    in_use = [f"{size / 1024:.1f}" for size in report["heap"]]
    sys.stdout.write(f"in use by the hour, KiB: {' '.join(in_use)}\n")
    sys.stdout.write(f"of it the test's own code, KiB: {own / 1024:.1f}\n")
    for kib in range(MOST_KIB, 40, -16):
        if live(built, tests, scratch / f"day{kib}", kib, hours) is None:
            break
        least = kib
    sys.stdout.write(f"least heap that {hours} hours run in, test's code and all: {least} KiB\n")


def print_moments(place: Path) -> None:
    """The most that lives in a provisioned board, stage by stage, beside a real Mosquitto."""
    lived = board_heap.live(place, 128, probe=True)
    sys.stdout.write(f"a provisioned board in -X heapsize=128k ({lived.pool / 1024:.1f} KiB), ")
    sys.stdout.write(f"KiB in use with at most {board_heap.COLLECT_BYTES} bytes of garbage\n")
    for stage, most in lived.peaks.items():
        sys.stdout.write(f"{most / 1024:>8.1f}  {stage}\n")
    if lived.settled is not None:
        sys.stdout.write(f"{lived.settled / 1024:>8.1f}  between two samples\n")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=5000, help="for the ring's rates")
    parser.add_argument("--hours", type=int, default=6, help="simulated, for the least heap")
    parser.add_argument("--only", choices=["heap"], help="the worst moments of a board's heap")
    parser.add_argument("--quick", action="store_true", help="only shows that it runs")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.records, chosen.hours = 300, 1
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        print_moments(scratch / "board")
        if chosen.only == "heap":
            return
        shipped, tests = ship_with_stage(scratch / "joined", scratch / "node")
        ship(scratch / "mpy", beside={WORK.stem: WORK.read_text()}, kept_beside=scratch / "work")
        report = live(shipped, tests, scratch / "day", MOST_KIB, chosen.hours)
        if report is None:
            sys.exit(f"the node does not last {chosen.hours} hours in {MOST_KIB} KiB")
        print_modules(scratch / "mpy", [*program.JOINED, *report["modules"]])
        told = scratch / "work" / WORK.name  # it has learnt the new names
        given = ("work", str(scratch / "ring"), str(chosen.records))
        rates = node(scratch / "mpy", *given, script=told)
        for what, rate in rates.items():
            sys.stdout.write(f"{what}: {rate:,.0f}{'' if what.endswith('ms') else ' /s'}\n")
        print_heap(shipped, tests, scratch, report, chosen.hours)


if __name__ == "__main__":
    main()
