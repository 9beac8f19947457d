"""The first words of a session: the CONNECT, and what is subscribed to. Source: MQTT 3.1.1."""

import struct

import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mqtt import Client
    from session import Session


def hello(settings: "dict[str, object]", prefix: str) -> "dict[str, object]":
    """What a board says of itself in its CONNECT.

    Args:
        settings: The board's config.
        prefix: Of its topics.
    """
    return {
        "client_id": "hinoban-%s-%s" % (settings["site"], settings["board"]),
        "keepalive_s": settings["keepalive_s"],
        "username": settings["username"],
        "password": settings["password"],
        "will_topic": prefix + "state",
        "will_payload": wire.encode(wire.offline()),
    }


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


async def begin(talk: "Session") -> None:
    """Subscribe, to the acks first, then to what other parts have asked for.

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
    if not await ask_for(client, talk.prefix + "ack"):
        raise OSError(13, "the broker refuses the acks; check its ACL")
    for noun in talk.routes:
        await ask_for(client, talk.prefix + noun)


async def ask_for(client: "Client", topic: str) -> bool:
    """Subscribe to a topic at QoS 1; returns whether the broker grants it.

    Raises:
        OSError: The connection is gone, or the broker does not answer.
    """
    packet_id = client.awaited = client.next_id()
    refused = client.topics_refused
    await client.send(subscribe(topic, packet_id))
    while client.awaited and not client.down.is_set():
        client.landed.clear()
        await client.landed.wait()
    return client.topics_refused == refused


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
