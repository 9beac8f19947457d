"""A board on a USB cable as the place of an outfit, through mpremote."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.boards.errors import BoardError
from gateway.boards.outfit import CONFIG, Holds
from gateway.boards.settings import RING

OLDEST: Final = (1, 24)
"""The oldest MicroPython that boards run."""

PORTS: Final = {"esp32": "esp32", "rp2": "rp2", "linux": "unix"}
"""What MicroPython calls its platform -> port."""

_BACK_S: Final = 20.0
_LONGEST_S: Final = 60.0
_LOOK_S: Final = 0.3

_SURVEY: Final = f"""
import json, os, sys
def names(path):
    try:
        return os.listdir(path)
    except OSError:
        return []
try:
    with open({CONFIG!r}) as file:
        board = json.load(file).get("board")
except (OSError, ValueError, AttributeError):
    board = None
print(json.dumps({{"platform": sys.platform, "version": list(sys.implementation.version[:3]),
    "board": board, "ring": len(names({RING!r})) > 0,
    "starts": "main.py" in names(".")}}))
"""
_HOLD: Final = "open('hold', 'w').close()"
_REMOVE: Final = """
import os
def remove(path):
    try:
        names = os.listdir(path) if os.stat(path)[0] & 0x4000 else None
    except OSError:
        return
    if names is None:
        os.remove(path)
        return
    for name in names:
        remove(path + "/" + name)
    os.rmdir(path)
for name in {names!r}:
    remove(name)
"""
_FOLDER: Final = """
import os
try:
    os.mkdir({name!r})
except OSError as error:
    if error.errno != 17:
        raise
"""
_DIGESTS: Final = """
import binascii, hashlib, json
block = bytearray(512)
view = memoryview(block)
for name in {names!r}:
    digest = hashlib.sha256()
    try:
        with open(name, "rb") as file:
            while True:
                n = file.readinto(block)
                if not n:
                    break
                digest.update(view[:n])
        print(name, binascii.hexlify(digest.digest()).decode())
    except OSError:
        print(name, "-")
"""


class Cable:
    """A board on a serial port.

    Args:
        device: The port, such as ``/dev/ttyUSB0``.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._folders: set[str] = set()

    def look(self) -> Holds:
        """What is there already; the board's program stops, and its watchdog with it.

        Raises:
            BoardError: No board answers, or it runs something else than MicroPython 1.24.
        """
        found = json.loads(self._run(_SURVEY))
        version = tuple(found["version"][:2])
        if found["platform"] not in PORTS or version < OLDEST:
            raise BoardError(
                f"{self._device}: MicroPython {'.'.join(map(str, found['version']))} on "
                f"{found['platform']}; boards run {OLDEST[0]}.{OLDEST[1]} or later on ESP32 or "
                "RP2: write that firmware first"
            )
        if found["starts"]:
            # A watchdog that runs cannot be stopped: stage one starts none where it is held.
            self._run(_HOLD)
            self._restart()
        return Holds(PORTS[found["platform"]], found["board"], found["ring"])

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files in their order; their folders are made.

        Raises:
            BoardError: One cannot be written.
        """
        for folder in dict.fromkeys(name.rpartition("/")[0] for name in files if "/" in name):
            if folder not in self._folders:
                self._run(_FOLDER.format(name=folder))
                self._folders.add(folder)
        # The folder of the copies is closed to others: some of these are keys.
        with tempfile.TemporaryDirectory() as place:
            words: list[str] = []
            for n, (name, content) in enumerate(files.items()):
                copy = Path(place) / str(n)
                copy.write_bytes(content)
                words += ["+", "fs", "cp", str(copy), f":{name}"]
            self._mpremote(*words[1:])

    def remove(self, *names: str) -> None:
        """Remove files or folders; nothing happens where there are none.

        Raises:
            BoardError: One cannot be removed.
        """
        self._run(_REMOVE.format(names=names))
        self._folders.difference_update(names)

    def check(self, digests: dict[str, str]) -> list[str]:
        """Names whose content is not that of the SHA-256 given.

        Raises:
            BoardError: It cannot be read back.
        """
        lines = self._run(_DIGESTS.format(names=list(digests))).splitlines()
        read = dict(line.split() for line in lines if line)
        return [name for name, digest in digests.items() if read.get(name) != digest]

    def finish(self) -> None:
        """Start the board's program.

        Raises:
            BoardError: The board is gone.
        """
        self.remove("hold")
        self._mpremote("reset")

    def _restart(self) -> None:
        """Reset the board, and wait until it answers again: its USB port may come and go."""
        self._mpremote("reset")
        deadline = time.monotonic() + _BACK_S
        while True:
            time.sleep(_LOOK_S)
            try:
                self._run("print()")
            except BoardError:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def _run(self, code: str) -> str:
        """What a piece of MicroPython prints on the board."""
        return self._mpremote("exec", code)

    def _mpremote(self, *words: str) -> str:
        command = [sys.executable, "-m", "mpremote", "connect", self._device, "resume", *words]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired as err:
            raise BoardError(
                f"{self._device}: the board does not answer after {_LONGEST_S:g} s; unplug it, "
                "plug it in again and repeat"
            ) from err
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2]
            if "No module named" in said and "mpremote" in said:
                said = "mpremote is missing; install it with pip install 'hinoban[boards]'"
            raise BoardError(
                f"{self._device}: {said}; check the cable and that nothing else uses it"
            )
        return done.stdout
