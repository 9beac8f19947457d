"""Garbage: what lasts is not looked through for it again and again.

To look through all that a gateway holds costs a tenth of its CPU, and holds up polls each time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

AFTER: Final = 20_000
"""So many objects more than before, and what is new is looked through.

What waits for a commit is no garbage, and comes to a few thousand each time.
"""

FEW: Final = 300_000
"""So many lasting objects are looked through in about a tenth of a second."""


def lasting() -> None:
    """All that is here by now stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(AFTER)


@contextmanager
def while_much_is_made() -> Iterator[None]:
    """Much of what is made in here stays, and takes the place of what was here before.

    Where all that lasts is much, what was replaced is not looked for: whoever replaces it takes it
    apart, and the few rings that are left stay in memory.
    """
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count() < FEW:
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        gc.enable()
