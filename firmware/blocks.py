"""Blocks of flash, erased whole and programmed piece by piece: a partition, or files.

A face has `count` blocks of `size` bytes. Programming flash can only clear bits, so what is
programmed twice between two erases must not differ.
"""

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Data = bytes | bytearray | memoryview
    # A block device as MicroPython has them: readblocks(block, buffer, offset), writeblocks
    # alike, ioctl(operation, argument). It has no type in the stubs of any port.
    Device = Any


BLOCK = 4096
MOST = 0xFFF0  # a block's index has 16 bits
_PAGE = 256
_COUNT, _SIZE, _ERASE = 4, 5, 6
_LEAST = 512
_FEWEST = 4


class FileBlocks:
    """Each block a file of its own: for hosts, and for flash that cannot be reached raw.

    On littlefs each program then costs about one erase, where raw flash needs one in a hundred.

    Args:
        directory: Where the files are.
        limit_bytes: The most they may take [bytes]; a store that has more already keeps it.
        size: Size of a block [bytes]; by default smaller in a small store.
    """

    def __init__(self, directory: str, limit_bytes: int, size: "int | None" = None) -> None:
        self.directory = directory
        self.size = size or max(_LEAST, min(BLOCK, limit_bytes // 16))
        self.count = max(_FEWEST, min(MOST, limit_bytes // self.size))
        for name in files.each(directory):
            if len(name) == 5 and name[0] == "b":
                self.count = max(self.count, min(MOST, int(name[1:], 16) + 1))

    def exists(self, index: int) -> bool:
        """Whether the block was ever erased, so that it may hold something."""
        return files.exists(self._path(index))

    def read(self, index: int, offset: int, buffer: "bytearray | memoryview") -> None:
        """Fill a buffer from a block; what cannot be read looks erased."""
        got = 0
        try:
            with open(self._path(index), "rb") as file:
                file.seek(offset)
                got = file.readinto(buffer) or 0  # type: ignore[attr-defined]
        except OSError:
            pass
        for at in range(got, len(buffer)):
            buffer[at] = 0xFF

    def program(self, index: int, offset: int, data: "Data") -> None:
        """Write bytes and wait until flash has them.

        Raises:
            OSError: Flash is full or broken.
        """
        with open(self._path(index), "r+b") as file:
            file.seek(offset)
            file.write(data)
            files.sync(file)

    def erase(self, index: int, marker: bytes) -> None:
        """Erase a block, or make it, and begin it with a marker.

        Raises:
            OSError: Flash is full or broken.
        """
        files.write(self._path(index), marker)

    def _path(self, index: int) -> str:
        return "%s/b%04x" % (self.directory, index)


class RawBlocks:
    """The blocks of a partition that is the store's alone.

    Args:
        device: The partition.
        limit_bytes: The most to use of it [bytes].
    """

    def __init__(self, device: "Device", limit_bytes: int) -> None:
        self.size = int(device.ioctl(_SIZE, 0) or BLOCK)
        self.count = min(device_blocks(device), limit_bytes // self.size, MOST)
        self._flash = Pages(device)

    def exists(self, index: int) -> bool:
        """Every block of a partition may hold something."""
        return True

    def read(self, index: int, offset: int, buffer: "bytearray | memoryview") -> None:
        """Fill a buffer from a block."""
        self._flash.read(index, offset, buffer)

    def program(self, index: int, offset: int, data: "Data") -> None:
        """Clear the bits of a block that are 0 in ``data``.

        Raises:
            OSError: The flash refused.
        """
        self._flash.program(index, offset, data)

    def erase(self, index: int, marker: bytes) -> None:
        """Erase a block and begin it with a marker.

        Raises:
            OSError: The flash refused.
        """
        self._flash.erase(index)
        self._flash.program(index, 0, marker)


class Pages:
    """A block device, programmed in whole pages, since the RP2's takes nothing else.

    The bytes around are programmed as 0xFF, which leaves them as they are.
    """

    def __init__(self, device: "Device") -> None:
        self._device = device
        self._page = bytearray(_PAGE)
        self._blank = b"\xff" * _PAGE

    def read(self, block: int, offset: int, buffer: "bytearray | memoryview") -> None:
        """Fill a buffer from a block; what cannot be read looks damaged."""
        try:
            self._device.readblocks(block, buffer, offset)
        except OSError:
            for at in range(len(buffer)):
                buffer[at] = 0

    def program(self, block: int, offset: int, data: "Data") -> None:
        """Program bytes, page by page."""
        done = 0
        while done < len(data):
            at = (offset + done) % _PAGE
            length = min(_PAGE - at, len(data) - done)
            self._page[:] = self._blank
            self._page[at : at + length] = data[done : done + length]
            self._device.writeblocks(block, self._page, offset + done - at)
            done += length

    def erase(self, block: int) -> None:
        """Erase a block: tens of milliseconds, 400 at worst."""
        self._device.ioctl(_ERASE, block)


def device_blocks(device: "Device") -> int:
    """How many blocks a device has."""
    return int(device.ioctl(_COUNT, 0) or 0)


def open_blocks(
    directory: str, limit_bytes: int, raw: "tuple[Device, bool] | None"
) -> "FileBlocks | RawBlocks":
    """The best blocks there are.

    Args:
        directory: Where files of the store are.
        limit_bytes: The most the blocks may take [bytes].
        raw: A block device, and whether it is the store's alone; else it is the one under the
            littlefs that holds ``directory``. None where no flash can be reached raw.
    """
    if raw is None or limit_bytes < _FEWEST * BLOCK:
        return FileBlocks(directory, limit_bytes)
    if raw[1]:
        return RawBlocks(raw[0], limit_bytes)
    import claims  # only boards need it

    return claims.ClaimedBlocks(directory, limit_bytes, raw[0])
