"""Blocks of flash, erased whole and programmed piece by piece; here, each a file of its own.

A face has `count` blocks of `size` bytes. Programming flash can only clear bits, so what is
programmed twice between two erases must not differ.
"""

import sys

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from flash import RawBlocks

    Data = bytes | bytearray | memoryview
    # A block device as MicroPython has them: readblocks(block, buffer, offset), writeblocks
    # alike, ioctl(operation, argument). It has no type in the stubs of any port.
    Device = Any


BLOCK = 4096
MOST = 0xFFF0  # a block's index has 16 bits
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
        import folders  # once in a start

        for name in folders.each(directory):
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


def open_blocks(
    directory: str, limit_bytes: int, raw: "tuple[Device, bool] | None"
) -> "FileBlocks | RawBlocks":
    """The best blocks there are.

    Args:
        directory: Where files of the store are.
        limit_bytes: The most the blocks may take [bytes].
        raw: A block device, and whether it is the store's alone; else it is the one under the
            littlefs that holds ``directory``. None for what the port has.
    """
    if raw is None and sys.platform in ("esp32", "rp2"):
        import flash  # only boards need it

        raw = flash.raw()
    if raw is None or limit_bytes < _FEWEST * BLOCK:
        return FileBlocks(directory, limit_bytes)
    if raw[1]:
        import flash

        return flash.RawBlocks(raw[0], limit_bytes)
    import claims

    return claims.ClaimedBlocks(directory, limit_bytes, raw[0])
