"""Finds the broker: what a session needs until a connection is made."""

import gc
import sys

import datagram

TYPE_CHECKING = False
if TYPE_CHECKING:
    import link
    from session import Session


async def dial(talk: "Session") -> "tuple[link.Reader, link.Writer]":
    """Find the broker and connect to it.

    Raises:
        OSError: There is no network, no address, or nobody answers.
        ValueError: The broker's certificate is not to be trusted.
    """
    settings = talk.settings
    address = await find(talk, str(settings["broker_host"]))
    port = int(str(settings["broker_port"]))
    section = talk.section("tls")
    if section:
        _judge_by(talk, section)
    import link

    if not section:
        return await link.open_stream(address, port, None, None)
    return await link.open_stream(address, port, talk.context, str(section["name"]))


async def find(talk: "Session", host: str) -> str:
    """The address of a host.

    Raises:
        OSError: Nobody knows it.
    """
    if datagram.is_number(host):
        return host
    import resolver

    given = talk.section("net").get("dns")
    servers = [str(server) for server in given] if isinstance(given, list) else []
    address, answered = await resolver.address(
        host, servers or talk.board.dns_servers(), str(talk.settings["ring"]), talk.now_ms
    )
    del resolver
    sys.modules.pop("resolver", None)
    if not answered:
        talk.net["dns_failures"] = int(str(talk.net.get("dns_failures", 0))) + 1
    return address


def _judge_by(talk: "Session", section: "dict[str, object]") -> None:
    """Know whom to trust, and by which time; what tells it leaves the heap before the handshake.

    Raises:
        OSError: A paper is missing or broken.
    """
    if talk.context is None:
        import trust

        talk.context = trust.context(section, str(talk.settings["board"]))
    if talk.clock is not None:
        import clockwork

        clockwork.set_rtc(talk.clock, talk.board)
    for name in ("trust", "clockwork"):
        sys.modules.pop(name, None)
    gc.collect()  # the handshake wants one block of 16 KiB
