"""`hinoban demo` as a person starts it: a process of its own, watched by what it prints."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
from ports import free_port

ROOT = Path(__file__).resolve().parents[2]
Found = TypeVar("Found")


class Demo:
    """The demo in a folder of its own; a context, at whose end nothing of it runs.

    Args:
        directory: Where it writes.
        scenario: A scenario's name, or the path of a TOML file.
    """

    def __init__(self, directory: Path, scenario: str) -> None:
        self.directory = directory
        self.scenario = scenario
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._console = directory.with_suffix(".console")

    def __enter__(self) -> "Demo":
        with self._console.open("w") as console:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli", "demo", "--scenario", self.scenario,
                 "--port", str(self.port), "--directory", str(self.directory)],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                start_new_session=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
        try:
            self.wait("the demo to be ready", lambda: "Ctrl-C stops" in self.said(), within_s=60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()

    def stop(self) -> int:
        """Ctrl-C, and its exit code."""
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(timeout=30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def said(self) -> str:
        """Everything on its console so far."""
        return self._console.read_text()

    def password(self, name: str) -> str:
        """What the console told the person to sign in with."""
        found = re.search(rf"sign in as {name} \(\w+\) with the password (\S+)", self.said())
        assert found, self.said()
        return found[1]

    @contextlib.contextmanager
    def client(self, name: str | None = None) -> Iterator[httpx.Client]:
        """A client of the API, signed in as that person, or as nobody."""
        with httpx.Client(base_url=f"{self.url}/api/v1", trust_env=False, timeout=20) as client:
            if name is not None:
                word = self.password(name)
                answer = client.post("/session", json={"name": name, "password": word})
                client.headers["X-CSRF-Token"] = answer.raise_for_status().json()["csrf"]
            yield client

    def horns(self, board: str) -> list[dict[str, Any]]:
        """What the yard heard from a board's alarm output, in order."""
        lines = (self.directory / "yard.jsonl").read_text().splitlines()
        notes = [json.loads(line) for line in lines if line.endswith("}")]
        return [n for n in notes if n["kind"] == "horn" and n["board"] == board]

    def output(self, board: str) -> dict[str, Any]:
        """The board's alarm output as it is now."""
        return dict(json.loads((self.directory / "feed" / f"{board}.out").read_text()))

    def wait(self, what: str, found: Callable[[], Found], *, within_s: float) -> Found:
        """Poll until something is found."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise AssertionError(f"the demo ended while waiting for {what}: {self.said()}")
            if result := found():
                return result
            time.sleep(0.2)
        raise AssertionError(f"waited {within_s:g} s in vain for {what}: {self.said()[-2000:]}")
