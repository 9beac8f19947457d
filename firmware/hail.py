"""How a connection begins and ends; needed only then. Source: OASIS MQTT 3.1.1, chapter 3."""

import asyncio
import struct

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


async def ask_for(client: "Client", topic: str) -> bool:
    """Subscribe to a topic at QoS 1; returns whether the broker grants it.

    Raises:
        OSError: The connection is gone, or the broker does not answer.
    """
    packet_id = client.awaited = client.next_id()
    refused = client.refused_topics
    await client.send(subscribe(topic, packet_id))
    while client.awaited and not client.down.is_set():
        client.landed.clear()
        await client.landed.wait()
    return client.refused_topics == refused


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


def connect(options: "dict[str, object]") -> bytes:
    """A CONNECT with a persistent session and a retained last will.

    Args:
        options: ``client_id``, ``keepalive_s``, ``will_topic``, ``will_payload`` (bytes), and
            ``username`` and ``password``, empty for none.
    """
    flags = 0x04 | 0x08 | 0x20  # will, at QoS 1, retained; not a clean session
    body = _text(options["client_id"]) + _text(options["will_topic"])
    body += _text(options["will_payload"])
    if options["username"]:
        flags |= 0x80
        body += _text(options["username"])
        if options["password"]:
            flags |= 0x40
            body += _text(options["password"])
    keepalive_s = int(str(options["keepalive_s"]))
    return _packet(0x10, b"\x00\x04MQTT\x04" + struct.pack(">BH", flags, keepalive_s) + body)


def check_connack(kind: int, body: "memoryview | bytes") -> bool:
    """Whether the broker still had the session.

    Raises:
        RefusedError: The broker refuses the connection.
    """
    if kind != packets.CONNACK << 4 or len(body) != 2:
        raise packets.RefusedError("the broker's first answer is no CONNACK")
    if body[1]:
        reason = _REFUSALS[body[1]] if body[1] < len(_REFUSALS) else "code %d" % body[1]
        raise packets.RefusedError("the broker refuses: " + reason)
    return bool(body[0] & 1)


def subscribe(topic: str, packet_id: int) -> bytes:
    """A SUBSCRIBE to one topic at QoS 1."""
    return _packet(0x82, struct.pack(">H", packet_id) + _text(topic) + b"\x01")


def _text(value: object) -> bytes:
    """Text or bytes with its length before it."""
    data = value if isinstance(value, bytes) else str(value).encode()
    return struct.pack(">H", len(data)) + data


def _packet(kind: int, body: bytes) -> bytes:
    """A packet with its length as MQTT writes it, seven bits a byte."""
    head = bytes([kind])
    length = len(body)
    while True:
        length, byte = length >> 7, length & 0x7F
        head += bytes([byte | 0x80 if length else byte])
        if not length:
            return head + body
