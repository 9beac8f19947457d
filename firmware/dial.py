"""Finds the broker and comes back to it: what a session needs while it is not connected."""

import asyncio
import gc

import config
import hail
import ladder
import link
import packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session import Session

_FIRST_ACK_S = 0.5
_DATE_WORDS = ("expired", "future", "not yet valid")


async def dial(talk: "Session") -> "tuple[link.Reader, link.Writer]":
    """Find the broker and connect to it.

    Raises:
        OSError: There is no network, no address, or nobody answers.
        ValueError: The broker's certificate is not to be trusted.
    """
    settings = talk.settings
    address = await find(talk, str(settings["broker_host"]))
    port = int(str(settings["broker_port"]))
    section = config.section(settings, "tls")
    if not section:
        return await link.open_stream(address, port, None, None)
    if talk.context is None:
        import trust

        talk.context = trust.context(section, str(settings["board"]))
    if talk.clock is not None:
        import clockwork

        clockwork.set_rtc(talk.clock, talk.board)
    gc.collect()  # the handshake wants one block of 16 KiB
    return await link.open_stream(address, port, talk.context, str(section["name"]))


async def find(talk: "Session", host: str) -> str:
    """The address of a host.

    Raises:
        OSError: Nobody knows it.
    """
    if link.is_number(host):
        return host
    import resolver

    given = config.section(talk.settings, "net").get("dns")
    servers = [str(server) for server in given] if isinstance(given, list) else []
    address, answered = await resolver.address(
        host, servers or talk.board.dns_servers(), str(talk.settings["ring"]), talk.now_ms
    )
    if not answered:
        talk.net["dns_failures"] = int(str(talk.net.get("dns_failures", 0))) + 1
    return address


def new_ladder(talk: "Session") -> ladder.Ladder:
    """The ladder from here to the next connection."""
    settings = talk.settings
    section, since_ms = config.section(settings, "net"), talk.client.acked_ms or 0
    return ladder.Ladder(section, str(settings["ring"]), talk.now_ms, since_ms, talk.net)


def recover(talk: "Session", error: "Exception | None") -> int:
    """Do what the ladder says after a connection ended or failed; returns how long to wait [ms]."""
    if talk.clock is not None and any(word in str(error) for word in _DATE_WORDS):
        import clockwork

        clockwork.distrust(talk.clock)
    if talk.ladder is None:
        talk.ladder = new_ladder(talk)
    rung, wait_ms = talk.ladder.failed(talk.alarm())
    if rung == ladder.RESET:
        talk.say("the broker has been silent for too long; the board starts anew")
        talk.board.reset()
    elif rung == ladder.RESTART_NETWORK:
        talk.say("the broker is silent; the network starts anew")
        talk.board.restart_network()
    return wait_ms


async def begin(talk: "Session") -> None:
    """Subscribe, tell the state, and hear what the gateway has already.

    Raises:
        OSError: The broker refuses the acks, or the connection is gone.
    """
    client = talk.client
    if not client.session_kept:
        talk.told.clear()
        if talk.known:
            talk.net["lost_sessions"] = int(str(talk.net.get("lost_sessions", 0))) + 1
    talk.known = True
    talk.acked.clear()
    if not await hail.ask_for(client, talk.prefix + "ack"):
        raise OSError(13, "the broker refuses the acks; check its ACL")
    for noun in talk.routes:
        await hail.ask_for(client, talk.prefix + noun)
    await talk.publish_state()
    if talk.outbox.ring.held():  # the retained ack saves sending what is on disk already
        try:
            await asyncio.wait_for(talk.acked.wait(), _FIRST_ACK_S)
        except asyncio.TimeoutError:
            pass
    talk.outbox.restart()


def settled(talk: "Session") -> None:
    """A connection stands: the ladder has done its work, and the clock is confirmed by it."""
    if talk.ladder is not None:
        talk.ladder.over()
        talk.ladder = None
    if talk.clock is not None and talk.context is not None:
        import clockwork

        clockwork.confirm(talk.clock)
        clockwork.keep(talk.clock, str(talk.settings["ring"]))
    talk.tell_state()  # by now every sensor has been read


async def leave(talk: "Session", limit_s: float) -> bool:
    """Send what waits and say good-bye, as before a deep sleep.

    Args:
        talk: The session to end.
        limit_s: How long the gateway may take to acknowledge [s].

    Returns:
        Whether the ring is empty: everything is on the gateway's disk.
    """
    until_ms = talk.now_ms() + int(1000 * limit_s)
    ring, client = talk.outbox.ring, talk.client
    while talk.connected and ring.held() and talk.now_ms() < until_ms:
        await asyncio.sleep(0.05)
    if talk.connected:
        talk.tell_state()
        while talk.connected and talk.unsaid() and talk.now_ms() < until_ms:
            await asyncio.sleep(0.05)
        try:
            await client.send(packets.DISCONNECT)  # so that the last will stays unsaid
        except OSError:
            pass
        client.finish()
    return ring.held() == 0
