"""Ports for servers that tests start."""

import contextlib
import random
import socket
from pathlib import Path


def free_port() -> int:
    """A free port that no client is given by chance while its server is down for a while."""
    lowest_of_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(lowest_of_clients // 2, lowest_of_clients)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
