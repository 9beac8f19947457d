"""QuietClient: paho's client, made to ask the kernel for less.

At 2,000 messages a second paho's own ways cost half a core: it reads each message in three or four
pieces, for each confirmation a byte is sent to its thread to wake it, and each goes to the kernel
alone. Each of these calls lets go of the interpreter, which the thread then has to wait for while
alarms are judged.
"""

import socket
from collections import deque
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import MessageType, MQTTErrorCode

_CHUNK: Final = 65_536
_MESSAGE: Final = int(MessageType.PUBLISH)
_BYTES_ONLY: Final = {_MESSAGE, int(MessageType.PUBACK)}


class Buffered:
    """A socket that reads ahead; paho asks it, as it asks TLS, whether it holds anything still.

    Args:
        sock: The connected socket.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._held = b""
        self._at = 0

    def recv(self, size: int) -> bytes:
        """At most so many bytes; raises as the socket does where it has none."""
        if self._at == len(self._held):
            self._held, self._at = self._sock.recv(_CHUNK), 0
        data = self._held[self._at : self._at + size]
        self._at += len(data)
        return data

    def pending(self) -> int:
        """How many bytes can be had without the kernel."""
        behind: int = self._sock.pending() if hasattr(self._sock, "pending") else 0
        return len(self._held) - self._at + behind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class Bell:
    """Wakes paho's thread once, however many packets are put before it looks.

    paho sends a byte after it has put a packet, and takes all packets after it has read: a byte
    that was not read yet stands for whatever is put meanwhile.

    Args:
        listening: The end that the thread reads.
        calling: The other end.
    """

    def __init__(self, listening: socket.socket, calling: socket.socket) -> None:
        self._listening = listening
        self._calling = calling
        self._rung = False

    def send(self, data: bytes) -> int:
        """Ring, unless that was heard nowhere yet."""
        if not self._rung:
            self._rung = True
            self._calling.send(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        """Hear it; what is put from here on rings again."""
        data = self._listening.recv(size)
        self._rung = False
        return data

    def fileno(self) -> int:
        """What to wait for."""
        return self._listening.fileno()

    def close(self) -> None:
        """Both ends; a second time changes nothing."""
        self._listening.close()
        self._calling.close()


class Unfiltered:
    """No topic has a callback of its own.

    paho's search for one leaves a knot of objects behind with each message: at 2,000 a second the
    collector stopped everything for 20 to 80 ms every other second to undo them.
    """

    def iter_match(self, _topic: str) -> tuple[()]:
        """Callbacks of a topic."""
        return ()


class QuietClient(paho.Client):
    """See the module. Messages go to `on_message`; callbacks by topic are not heard."""

    _sockpairR: Any  # noqa: N815 -- paho's own names
    _sockpairW: Any  # noqa: N815
    _out_packet: deque[Any]
    _on_message_filtered: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._on_message_filtered = Unfiltered()

    def _create_socket(self) -> Any:
        return Buffered(super()._create_socket())

    def loop_start(self) -> MQTTErrorCode:
        """Start the thread, with a bell for its door."""
        code = super().loop_start()
        if code is MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._sockpairR = self._sockpairW = Bell(self._sockpairR, self._sockpairW)
        return code

    def _packet_write(self) -> MQTTErrorCode:
        join(self._out_packet)
        return super()._packet_write()


def join(packets: deque[Any]) -> None:
    """Make one packet of neighbours of which paho sends the bytes and no more.

    To be called where they are sent; others may append meanwhile.
    """
    joined: list[Any] = []
    for _ in range(len(packets)):
        packet = packets.popleft()
        if joined and _is_bytes_only(packet) and _is_bytes_only(joined[-1]):
            joined[-1]["packet"] += packet["packet"]
            joined[-1]["to_process"] += packet["to_process"]
        else:
            joined.append(packet)
    packets.extendleft(reversed(joined))


def _is_bytes_only(packet: Any) -> bool:
    kind = packet["command"] & 0xF0
    watched = kind == _MESSAGE and packet["qos"] == 0
    return not watched and packet["pos"] == 0 and kind in _BYTES_ONLY
