"""Names to addresses by a query of our own, which never blocks; the last good answer is kept.

A name is resolved for each attempt to connect and never twice for one, so nothing is cached.

`getaddrinfo` stops the whole program for as long as the resolver is patient. Source of the
messages: RFC 1035, section 4.
"""

import asyncio
import os
import struct

import datagram
import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PORT = 53
_TRIES = 2
_PATIENCE_MS = 1500
_POLL_S = 0.05
_MOST_BYTES = 512
_MOST_HOPS = 32
_ADDRESS = 1


class NoAddressError(OSError):
    """No server knows the name and none is kept."""


def query(name: str, number: int) -> bytes:
    """A query for the IPv4 addresses of a name.

    Raises:
        ValueError: It cannot be a name.
    """
    question = b""
    for label in name.strip(".").split("."):
        data = label.encode()
        if not 0 < len(data) < 64:
            raise ValueError("%r is no host name; write it again" % name)
        question += bytes([len(data)]) + data
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + question + b"\x00\x00\x01\x00\x01"


def read(answer: bytes, asked: bytes) -> "list[str]":
    """The addresses of an answer.

    Args:
        answer: What came back.
        asked: The query it has to answer.

    Raises:
        ValueError: It is no answer to the query, or has no address.
    """
    end = len(asked)
    if len(answer) < end or answer[:2] != asked[:2] or not answer[2] & 0x80:
        raise ValueError("no answer to this query")
    if answer[12:end].lower() != asked[12:].lower():
        raise ValueError("an answer to another question")
    if answer[3] & 0x0F:
        raise ValueError("the name server says %d" % (answer[3] & 0x0F))
    addresses = []
    at = end
    for _ in range(struct.unpack(">H", answer[6:8])[0]):
        at = _after_name(answer, at)
        if at + 10 > len(answer):
            break
        kind, family, _ttl_s, size = struct.unpack(">HHIH", answer[at : at + 10])
        at += 10
        if (kind, family, size) == (_ADDRESS, 1, 4) and at + 4 <= len(answer):
            addresses.append("%d.%d.%d.%d" % tuple(answer[at : at + 4]))
        at += size
    if not addresses:
        raise ValueError("the name has no IPv4 address")
    return addresses


def _after_name(answer: bytes, at: int) -> int:
    """Where a name ends."""
    for _ in range(_MOST_HOPS):
        if at >= len(answer):
            break
        size = answer[at]
        if size & 0xC0:
            return at + 2
        at += size + 1
        if not size:
            return at
    raise ValueError("the answer is cut off")


async def address(
    host: str, servers: "list[str]", directory: str, now_ms: "Callable[[], int]"
) -> "tuple[str, bool]":
    """An IPv4 address of a host, asked for anew each time; takes at most 3 s per name server.

    Args:
        host: A name, or an address, which needs no server.
        servers: Name servers as ``address`` or ``address:port``, the best first.
        directory: Where the last good addresses are kept.
        now_ms: Monotonic time [ms].

    Returns:
        One of its addresses, and whether a server gave it; else it is the last good one.

    Raises:
        NoAddressError: Nobody knows it.
    """
    if datagram.is_number(host):
        return host, True
    if host == "localhost":
        return "127.0.0.1", True
    path = directory + "/hosts"
    kept = files.read_sealed(path)
    known: "dict[str, list[str]]" = kept if isinstance(kept, dict) else {}
    answer = await _ask(host, servers, now_ms)
    addresses = answer or known.get(host, [])
    if not addresses:
        raise NoAddressError(2, "no name server knows %s; check the name and net.dns" % host)
    if answer and sorted(known.get(host, [])) != sorted(answer):
        known[host] = answer
        try:
            files.write_sealed(path, known)
        except OSError:
            pass  # it costs the fallback only
    return addresses[os.urandom(1)[0] % len(addresses)], bool(answer)


async def _ask(host: str, servers: "list[str]", now_ms: "Callable[[], int]") -> "list[str]":
    """Ask each server, twice; none when none gives an address."""
    for _ in range(_TRIES):
        for server in servers:
            where, port = datagram.split(server, _PORT)
            if datagram.is_number(where):
                try:
                    return await _answer(host, where, port, now_ms)
                except (OSError, ValueError):
                    continue
    return []


async def _answer(host: str, server: str, port: int, now_ms: "Callable[[], int]") -> "list[str]":
    """One server's answer.

    Raises:
        OSError: None came in time.
        ValueError: The name is none, or has no address.
    """
    asked = query(host, struct.unpack(">H", os.urandom(2))[0])
    wire = datagram.open_datagrams(server, port)
    try:
        wire.send(asked)
        began_ms = now_ms()
        while now_ms() - began_ms < _PATIENCE_MS:
            answer = wire.recv(_MOST_BYTES)
            if answer is None:
                await asyncio.sleep(_POLL_S)
            elif answer[:2] == asked[:2]:
                return read(answer, asked)
        raise OSError(110, "the name server is silent")
    finally:
        wire.close()
