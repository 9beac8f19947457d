"""What follows a connection's first words: that it stands, and the last words before a sleep."""

import asyncio

import packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session import Session


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
