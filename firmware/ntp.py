"""UTC from a time server: one datagram there and one back. Source: RFC 4330 and RFC 5905."""

import asyncio
import os
import struct
import sys

import datagram
import wallclock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from session import Session

_PORT = 123
_PATIENCE_MS = 2000
_POLL_S = 0.02
_WORST_DELAY_MS = 1000
_EPOCH_1900_S = 2208988800
_REQUEST = b"\x23" + b"\x00" * 39  # version 4, a client


class KissOfDeathError(ValueError):
    """The server wants to be asked less, or not at all."""


def read(answer: bytes, nonce: bytes) -> "tuple[int, int]":
    """The server's UTC [µs since 1970] when it answered, and how long it took to [µs].

    Args:
        answer: What came back.
        nonce: The eight random bytes sent as our own time, which the answer must repeat.

    Raises:
        KissOfDeathError: The server refuses; ask it no more.
        ValueError: It is no answer to trust.
    """
    if len(answer) < 48 or answer[24:32] != nonce:
        raise ValueError("no answer to this request")
    leap, mode, stratum = answer[0] >> 6, answer[0] & 7, answer[1]
    if mode != 4:
        raise ValueError("mode %d is no server" % mode)
    if stratum == 0:
        raise KissOfDeathError("kiss of death %r" % bytes(answer[12:16]))
    if leap == 3 or stratum > 15:
        raise ValueError("the server itself is not synchronised")
    received_us, sent_us = _utc_us(answer, 32), _utc_us(answer, 40)
    if not 0 <= sent_us - received_us < _PATIENCE_MS * 1000:
        raise ValueError("the server answered before it was asked, or has no time")
    return sent_us, sent_us - received_us


def _utc_us(answer: bytes, at: int) -> int:
    """A time stamp as UTC [µs since 1970]; the era is the one the program lives in."""
    since_s, fraction = struct.unpack(">II", answer[at : at + 8])
    utc_s = int(since_s) - _EPOCH_1900_S
    if utc_s < wallclock.BUILT_S - 86400 * 366:
        utc_s += 1 << 32
    return utc_s * 1000000 + (int(fraction) * 1000000 >> 32)


async def ask(talk: "Session", servers: "list[str]") -> bool:
    """Ask one server after another until one gives a time that the session's clock takes.

    Args:
        talk: Whose clock, and who knows the name servers.
        servers: ``host`` or ``host:port``, the best first; one that refuses is taken out.
    """
    clock = talk.clock
    if clock is None:
        return False
    for server in list(servers):
        try:
            host, port = datagram.split(server, _PORT)
            address = await _find(talk, host)
            utc_us, at_ms, error_ms = await _answer(address, port, talk.now_ms)
            import clockwork

            refused = clockwork.synchronise(clock, utc_us, at_ms, error_ms)
            if refused is None:
                clockwork.keep(clock, str(talk.settings["ring"]))
                return True
            talk.say("time server %s: %s" % (server, refused))
        except KissOfDeathError as error:
            talk.say("time server %s: %s; asked no more" % (server, error))
            servers.remove(server)
        except (OSError, ValueError) as error:
            talk.say("time server %s: %s" % (server, error))
    return False


async def _find(talk: "Session", host: str) -> str:
    """The address of a host; what finds it leaves the heap at once.

    Raises:
        OSError: Nobody knows it.
    """
    if datagram.is_number(host):
        return host
    import dial

    address = await dial.find(talk, host)
    sys.modules.pop("dial", None)
    return address


async def _answer(address: str, port: int, now_ms: "Callable[[], int]") -> "tuple[int, int, int]":
    """UTC [µs], the uptime it belongs to [ms], and how far off it may be [ms].

    Raises:
        OSError: No answer came in time.
        ValueError: It is not to be trusted.
    """
    nonce = os.urandom(8)
    wire = datagram.open_datagrams(address, port)
    try:
        began_ms = now_ms()
        wire.send(_REQUEST + nonce)
        while now_ms() - began_ms < _PATIENCE_MS:
            answer = wire.recv(128)
            if answer is None:
                await asyncio.sleep(_POLL_S)
            elif answer[24:32] == nonce:
                at_ms = now_ms()
                utc_us, took_us = read(answer, nonce)
                delay_us = max(0, (at_ms - began_ms) * 1000 - took_us)
                if delay_us > _WORST_DELAY_MS * 1000:
                    raise ValueError("the answer took %d ms" % (delay_us // 1000))
                return utc_us + delay_us // 2, at_ms, delay_us // 2000 + 1
        raise OSError(110, "no answer")
    finally:
        wire.close()
