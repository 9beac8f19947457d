"""UTC from a time server: one datagram there and one back. Source: RFC 4330 and RFC 5905."""

import asyncio
import os
import sys

import datagram

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from session import Session

_PORT = 123
_PATIENCE_MS = 2000
_POLL_S = 0.02
_WORST_DELAY_MS = 1000
_REQUEST = b"\x23" + b"\x00" * 39  # version 4, a client


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
            del clockwork  # whoever still holds this frame holds nothing by it
            if refused is None:
                return True
            talk.say("time server %s: %s" % (server, refused))
        except (OSError, ValueError) as error:
            if getattr(error, "refuses", False):
                talk.say("time server %s: %s; asked no more" % (server, error))
                servers.remove(server)
            else:
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
                import stamps  # until here nobody needed it

                utc_us, took_us = stamps.read(answer, nonce)
                del stamps
                sys.modules.pop("stamps", None)
                delay_us = max(0, (at_ms - began_ms) * 1000 - took_us)
                if delay_us > _WORST_DELAY_MS * 1000:
                    raise ValueError("the answer took %d ms" % (delay_us // 1000))
                return utc_us + delay_us // 2, at_ms, delay_us // 2000 + 1
        raise OSError(110, "it does not answer")
    finally:
        wire.close()
