"""The raw flash of the port this program runs on."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from blocks import Device

ALONE = "ring"  # an ESP32 partition of this name is the store's alone


def raw() -> "tuple[Device, bool] | None":
    """A block device and whether it is the store's alone; None where there is none.

    Otherwise it is the device under the littlefs the port mounts at its start.
    """
    if sys.platform == "esp32":
        import esp32

        for label, alone in ((ALONE, True), ("vfs", False)):
            found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label=label)
            if found:
                return found[0], alone
    elif sys.platform == "rp2":
        import rp2

        return rp2.Flash(), False
    return None
