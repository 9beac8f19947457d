"""Datagrams to an address, the same on every port; nothing here resolves a name."""

import socket

_BUSY = (11, 115, 118, 119, 120)  # EAGAIN and EINPROGRESS, as the ports number them


def is_number(host: str) -> bool:
    """Whether a host is an IPv4 address, which needs no resolving."""
    parts = host.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def split(server: str, port: int) -> "tuple[str, int]":
    """Host and port of ``host`` or ``host:port``."""
    host, _, given = server.partition(":")
    return host, int(given) if given.isdigit() else port


class Datagrams:
    """A UDP socket to one server that never blocks."""

    def __init__(self, address: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect(socket.getaddrinfo(address, port)[0][-1])  # a number: no query

    def send(self, data: bytes) -> None:
        """Send one datagram.

        Raises:
            OSError: There is no network.
        """
        self._socket.send(data)

    def recv(self, size: int) -> "bytes | None":
        """The next datagram of that server, or None when there is none.

        Raises:
            OSError: The server refuses, or there is no network.
        """
        try:
            return self._socket.recv(size)
        except OSError as error:
            if error.args[0] in _BUSY:
                return None
            raise

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


def open_datagrams(address: str, port: int) -> Datagrams:
    """A UDP socket to one server.

    Raises:
        OSError: There is no network.
    """
    return Datagrams(address, port)
