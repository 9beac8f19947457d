"""The packets of MQTT 3.1.1 on a connection, as bytes. Source: OASIS MQTT 3.1.1, chapter 3."""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    Packet = tuple[int, memoryview]

CONNACK = 2
PUBLISH = 3
PUBACK = 4
SUBACK = 9
PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"
BUFFER_BYTES = 1216  # a message of 1,024 bytes, its topic, and room


class RefusedError(Exception):
    """The broker refuses, or says what no broker should."""


class Decoder:
    """Finds packets in a stream of bytes, in one buffer that never grows.

    A packet that does not fit is skipped and counted; of a message its packet id is kept in
    `skipped`, so that the broker can be told not to send it again.
    """

    def __init__(self, size: int = BUFFER_BYTES) -> None:
        self._buffer = bytearray(size)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0  # what is there and not taken yet
        self._skip = 0
        self.too_long = 0
        self.skipped: "list[int]" = []

    def clear(self) -> None:
        """Forget everything, as for a new connection."""
        self._start = self._end = self._skip = 0
        del self.skipped[:]

    def space(self) -> memoryview:
        """Where the next bytes go; never empty. Packets taken before are gone afterwards."""
        if self._start:
            kept = self._end - self._start
            if kept:  # a copy of its own: MicroPython's memoryview may not overlap
                self._view[:kept] = bytes(self._view[self._start : self._end])
            self._start, self._end = 0, kept
        return self._view[self._end :]

    def arrived(self, count: int) -> None:
        """So many bytes were put into `space`."""
        self._end += count

    def next(self) -> "Packet | None":
        """The first byte and the body of the next packet, or None until more bytes arrive.

        Raises:
            RefusedError: The bytes are no MQTT.
        """
        while True:
            passed = min(self._skip, self._end - self._start)
            self._skip -= passed
            self._start += passed
            head = self._head()
            if self._skip or head is None:
                return None
            begin, length = head
            if begin + length <= self._end:
                kind = self._buffer[self._start]
                self._start = begin + length
                return kind, self._view[begin : begin + length]
            if begin - self._start + length <= len(self._buffer):
                return None
            if not self._give_up(begin, length):
                return None

    def _head(self) -> "tuple[int, int] | None":
        """Where the body of the first packet begins and how long it is, once that is known."""
        length = shift = 0
        for at in range(self._start + 1, self._end):
            byte = self._buffer[at]
            length |= (byte & 0x7F) << shift
            if byte < 0x80:
                return at + 1, length
            shift += 7
            if shift > 21:
                raise RefusedError("the broker sent a length that is none")
        return None

    def _give_up(self, begin: int, length: int) -> bool:
        """Skip a packet that does not fit; wait first for the id of a message."""
        kind, have = self._buffer[self._start], self._end - begin
        if kind >> 4 == PUBLISH and kind & 0x06:
            if have < 2:
                return False
            at = 2 + (self._buffer[begin] << 8 | self._buffer[begin + 1])
            if have < at + 2 and self._end - self._start < len(self._buffer):
                return False
            if have >= at + 2:
                self.skipped.append(self._buffer[begin + at] << 8 | self._buffer[begin + at + 1])
        self.too_long += 1
        self._start = begin
        self._skip = length
        return True


def publish(topic: bytes, length: int, packet_id: int, retain: bool = False) -> bytes:
    """A PUBLISH at QoS 1 but for its payload.

    Args:
        topic: Where to.
        length: That of the payload [bytes].
        packet_id: Its id.
        retain: Whether the broker keeps it.

    Raises:
        ValueError: No broker's board takes a message so long.
    """
    left = 4 + len(topic) + length
    if left + 4 > BUFFER_BYTES:
        raise ValueError("a message of %d bytes; %d fit" % (left, BUFFER_BYTES - 4))
    head = b"\x33" if retain else b"\x32"
    while True:
        left, byte = left >> 7, left & 0x7F
        head += bytes([byte | 0x80 if left else byte])
        if not left:
            break
    return head + struct.pack(">H", len(topic)) + topic + struct.pack(">H", packet_id)


def parse_publish(kind: int, body: "memoryview | bytes") -> "tuple[str, bytes, int]":
    """Topic, payload and packet id (0 at QoS 0) of a PUBLISH.

    Raises:
        RefusedError: The packet is shorter than it says, or its topic is no text.
    """
    if len(body) < 2:
        raise RefusedError("the broker sent a message without a topic")
    end = 2 + (body[0] << 8 | body[1])
    start = end + (2 if kind & 0x06 else 0)
    if start > len(body):
        raise RefusedError("the broker sent a message shorter than it says")
    packet_id = body[end] << 8 | body[end + 1] if start > end else 0
    try:
        return str(bytes(body[2:end]), "utf-8"), bytes(body[start:]), packet_id
    except ValueError:  # MicroPython's UnicodeError is one, too
        raise RefusedError("the broker sent a topic that is no text") from None


def packet_id(body: "memoryview | bytes") -> int:
    """The packet id at the start of a PUBACK or SUBACK.

    Raises:
        RefusedError: There is none.
    """
    if len(body) < 2:
        raise RefusedError("the broker confirmed nothing")
    return body[0] << 8 | body[1]


def puback(packet_id: int) -> bytes:
    """A PUBACK."""
    return struct.pack(">BBH", 0x40, 2, packet_id)
