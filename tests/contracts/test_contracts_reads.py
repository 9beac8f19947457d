"""Nothing but reads reaches a Modbus server, and no server can hide what it was sent."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.modbus import WITNESS

ROOT = Path(__file__).parents[2]

LISTENS = re.compile(
    r"\b(start_server(?!\(lambda)|create_server|connect_accepted_socket|openpty|listen)\("
)
READS_REQUESTS = re.compile(r"""unpack(_from)?\(\s*">(HHHB|BBHH|BHH)|HEADER\.unpack""")
TESTIFIES = re.compile(r"\b(testify|Requests|Bus)\b")

A_TEST = """
import asyncio
import struct

from simulators.fieldbus.bus import Bus
from simulators.fieldbus.device import device_of
from simulators.fieldbus.tcp import TcpLine


def test_that_passes():
    async def main():
        field = {"register": "holding", "address": 0, "type": "uint16"}
        device = device_of({"name": "meter", "field": {"power_kw": field}})
        async with TcpLine(Bus([device], asyncio.get_running_loop().time)) as line:
            reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
            writer.write(struct.pack(">HHHBBHH", 1, 0, 6, 1, FUNCTION, 0, 1))
            assert (await reader.readexactly(9))[7] & 0x7F == FUNCTION
            writer.close()

    asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("function", "fails", "workers"),
    [
        pytest.param(3, False, 0, id="a read"),
        pytest.param(5, True, 0, id="a coil is switched"),
        pytest.param(6, True, 1, id="a register is written, in a worker"),
        pytest.param(16, True, 0, id="registers are written"),
        pytest.param(43, True, 0, id="neither read nor write"),
    ],
)
def test_a_session_that_wrote_fails_though_its_tests_passed(
    function: int, fails: bool, workers: int, tmp_path: Path
) -> None:
    (tmp_path / "test_writing.py").write_text(A_TEST.replace("FUNCTION", str(function)))
    environment = {name: value for name, value in os.environ.items() if name != WITNESS}
    paths = [str(ROOT), str(ROOT / "tests" / "support")]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "modbus_witness",
            "-p",
            "no:cacheprovider",
            "-n",
            str(workers),
        ],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout
    assert (done.returncode != 0) is fails, done.stdout
    assert (f"function code {function} arrived at: fieldbus" in done.stdout) is fails


def test_this_session_is_watched() -> None:
    assert Path(os.environ[WITNESS]).is_dir()


def test_every_server_testifies() -> None:
    silent = []
    for folder in ("simulators", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            if "benchmarks" in path.parts:
                continue  # no part of the suite
            text = path.read_text("utf-8")
            is_server = LISTENS.search(text) and READS_REQUESTS.search(text)
            if is_server and not TESTIFIES.search(text):
                silent.append(str(path.relative_to(ROOT)))
    assert silent == [], "call simulators.modbus.testify for each request these servers are sent"
