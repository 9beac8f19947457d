"""Which board this program runs on: pins and sensors, or files of a simulated yard.

Both faces have the same methods; everything above them runs unchanged on every port.
"""

import sys

TYPE_CHECKING = False
ON_BOARD = sys.platform in ("esp32", "rp2")
if TYPE_CHECKING:
    import pinboard
    import unixboard

    Board = unixboard.UnixBoard | pinboard.PinBoard


def open_board(settings: "dict[str, object]") -> "Board":
    """The board this program runs on.

    Raises:
        ValueError: The simulated yard's files are not named.
    """
    if ON_BOARD:
        import pinboard

        return pinboard.PinBoard(settings)
    import unixboard

    return unixboard.UnixBoard(settings)
