"""Blocks of a littlefs that are programmed past it, in place.

A file of exactly one block has all its bytes in that block and no pointer of littlefs among them.
While the file exists, littlefs writes nothing there, so that the block can be programmed and
erased raw, where littlefs itself would copy it for each record. The file's name says where its
block is. That it still is so is proved once in each boot, by reading through littlefs what was
programmed past it; until then only a block that begins with the store's own marker is touched.

A littlefs that loses its directory forgets the files, while their blocks are still in the flash.
Such an orphan is read for as long as nothing is written over it, and never written.
"""

import array
import os

import blocks
import files
import flash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import Data, Device

_NOWHERE = 0xFFFF  # its file was not found in the flash: it is programmed as a file
_UNMADE = 0xFFFE
_RESERVE_BYTES = 320 * 1024  # left to the next release, config and certificates
_CHUNK = 256


class ClaimedBlocks(blocks.FileBlocks):
    """Files of one block each, programmed raw where their block was found.

    Args:
        directory: Where the files are, on a littlefs.
        limit_bytes: The most they may take [bytes]; less where that littlefs has no room.
        device: The flash under that littlefs.
    """

    def __init__(self, directory: str, limit_bytes: int, device: "Device") -> None:
        self.directory = directory
        self.size = blocks.BLOCK
        self._flash = flash.Pages(device)
        self._device_blocks = flash.device_blocks(device)
        self._search_at = 0
        most = min(blocks.MOST, self._device_blocks, limit_bytes // self.size)
        self._where = array.array("H", b"\xfe\xff" * most)
        self.count = made = 0
        import folders  # once in a start

        for name in folders.each(directory):  # once: a large directory takes a board long to read
            if _is_claim(name):
                index = int(name[1:5], 16)
                while index >= len(self._where):
                    self._where.append(_UNMADE)
                self._where[index] = int(name[6:], 16)
                self.count = max(self.count, index + 1)
                made += 1
        if self.count < most:
            reserve = min(_RESERVE_BYTES, self._device_blocks * self.size // 2)
            room = max(0, folders.free_bytes(directory) - reserve) // self.size
            self.count = max(self.count, min(most, made + room))
        self._proved = bytearray(self.count)
        self.orphans: "list[int]" = []  # blocks that littlefs has forgotten
        self._find_orphans()

    def exists(self, index: int) -> bool:
        """Whether the block has a file."""
        return self._where[index] != _UNMADE

    def adopt(self, index: int) -> None:
        """Copy an orphan into a file of its own.

        Raises:
            OSError: The flash is full or refused.
        """
        import header

        data = bytearray(self.size)
        self.read(index, 0, data)
        data[:16] = header.marker(index, 1)
        self._make(index, data)

    def read(self, index: int, offset: int, buffer: "bytearray | memoryview") -> None:
        """Fill a buffer from a block."""
        if self._where[index] < _UNMADE:
            self._flash.read(self._where[index], offset, buffer)
        else:
            super().read(index, offset, buffer)

    def program(self, index: int, offset: int, data: "Data") -> None:
        """Clear the bits of a block that are 0 in ``data``.

        Raises:
            OSError: The flash refused, or the file is not where its name says.
        """
        if self._where[index] >= _UNMADE:
            super().program(index, offset, data)
            return
        if index in self.orphans:
            raise OSError(5, "block %d is not in the littlefs" % index)
        self._flash.program(self._where[index], offset, data)
        if not self._proved[index]:
            self._prove(index, offset, len(data))

    def erase(self, index: int, marker: bytes) -> None:
        """Erase a block and begin it with a marker; make its file when it is not proved.

        Raises:
            OSError: The flash is full or refused.
        """
        where = self._where[index]
        if where < _UNMADE and self._proved[index]:
            self._flash.erase(where)
            self._flash.program(where, 0, marker)
        else:
            self._make(index, marker)

    def _make(self, index: int, begin: "bytes | bytearray") -> None:
        """Make a block's file, and look for the block that littlefs gave it."""
        files.remove(self._path(index))
        self._where[index], self._proved[index] = _UNMADE, 0
        fresh = self.directory + "/fresh"
        with open(fresh, "wb") as file:
            file.write(begin)
            for at in range(len(begin), self.size, _CHUNK):
                file.write(b"\xff" * min(_CHUNK, self.size - at))
        where = self._search(begin[:16])
        os.rename(fresh, _path(self.directory, index, where))
        self._where[index] = where
        if index in self.orphans:
            self.orphans.remove(index)

    def _find_orphans(self) -> None:
        """Take up blocks that begin with a marker and have no file."""
        import remains  # at a start it is needed anyway

        seen = bytearray(16)
        for block in range(self._device_blocks):
            self._flash.read(block, 0, seen)
            index = remains.index_of(seen)
            if 0 <= index < self.count and self._where[index] == _UNMADE:
                self._where[index] = block
                self.orphans.append(index)

    def _search(self, marker: "bytes | bytearray") -> int:
        """The block of the flash that begins with a marker; no two are alike."""
        found = bytearray(len(marker))
        for step in range(self._device_blocks):
            block = (self._search_at + step) % self._device_blocks
            self._flash.read(block, 0, found)
            if found == marker:
                self._search_at = block + 1
                return block
        return _NOWHERE

    def _prove(self, index: int, offset: int, length: int) -> None:
        """Read through littlefs what was programmed past it.

        Raises:
            OSError: It is not there, so the block is not this file's. It never is again.
        """
        raw, seen = bytearray(length), bytearray(length)
        self._flash.read(self._where[index], offset, raw)
        super().read(index, offset, seen)
        if raw != seen:
            files.remove(self._path(index))
            self._where[index] = _UNMADE
            raise OSError(5, "block %d is no longer the store's" % index)
        self._proved[index] = 1

    def _path(self, index: int) -> str:
        return _path(self.directory, index, self._where[index])


def _path(directory: str, index: int, where: int) -> str:
    return "%s/b%04x-%04x" % (directory, index, where)


def _is_claim(name: str) -> bool:
    """Whether a name is of a block's file."""
    return len(name) == 10 and name[0] == "b" and name[5] == "-"
