"""What a board runs first, kept on it as ``/main.py`` beside ``slots.py``; never updated.

It stays in memory while the program runs, so it is short, and lets go of ``slots``.
"""

import gc
import sys

_COLLECT_BYTES = 16384


def run(root: str = "") -> None:
    """Start the first slot that loads.

    Args:
        root: Path before every name, empty or ending in a slash.

    Raises:
        SystemExit: At the end of every program; a board starts anew then, as a process does that
            is run by a supervisor.
    """
    if hasattr(sys, "dont_write_bytecode"):
        sys.dont_write_bytecode = True  # CPython would run the cached program of an old release
    if hasattr(gc, "threshold"):
        gc.threshold(_COLLECT_BYTES)  # what lives long stays packed, and large blocks stay free
    known = set(sys.modules)
    slots = __import__("slots").order(root)
    if slots is None:
        return
    for slot in slots:
        for name in [name for name in sys.modules if name not in known]:
            del sys.modules[name]
        sys.path.insert(0, root + slot)
        loaded = False
        try:
            program = __import__("main")
            loaded = True
            program.main()
        except Exception as error:
            book = __import__("slots").opened(root + slot)
            if book is not None:
                book.failed(error)
        if loaded:
            break
        sys.path.pop(0)
    sys.exit(1)


if __name__ == "__main__":
    run()
