"""The raw flash of the port this program runs on, and blocks in it.

A partition named `ring` on an ESP32 is the store's alone. Elsewhere the store finds its blocks in
the flash under the littlefs that the port mounts at its start.
"""

import sys

import blocks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import Data, Device

_PAGE = 256
_COUNT, _SIZE, _ERASE = 4, 5, 6


class RawBlocks:
    """The blocks of a partition that is the store's alone.

    Args:
        device: The partition.
        limit_bytes: The most to use of it [bytes].
    """

    def __init__(self, device: "Device", limit_bytes: int) -> None:
        self.size = int(device.ioctl(_SIZE, 0) or blocks.BLOCK)
        self.count = min(device_blocks(device), limit_bytes // self.size, blocks.MOST)
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


def raw() -> "tuple[Device, bool] | None":
    """A block device and whether it is the store's alone; None where there is none."""
    if sys.platform == "esp32":
        import esp32

        for label, alone in (("ring", True), ("vfs", False)):
            for found in esp32.Partition.find(esp32.Partition.TYPE_DATA, label=label):
                if not found.info()[5]:  # encrypted flash takes no byte twice between erases
                    return found, alone
    elif sys.platform == "rp2":
        import rp2

        return rp2.Flash(), False
    return None
