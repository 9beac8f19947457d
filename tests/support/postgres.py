"""A real PostgreSQL server of a test's own: in a temporary folder, ended with the test."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from ports import free_port

from gateway.config_footprint import FootprintServer
from gateway.footprint.store import FootprintStore

_WITHIN_S = 60.0


class Postgres:
    """A server that can be killed, frozen and started again; what it committed stays.

    The Debian package `postgresql` holds it. It refuses to run as root: then it runs as `nobody`.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self.port = free_port()
        self.password = secrets.token_hex(8)
        # It ends with the tests, however those end.
        self._as = ["setpriv", "--pdeathsig=KILL"]
        if os.geteuid() == 0:
            self._as += ["--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            shutil.chown(self.folder, "nobody", "nogroup")
        word = self.folder / "word"
        word.write_text(self.password)
        word.chmod(0o644)
        self._do(
            "initdb", "--no-sync", "--pgdata", self.data, "--username=keeper",
            "--auth=scram-sha-256", f"--pwfile={word}", "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self.sql(f"CREATE ROLE hinoban LOGIN PASSWORD '{self.password}'")
        self.sql("CREATE DATABASE footprint OWNER hinoban")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [*self._as, _program("postgres"), "-D", str(self.data), "-p", str(self.port),
             "-h", "127.0.0.1", "-k", str(self.folder), "-c", "shared_buffers=1MB",
             "-c", "max_connections=40", "-c", "autovacuum=off", "-c", "wal_level=minimal",
             "-c", "max_wal_senders=0"],
            stdout=log, stderr=log, cwd="/", start_new_session=True,
        )  # fmt: skip
        log.close()
        until = time.monotonic() + _WITHIN_S
        while self._asked("SELECT 1", "postgres").returncode:
            if time.monotonic() > until or self._process.poll() is not None:
                raise AssertionError((self.folder / "log").read_text())
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            for pid in self._group():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Let it answer nothing, its connections open."""
        for pid in self._group():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for pid in self._group():
            os.kill(pid, signal.SIGCONT)

    def sql(self, text: str, database: str = "postgres") -> str:
        """What the administrator is answered."""
        done = self._asked(text, database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def settings(self, **other: Any) -> FootprintServer:
        """As the site's file names it."""
        word = self.folder / "password"
        word.write_text(self.password + "\n")
        named = {"host": "127.0.0.1", "port": self.port, "password_file": word, **other}
        return FootprintServer.model_validate(named)

    def store(self, site: str = "example", **other: Any) -> FootprintStore:
        """The footprint database of a site's unit."""
        return FootprintStore.on(self.settings(**other), site, "unit1")

    def close(self) -> None:
        """End it, and leave nothing."""
        self.kill()
        shutil.rmtree(self.folder)

    def _group(self) -> list[int]:
        """The server and its children, each of which is a session of its own."""
        assert self._process is not None
        parent = self._process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        return [parent, *map(int, children.split())]

    def _asked(self, text: str, database: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PGPASSWORD": self.password}
        return subprocess.run(
            [_program("psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "keeper",
             "-d", database, "-Atqc", text],
            check=False, capture_output=True, text=True, env=environment, cwd="/",
        )  # fmt: skip

    def _do(self, name: str, *arguments: Any) -> None:
        done = subprocess.run(
            [*self._as, _program(name), *map(str, arguments)],
            check=False, capture_output=True, text=True, cwd="/",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def _program(name: str) -> str:
    """A program of the newest PostgreSQL here; a test without one fails."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    assert found, f"there is no {name}: install Debian's package postgresql"
    return str(found[-1])
