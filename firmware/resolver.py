"""Names to addresses by a query of our own, which never blocks; the last good answer is kept.

`getaddrinfo` stops the whole program for as long as the resolver is patient. Source of the
messages: RFC 1035, section 4.
"""

import asyncio
import os
import struct

import files
import link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PORT = 53
_TRIES = 2
_PATIENCE_MS = 1500
_POLL_S = 0.05
_LONGEST_TTL_S = 3600
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


def read(answer: bytes, asked: bytes) -> "tuple[list[str], int]":
    """The addresses of an answer and how long they hold [s].

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
    ttl_s = _LONGEST_TTL_S
    at = end
    for _ in range(struct.unpack(">H", answer[6:8])[0]):
        at = _after_name(answer, at)
        if at + 10 > len(answer):
            break
        kind, family, record_ttl_s, size = struct.unpack(">HHIH", answer[at : at + 10])
        at += 10
        if (kind, family, size) == (_ADDRESS, 1, 4) and at + 4 <= len(answer):
            addresses.append("%d.%d.%d.%d" % tuple(answer[at : at + 4]))
        ttl_s = min(ttl_s, record_ttl_s)
        at += size
    if not addresses:
        raise ValueError("the name has no IPv4 address")
    return addresses, ttl_s


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


class Resolver:
    """Resolves the few names a board needs.

    Args:
        servers: Gives the name servers, as ``address`` or ``address:port``, the best first.
        directory: Where the last good addresses are kept.
        now_ms: Monotonic time [ms].
    """

    def __init__(
        self, servers: "Callable[[], list[str]]", directory: str, now_ms: "Callable[[], int]"
    ) -> None:
        self._servers = servers
        self._path = directory + "/hosts"
        self._now_ms = now_ms
        self._fresh: "dict[str, tuple[list[str], int]]" = {}  # addresses, and until when [ms]
        self._turn = 0
        self.failures = 0

    async def address(self, host: str) -> str:
        """An IPv4 address of a host; takes at most 3 s per name server.

        Raises:
            NoAddressError: Nobody knows it.
        """
        if link.is_number(host):
            return host
        if host == "localhost":
            return "127.0.0.1"
        addresses = self._cached(host)
        if addresses is None:
            addresses = await self._ask(host)
        if addresses is None:
            self.failures += 1
            addresses = self._kept().get(host)
        if not addresses:
            raise NoAddressError(2, "no name server knows %s; check the name and net.dns" % host)
        self._turn += 1
        return str(addresses[self._turn % len(addresses)])

    def forget(self, host: str) -> None:
        """Ask again the next time: what was connected to did not answer."""
        self._fresh.pop(host, None)

    def _cached(self, host: str) -> "list[str] | None":
        """Addresses whose time is not over."""
        known = self._fresh.get(host)
        return known[0] if known is not None and self._now_ms() < known[1] else None

    async def _ask(self, host: str) -> "list[str] | None":
        """Ask each server, twice; None when none gives an address."""
        for _ in range(_TRIES):
            for server in self._servers():
                address, port = link.split(server, _PORT)
                if not link.is_number(address):
                    continue
                try:
                    addresses, ttl_s = await self._answer(host, address, port)
                except (OSError, ValueError):
                    continue
                self._fresh[host] = (addresses, self._now_ms() + 1000 * ttl_s)
                self._keep(host, addresses)
                return addresses
        return None

    async def _answer(self, host: str, address: str, port: int) -> "tuple[list[str], int]":
        """One server's answer.

        Raises:
            OSError: None came in time.
            ValueError: The name is none.
        """
        asked = query(host, struct.unpack(">H", os.urandom(2))[0])
        wire = link.open_datagrams(address, port)
        try:
            wire.send(asked)
            began_ms = self._now_ms()
            while self._now_ms() - began_ms < _PATIENCE_MS:
                answer = wire.recv(_MOST_BYTES)
                if answer is None:
                    await asyncio.sleep(_POLL_S)
                    continue
                if answer[:2] == asked[:2]:
                    return read(answer, asked)
            raise OSError(110, "the name server is silent")
        finally:
            wire.close()

    def _kept(self) -> "dict[str, list[str]]":
        """The last good addresses by name."""
        kept = files.read_sealed(self._path)
        return kept if isinstance(kept, dict) else {}

    def _keep(self, host: str, addresses: "list[str]") -> None:
        """Keep addresses that are not kept yet; a flash that fails costs the fallback only."""
        kept = self._kept()
        if sorted(kept.get(host, [])) == sorted(addresses):
            return
        kept[host] = addresses
        try:
            files.write_sealed(self._path, kept)
        except OSError:
            pass
