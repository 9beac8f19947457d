"""Flash in memory: programming only clears bits, power goes at any moment, every write is kept."""

BLOCK = 4096


class PowerCutError(Exception):
    """The power went."""


class RamFlash:
    """A block device as ports give them, which counts, records, and can lose its power.

    Args:
        blocks: How many blocks.
        page: What a program must be a multiple of [bytes]; 256 on the RP2.
        size: Size of a block [bytes].
    """

    def __init__(self, blocks, page=1, size=BLOCK):
        self.blocks, self.page, self.size = blocks, page, size
        self.data = bytearray(blocks * size)
        for block in range(blocks):
            self.erase(block)
        self.erases = self.programmed = self.operations = self.reads = 0
        self.wear = [0] * blocks
        self.trace = None  # a list of (block, offset, bytes), None for an erase
        self.cut_after = None  # operations until the power goes
        self.cut_bytes = 0  # how much of the last one still happens

    def readblocks(self, block, buffer, offset=0):
        self.reads += 1
        start = block * self.size + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=None):
        if offset is None:
            self.ioctl(6, block)
            offset = 0
        assert offset % self.page == 0
        assert len(buffer) % self.page == 0
        length = self._power(len(buffer))
        if self.trace is not None:
            self.trace.append((block, offset, bytes(buffer)))
        self.apply(block, offset, buffer[:length])
        self.programmed += length
        if length < len(buffer):
            raise PowerCutError

    def ioctl(self, operation, argument):
        if operation == 4:
            return self.blocks
        if operation == 5:
            return self.size
        if operation == 6:
            length = self._power(self.size)
            if self.trace is not None:
                self.trace.append((argument, 0, None))
            self.erase(argument, length)
            self.erases += 1
            self.wear[argument] += 1
            if length < self.size:
                raise PowerCutError
        return 0

    def apply(self, block, offset, data):
        start = block * self.size + offset
        for index, byte in enumerate(data):
            if byte != 0xFF:
                self.data[start + index] &= byte

    def erase(self, block, length=None):
        length = self.size if length is None else length
        start = block * self.size
        self.data[start : start + length] = b"\xff" * length

    def _power(self, length):
        """How much of an operation happens before the power goes."""
        if self.cut_after is not None:
            if self.cut_after < 0:
                raise PowerCutError
            self.cut_after -= 1
            if self.cut_after < 0:
                return min(self.cut_bytes, length - 1)
        self.operations += 1
        return length
