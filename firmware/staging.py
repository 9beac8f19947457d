"""A release arriving in the slot that does not run: what is there, and what is missing.

Flash alone knows how far it has come, so that a power cut costs at most the head or one chunk. The
head comes first and is written only after its signature was checked; the files follow, each held
against its digest when it is whole. Nothing in the slot is run before `check` has found all of it.
"""

import asyncio
import binascii
import hashlib
import os

import files
import release

MAX_CHUNK_BYTES = 1000
_HEAD = "/release"
_READ_BYTES = 512
_SPARE_BYTES = 16384  # left free for alarms, settings and crash logs
_BLOCK_BYTES = 4096  # littlefs on both boards


class Staging:
    """One release on its way into one slot.

    Args:
        path: The slot's folder.
        digest: SHA-256 of the manifest that was ordered.
        total: Length of the release [bytes].
    """

    def __init__(self, path: str, digest: bytes, total: int) -> None:
        self.path = path
        self.digest = digest
        self.total = total
        self.damaged = 0  # files that arrived whole and wrong
        self.release: "release.Release | None" = None
        self._head = bytearray()
        self._got = 0  # bytes of the head, or of the file at `_at`
        self._at = 0
        files.make_directory(path)
        head = files.read(path + _HEAD)
        if head is not None:
            try:
                if release.digest(head) == digest:
                    self.release = release.Release(head)
            except release.BadReleaseError:
                pass
        self._tidy()
        self._find()

    @property
    def offset(self) -> int:
        """Where the next byte belongs, in the release."""
        if self.release is None:
            return self._got
        done = sum([size for _, size, _ in self.release.files[: self._at]])
        return self.release.head_bytes + done + self._got

    @property
    def complete(self) -> bool:
        """Whether every byte is there; see `check`."""
        return self.release is not None and self._at == len(self.release.files)

    async def take(self, offset: int, data: bytes, key: bytes) -> bool:
        """Put a chunk where it belongs; one that belongs elsewhere is left.

        Args:
            offset: Where its first byte stands in the release.
            data: Its bytes.
            key: The public release key.

        Returns:
            Whether it brought the release on.

        Raises:
            BadReleaseError: This release must not come here.
            OSError: Flash refuses.
        """
        if offset != self.offset or not 0 < len(data) <= MAX_CHUNK_BYTES or self.complete:
            return False
        if self.release is None:
            await self._take_head(data, key)
            return True
        start = 0
        while start < len(data) and not self.complete:
            name, size, _ = self.release.files[self._at]
            piece = data[start : start + size - self._got]
            files.write(self.path + "/" + name, piece, "ab")
            start += len(piece)
            self._got += len(piece)
            if self._got == size and not await self._file_is_whole(self._at):
                files.remove(self.path + "/" + name)
                self._got = 0
                self.damaged += 1
                return True
            self._find()
        return True

    async def check(self, key: bytes) -> bool:
        """Hold everything that lies in the slot against the signature, as read from flash.

        Returns:
            Whether the slot may run; what was wrong is gone and will be fetched again.
        """
        head = files.read(self.path + _HEAD)
        if self.release is None or head is None or release.digest(head) != self.digest:
            good = False
        else:
            good = await release.authentic(head, key)
        if not good or self.release is None:
            files.remove(self.path + _HEAD)
            self.release, self._got = None, 0
            return False
        for at in range(len(self.release.files)):
            if not await self._file_is_whole(at):
                files.remove(self.path + "/" + self.release.files[at][0])
                self.damaged += 1
                good = False
        known = [name for name, _, _ in self.release.files] + [_HEAD[1:]]
        self._find()
        return good and sorted(known) == files.names(self.path)

    async def _take_head(self, data: bytes, key: bytes) -> None:
        """Gather the head in memory; write it down once its signature is right."""
        if self._got == 0:
            length = release.head_bytes(bytes(data[:10]))
            if length > self.total:
                raise release.BadReleaseError("the release is cut short")
            self._head = bytearray(length)
        piece = data[: len(self._head) - self._got]
        self._head[self._got : self._got + len(piece)] = piece
        self._got += len(piece)
        if self._got < len(self._head):
            return
        head, self._head, self._got = bytes(self._head), bytearray(), 0
        if release.digest(head) != self.digest:
            raise release.BadReleaseError("it is not the release that was ordered")
        if not await release.authentic(head, key):
            raise release.BadReleaseError("its signature is not by this site's release key")
        found = release.Release(head)
        if found.total_bytes != self.total:
            raise release.BadReleaseError("its length is not the one that was ordered")
        self._check_space(found)
        files.replace(self.path + _HEAD, head)
        self.release = found
        self._find()

    def _check_space(self, found: release.Release) -> None:
        """Refuse before the first byte what flash has no room for."""
        needed = _SPARE_BYTES + _BLOCK_BYTES
        for _, size, _ in found.files:
            needed += (size + _BLOCK_BYTES - 1) // _BLOCK_BYTES * _BLOCK_BYTES
        room = os.statvfs(self.path)
        free = room[1] * room[4]
        if free < needed:
            raise release.BadReleaseError("it needs %d bytes, %d are free" % (needed, free))

    def _tidy(self) -> None:
        """Remove what is not of this release."""
        known = [] if self.release is None else [name for name, _, _ in self.release.files]
        for name in files.names(self.path):
            if name not in known and (name != _HEAD[1:] or self.release is None):
                files.remove(self.path + "/" + name)

    def _find(self) -> None:
        """Go to the first file that is not whole."""
        if self.release is None:
            return
        for at in range(len(self.release.files)):
            name, size, _ = self.release.files[at]
            path = self.path + "/" + name
            held = files.size(path)
            if held > size:
                files.remove(path)
                held = 0
            if size == 0 and name not in files.names(self.path):
                files.write(path, b"")
            if held < size:
                self._at, self._got = at, held
                return
        self._at, self._got = len(self.release.files), 0

    async def _file_is_whole(self, at: int) -> bool:
        """Whether a file is what the manifest says; the loop runs meanwhile."""
        if self.release is None:
            return False
        name, size, digest = self.release.files[at]
        running = hashlib.sha256()
        held = 0
        try:
            with open(self.path + "/" + name, "rb") as file:  # noqa: ASYNC230, flash has no other
                while True:
                    data = file.read(_READ_BYTES)
                    if not data:
                        break
                    running.update(data)
                    held += len(data)
                    await asyncio.sleep(0)
        except OSError:
            return False
        return held == size and binascii.hexlify(running.digest()).decode() == digest
