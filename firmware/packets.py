"""The packets of MQTT 3.1.1 that a board needs, as bytes. Source: OASIS MQTT 3.1.1, chapter 3."""

import struct

PUBLISH = 3
PUBACK = 4
SUBACK = 9
PINGREQ = b"\xc0\x00"
MAX_BYTES = 4096  # a board never needs more at once

_CONNACK = 0x20
_REFUSALS = (
    "",
    "it does not speak MQTT 3.1.1",
    "it refuses the client id",
    "it is not available",
    "user name or password is wrong",
    "this board may not connect",
)


class RefusedError(Exception):
    """The broker refuses, or says what no broker should."""


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


def check_connack(kind: int, body: bytes) -> bool:
    """Whether the broker still had the session.

    Raises:
        RefusedError: The broker refuses the connection.
    """
    if kind != _CONNACK or len(body) != 2:
        raise RefusedError("the broker's first answer is no CONNACK")
    if body[1]:
        reason = _REFUSALS[body[1]] if body[1] < len(_REFUSALS) else "code %d" % body[1]
        raise RefusedError("the broker refuses: " + reason)
    return bool(body[0] & 1)


def publish(topic: str, payload: bytes, packet_id: int, retain: bool) -> bytes:
    """A PUBLISH at QoS 1."""
    return _packet(0x33 if retain else 0x32, _text(topic) + struct.pack(">H", packet_id) + payload)


def parse_publish(kind: int, body: bytes) -> "tuple[str, bytes, int]":
    """Topic, payload and packet id (0 at QoS 0) of a PUBLISH.

    Raises:
        RefusedError: The packet is shorter than it says.
    """
    if len(body) < 2:
        raise RefusedError("the broker sent a message without a topic")
    end = 2 + struct.unpack(">H", body[:2])[0]
    start = end + (2 if kind & 0x06 else 0)
    if start > len(body):
        raise RefusedError("the broker sent a message shorter than it says")
    packet_id = struct.unpack(">H", body[end:start])[0] if start > end else 0
    return body[2:end].decode(), body[start:], packet_id


def subscribe(topic: str, packet_id: int) -> bytes:
    """A SUBSCRIBE to one topic at QoS 1."""
    return _packet(0x82, struct.pack(">H", packet_id) + _text(topic) + b"\x01")


def puback(packet_id: int) -> bytes:
    """A PUBACK."""
    return struct.pack(">BBH", 0x40, 2, packet_id)


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
