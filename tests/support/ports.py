"""Ports for servers that tests start."""

import contextlib
import os
import random
import socket
from typing import Final

_EACH: Final = 400
_WORKERS: Final = 9
_WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw8").removeprefix("gw")) % _WORKERS
PORTS: Final = range(16_384 + _EACH * _WORKER, 16_384 + _EACH * (_WORKER + 1))
"""Of this worker alone: below the demo's, and those that Linux gives to clients."""


_LEFT: list[int] = []


def free_port() -> int:
    """A free port that no client is given by chance while its server is down for a while.

    None is given twice before all were: its server may not have started yet.
    """
    while True:
        if not _LEFT:
            _LEFT.extend(random.SystemRandom().sample(PORTS, len(PORTS)))
        port = _LEFT.pop()
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
