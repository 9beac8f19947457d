"""How a connection begins and ends; needed only then. Source: OASIS MQTT 3.1.1, chapter 3."""

import asyncio

import packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mqtt import Client

REPLY_S = 10

_REFUSALS = (
    "",
    "it does not speak MQTT 3.1.1",
    "it refuses the client id",
    "it is not available",
    "user name or password is wrong",
    "this board may not connect",
)


async def log_in(client: "Client") -> bool:
    """Send the CONNECT and take the answer; returns whether the broker accepts."""
    try:
        await asyncio.wait_for(_hail(client), REPLY_S)
    except (OSError, EOFError, ValueError, asyncio.TimeoutError, packets.RefusedError) as error:
        client.ended_by(error)
        return False
    client.acked_ms = client.now_ms()
    client.connected = True
    return True


async def _hail(client: "Client") -> None:
    """The first packet of each side."""
    await client.send(client.hello)
    kind, body = await client.packet()
    client.session_kept = check_connack(kind, body)


async def end(client: "Client", tasks: "list[asyncio.Task[None]]") -> None:
    """Clear a connection away; a peer that is gone must not make us wait."""
    for task in tasks:
        task.cancel()
    try:
        while client.running:  # to await a task would swallow that we are cancelled ourselves
            await asyncio.sleep(0)
    finally:
        transport = getattr(client.writer, "transport", None)  # CPython waits for a good-bye else
        try:
            if transport is not None:
                transport.abort()
            client.writer.close()
            await asyncio.wait_for(client.writer.wait_closed(), REPLY_S)
        except (OSError, ValueError, asyncio.TimeoutError):
            pass


def check_connack(kind: int, body: "memoryview | bytes") -> bool:
    """Whether the broker still had the session.

    Raises:
        RefusedError: The broker refuses the connection.
    """
    if kind != packets.CONNACK << 4 or len(body) != 2:
        raise packets.RefusedError("the broker's first answer is no CONNACK")
    if body[1]:
        reason = _REFUSALS[body[1]] if body[1] < len(_REFUSALS) else "its code is %d" % body[1]
        raise packets.RefusedError("the broker refuses: " + reason)
    return bool(body[0] & 1)
