"""A release arriving in the slot that does not run: what is there, and what is missing.

Flash alone knows how far it has come, so that a power cut costs at most the head or one chunk. The
head comes first and gets its name only after its signature was checked; the files follow, each
held against its digest when it is whole. Nothing in the slot is run before `check` has found all.
"""

import asyncio
import binascii
import hashlib
import os

import ecdsa
import files
import folders
import release

MAX_CHUNK_BYTES = 1000
_HEAD = "/release"
_PART = "/release.part"
_READ_BYTES = 256
_SPARE_BYTES = 16384  # left free for alarms, settings and crash logs
_BLOCK_BYTES = 4096  # littlefs on both boards


class Staging:
    """One release on its way into one slot.

    Args:
        path: The slot's folder.
        digest: SHA-256 of the manifest that was ordered.
        total: Length of the release [bytes].
        key: The public release key.
    """

    def __init__(self, path: str, digest: bytes, total: int, key: bytes) -> None:
        self.path = path
        self.digest = digest
        self.total = total
        self.key = key
        self.damaged = 0  # files that arrived whole and wrong
        self.offset = 0  # where the next byte belongs, in the release
        self.complete = False  # whether every byte is there; see `check`
        self.release: "release.Release | None" = None
        self._length = 0  # of the head
        self._file = ("", 0, "")  # the first that is not whole
        self._got = 0  # bytes of it
        folders.make_directory(path)
        try:
            if release.seal(path + _HEAD)[0] == digest:
                self.release = release.Release(path + _HEAD)
        except (OSError, release.BadReleaseError):
            pass
        strange = folders.names(path)
        if self.release is not None:
            strange.remove(_HEAD[1:])
            for name, _, _ in self.release.entries():
                if name in strange:
                    strange.remove(name)
        for name in strange:
            files.remove(path + "/" + name)
        self._find()

    async def take(self, offset: int, data: bytes) -> bool:
        """Put a chunk where it belongs; one that belongs elsewhere is left.

        Args:
            offset: Where its first byte stands in the release.
            data: Its bytes.

        Returns:
            Whether it brought the release on.

        Raises:
            BadReleaseError: This release must not come here.
            OSError: Flash refuses.
        """
        if offset != self.offset or not 0 < len(data) <= MAX_CHUNK_BYTES or self.complete:
            return False
        if self.release is None:
            await self._take_head(data)
            return True
        start = 0
        while start < len(data) and not self.complete:
            name, size, digest = self._file
            piece = data[start : start + size - self._got]
            files.write(self.path + "/" + name, piece, "ab")
            start += len(piece)
            self._got += len(piece)
            self.offset += len(piece)
            if self._got == size:
                if not await self._is_whole(name, size, digest):
                    files.remove(self.path + "/" + name)
                    self.damaged += 1
                    start = len(data)
                self._find()
        return True

    async def check(self) -> bool:
        """Hold everything that lies in the slot against the signature, as read from flash.

        Returns:
            Whether the slot may run; what was wrong is gone and will be fetched again.
        """
        if self.release is None or not await self._is_authentic(_HEAD):
            files.remove(self.path + _HEAD)
            self.release, self.offset, self.complete = None, 0, False
            return False
        good = True
        for name, size, digest in self.release.entries():
            if not await self._is_whole(name, size, digest):
                files.remove(self.path + "/" + name)
                self.damaged += 1
                good = False
        self._find()
        return good and len(folders.names(self.path)) == self.release.count + 1  # and the head

    async def _take_head(self, data: bytes) -> None:
        """Gather the head; give it its name once its signature is right."""
        if self.offset == 0:
            self._length = release.head_bytes(bytes(data[:10]))
            if self._length > self.total:
                raise release.BadReleaseError("the release is cut short")
            files.remove(self.path + _PART)
        piece = data[: self._length - self.offset]
        files.write(self.path + _PART, piece, "ab")
        self.offset += len(piece)
        if self.offset < self._length:
            return
        try:
            self.release = await self._judge_head()
        except release.BadReleaseError:
            files.remove(self.path + _PART)
            raise
        os.rename(self.path + _PART, self.path + _HEAD)
        self.release.path = self.path + _HEAD
        self._find()

    async def _judge_head(self) -> release.Release:
        """A release whose head is there, if it may come here."""
        if release.seal(self.path + _PART)[0] != self.digest:
            raise release.BadReleaseError("it is not the release that was ordered")
        if not await self._is_authentic(_PART):
            raise release.BadReleaseError("its signature is not by this site's release key")
        found = release.Release(self.path + _PART)
        if found.total_bytes != self.total:
            raise release.BadReleaseError("its length is not the one that was ordered")
        self._check_space(found)
        return found

    async def _is_authentic(self, name: str) -> bool:
        """Whether a head is the one that was ordered and its signature right."""
        try:
            digest, signature = release.seal(self.path + name)
        except release.BadReleaseError:
            return False
        return digest == self.digest and await ecdsa.check(self.key, digest, signature)

    def _check_space(self, found: release.Release) -> None:
        """Refuse before the first byte what flash has no room for."""
        needed = _SPARE_BYTES
        for _, size, _ in found.entries():
            needed += (size + _BLOCK_BYTES - 1) // _BLOCK_BYTES * _BLOCK_BYTES
        room = os.statvfs(self.path)
        if room[1] * room[4] < needed:
            raise release.BadReleaseError(
                "it needs %d bytes, %d are free" % (needed, room[1] * room[4])
            )

    def _find(self) -> None:
        """Go to the first file that is not whole."""
        if self.release is None:
            return
        self.offset, self.complete = self.release.head_bytes, False
        entries = self.release.entries()
        for name, size, digest in entries:
            path = self.path + "/" + name
            held = folders.size(path)
            if held > size:
                files.remove(path)
                held = 0
            self.offset += held
            if size == 0 and files.read(path) is None:
                files.write(path, b"")
            if held < size:
                self._file, self._got = (name, size, digest), held
                entries.close()
                return
        self.complete = True

    async def _is_whole(self, name: str, size: int, digest: str) -> bool:
        """Whether a file is what the manifest says; the loop runs meanwhile."""
        running = hashlib.sha256()
        try:
            with open(self.path + "/" + name, "rb") as file:  # noqa: ASYNC230, flash has no other
                while True:
                    data = file.read(_READ_BYTES)
                    if not data:
                        break
                    running.update(data)
                    size -= len(data)
                    await asyncio.sleep(0)
        except OSError:
            return False
        return size == 0 and binascii.hexlify(running.digest()).decode() == digest
