"""Disks that fall ill under a running gateway: full, read-only, or slow; for real, then mended."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

FSYNC_S: Final = 5.0
QUICK: Final = 12
"""So many fsyncs of each thread are quick: a gateway needs them to start."""

BALLAST: Final = "ballast"


class Disk(Protocol):
    """Where a gateway's data lies."""

    def wrapped(self, command: list[str]) -> list[str]:
        """The command as it must be run to see the disk."""
        ...

    def fall_ill(self) -> None:
        """From now on nothing can be written as it should be."""
        ...

    def mend(self) -> bool:
        """All is well again; True where the gateway has to be started anew for that."""
        ...

    def taken_out(self) -> Path:
        """A copy of what is on it, where the test can see it."""
        ...


class FullDisk:
    """A tmpfs of 48 MiB in a mount namespace of its own, filled to the last byte.

    Args:
        data: The gateway's data folder; what is in it is copied onto the disk.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        words = 'cp -a "$1" "$1.before" && mount -t tmpfs -o size=48m none "$1"'
        words += ' && cp -a "$1.before/." "$1" && echo ready && exec sleep infinity'
        self._holder = subprocess.Popen(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", words, "sh", str(data)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n", "no tmpfs could be mounted"

    def wrapped(self, command: list[str]) -> list[str]:
        return [
            "nsenter", "--preserve-credentials", "--user", "--mount",
            f"--target={self._holder.pid}", f"--wdns={Path.cwd()}", *command,
        ]  # fmt: skip

    def _run(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(self.wrapped(list(command)), check=False, capture_output=True)

    def fall_ill(self) -> None:
        done = self._run("dd", "if=/dev/zero", f"of={self._data / BALLAST}", "bs=4k")
        assert b"No space left" in done.stderr, done.stderr

    def mend(self) -> bool:
        assert self._run("rm", str(self._data / BALLAST)).returncode == 0
        return False

    def taken_out(self) -> Path:
        out = self._data.with_name("taken-out")
        assert self._run("cp", "-a", str(self._data), str(out)).returncode == 0
        return out

    def close(self) -> None:
        self._holder.kill()
        self._holder.wait()
        if self._holder.stdout is not None:
            self._holder.stdout.close()


class ReadOnlyDisk:
    """An ext4 in a loop device, which the kernel makes read-only after an error, as it would.

    Args:
        data: The gateway's data folder; what is in it is copied onto the disk.
    """

    def __init__(self, data: Path) -> None:
        assert os.geteuid() == 0, "a loop device needs root; run this test as root"
        self._data, self._image = data, data.with_name("disk.img")
        before = data.with_name("before")
        shutil.copytree(data, before)
        self._image.touch()
        os.truncate(self._image, 64 << 20)
        _do("mkfs.ext4", "-q", str(self._image))
        self._mount()
        shutil.copytree(before, data, dirs_exist_ok=True)
        _do("sync", "--file-system", str(data))

    def _mount(self) -> None:
        _do("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self._data))

    def wrapped(self, command: list[str]) -> list[str]:
        return command

    def fall_ill(self) -> None:
        source = _do("findmnt", "-n", "-o", "SOURCE", "--target", str(self._data)).strip()
        assert source.startswith("/dev/loop"), source
        Path("/sys/fs/ext4", Path(source).name, "trigger_fs_error").write_text("1")
        with contextlib.suppress(OSError):
            (self._data / BALLAST).touch()
            raise AssertionError("the disk can still be written")

    def mend(self) -> bool:
        _do("umount", str(self._data))
        found = subprocess.run(
            ["e2fsck", "-fy", str(self._image)], check=False, capture_output=True
        )
        assert found.returncode in {0, 1}, found.stdout
        self._mount()
        return True

    def taken_out(self) -> Path:
        return self._data

    def close(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            _do("umount", "--lazy", str(self._data))


class SlowDisk:
    """Every fsync takes five seconds, from the moment the gateway has started on.

    Args:
        data: The gateway's data folder.
    """

    def __init__(self, data: Path) -> None:
        self._data, self._log = data, data.with_name("strace.log")

    def wrapped(self, command: list[str]) -> list[str]:
        return [
            "strace", "-f", "-qq", "-o", str(self._log), "--seccomp-bpf",
            "-e", "trace=fsync,fdatasync",
            "-e", f"inject=fsync,fdatasync:delay_enter={FSYNC_S * 1e6:.0f}:when={QUICK + 1}+",
            *command,
        ]  # fmt: skip

    def fall_ill(self) -> None:
        """It falls ill by itself."""

    def mend(self) -> bool:
        return False

    def taken_out(self) -> Path:
        return self._data

    def close(self) -> None:
        """Nothing is left."""


KINDS: Final[Mapping[str, Any]] = {
    "full": FullDisk,
    "read-only": ReadOnlyDisk,
    "slow": SlowDisk,
}


@contextlib.contextmanager
def sick_disk(kind: str, data: Path) -> Iterator[Any]:
    """A disk of a kind, for a gateway's data folder."""
    disk = KINDS[kind](data)
    try:
        yield disk
    finally:
        disk.close()


def _do(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)
    return done.stdout
