"""Real processes of a plant with one board: gateway, and the board's own program in its folder."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Gateway:
    """`hinoban run` of a site.

    Args:
        config: The site's file.
        command: What to start instead.
    """

    def __init__(self, config: Path, command: list[str] | None = None) -> None:
        log = (config.parent / "gateway.log").open("a")
        self.process = subprocess.Popen(
            command or [sys.executable, "-m", "gateway.cli", "run", "--config", str(config)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
        )  # fmt: skip
        log.close()
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("ready"), (
            config.parent / "gateway.log"
        ).read_text()

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(15)
        assert self.process.stdout is not None
        self.process.stdout.close()


class BoardProcess:
    """A board in a folder: it is started again whenever it ends, as a watchdog would.

    Its heap is what a board has for its program, 128 KiB, and 64 KiB more for TLS.
    """

    def __init__(self, folder: Path) -> None:
        beside = Path(sys.executable).with_name("micropython")
        found = str(beside) if beside.exists() else shutil.which("micropython")
        self.command = [sys.executable] if found is None else [found, "-X", "heapsize=192k"]
        self.folder = folder
        self.values: dict[str, float] = {"temp_1_degc": 20.0, "temp_2_degc": 21.0, "co_ppm": 5.0}
        self.starts = 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._yard, self._run)]
        self._feed(0)
        for thread in self._threads:
            thread.start()

    def output(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "out").read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(10)

    def _feed(self, number: int) -> None:
        part = self.folder / "feed.part"
        part.write_text(json.dumps({"n": number, "v": self.values}))
        part.replace(self.folder / "feed")

    def _yard(self) -> None:
        number = 0
        while not self._over.wait(0.2):
            number += 1
            self._feed(number)

    def _run(self) -> None:
        with (self.folder / "log").open("a") as log:
            while not self._over.is_set():
                self.starts += 1
                process = subprocess.Popen(
                    [*self.command, "main.py"], cwd=self.folder, stderr=log, stdout=log
                )
                while process.poll() is None and not self._over.wait(0.05):
                    pass
                process.kill()
                process.wait(10)
