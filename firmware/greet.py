"""The first and the last words of a session, on a connection that the broker has accepted."""

import asyncio

import hail
import packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session import Session

_FIRST_ACK_S = 0.5


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
    if talk.rungs is not None:
        import ladder

        ladder.of(talk).over()
        talk.rungs = None
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
