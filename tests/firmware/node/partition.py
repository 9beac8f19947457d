"""A littlefs partition like a board's flash, kept in a file so that it takes no heap."""

BLOCK_BYTES = 4096
BLOCKS = 320  # 1.25 MiB


class FileBlocks:
    """A block device over a file, and how often each block was erased.

    Args:
        path: The file; made when missing.
    """

    def __init__(self, path):
        self._file = open(path, "w+b")  # noqa: PTH123, SIM115, open as long as the board lives
        for _ in range(BLOCKS):
            self._file.write(b"\xff" * BLOCK_BYTES)
        self.erases = 0

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK_BYTES + offset)
        self._file.write(buffer)

    def ioctl(self, operation, argument):
        if operation == 4:
            return BLOCKS
        if operation == 5:
            return BLOCK_BYTES
        if operation == 6:
            self.erases += 1
        return 0


def mount(path):
    """Format a partition in a file and mount it at ``/flash``."""
    import vfs  # noqa: PLC0415, only MicroPython has one

    blocks = FileBlocks(path)
    vfs.VfsLfs2.mkfs(blocks)
    vfs.mount(vfs.VfsLfs2(blocks), "/flash")
