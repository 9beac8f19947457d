"""Rtu: frames of serial lines, told by unit, function, length and checksum alone. Pure."""

from typing import Final

from gateway.modbus.errors import LinkError
from gateway.modbus.frames import EXCEPTION, Question, refusal

NOISE: Final = 4
"""Bytes before a reply that are passed over: fewer than the shortest frame has."""

REQUEST_SIZE: Final = 8
"""Bytes of every request."""

_REFUSAL_SIZE: Final = 5
_AROUND_DATA: Final = 5
"""Unit, function, byte count and two bytes of checksum."""


def reply_size(question: Question) -> int:
    """Bytes of the reply to a request."""
    return _AROUND_DATA + question.byte_count


class Rtu:
    """One line's frames.

    Nothing in a frame names the request it answers. So everything that came before a request was
    sent is thrown away, and a reply must have exactly the length of the answer.

    A half-duplex adapter may send the request back before the reply. Bytes equal to the request
    are therefore passed over once. A reply that begins with its very request is lost with them: it
    counts as no answer, never as another value.
    """

    def __init__(self) -> None:
        self.strays = 0
        self.clean = True
        self._question: Question | None = None
        self._request = b""
        self._echo_may_come = False
        self._heard = b""
        self._noisy = False

    def ask(self, question: Question) -> bytes:
        """The bytes to send; what was heard before is forgotten."""
        self._request = question.plain + checksum(question.plain)
        self._question = question
        self._echo_may_come = True
        self._heard = b""
        self._noisy = False
        return self._request

    def receive(self, data: bytes) -> tuple[int, ...] | None:
        """Judge what came; see `frames.Framing`."""
        question = self._question
        if question is None:
            self._count_noise()
            return None
        self._heard += data
        if self._echo_may_come:
            if self._request.startswith(self._heard):
                return None
            self._echo_may_come = False
            self._heard = self._heard.removeprefix(self._request)
        heard = self._heard
        good = bytes((question.unit, question.function, question.byte_count))
        refused = bytes((question.unit, question.function | EXCEPTION))
        for skipped in range(NOISE + 1):
            rest = heard[skipped:]
            if not rest:
                return None
            if good.startswith(rest) or refused.startswith(rest):
                return None
            if rest.startswith(good):
                return self._whole(question, rest, reply_size(question))
            if rest.startswith(refused):
                return self._whole(question, rest, _REFUSAL_SIZE)
        raise LinkError(
            f"the bytes {heard[:REQUEST_SIZE].hex(' ')} do not answer function"
            f" {question.function} of unit {question.unit} with {question.byte_count} bytes: check"
            " unit number, baud, parity and wiring, and that nothing else asks on this line"
        )

    def missing(self) -> str:
        """What to say where the reply did not come in time."""
        if self._heard == self._request:
            return ", but the request came back: the adapter echoes, the device is silent"
        return f", but {len(self._heard)} bytes of an unfinished one" if self._heard else ""

    def forget(self) -> None:
        """Await no reply any longer."""
        self._question = None

    def _whole(self, question: Question, rest: bytes, size: int) -> tuple[int, ...] | None:
        if len(rest) < size:
            return None
        frame = rest[: size - 2]
        if checksum(frame) != rest[size - 2 : size]:
            raise LinkError(
                f"wrong checksum of the {size} bytes that answered: check cable, termination,"
                " baud and parity"
            )
        self._question = None
        if len(rest) > size:
            self._count_noise()
        if frame[1] & EXCEPTION:
            raise refusal(frame[2])
        return question.values(frame[3:])

    def _count_noise(self) -> None:
        """One stray for all that comes between a reply and the next request."""
        self.strays += not self._noisy
        self._noisy = True


def checksum(frame: bytes) -> bytes:
    """The CRC-16 of a frame as it travels, low byte first.

    Source: MODBUS over Serial Line, Specification and Implementation Guide V1.02, 6.2.2.
    """
    crc = 0xFFFF
    for byte in frame:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(2, "little")


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_TABLE: Final = tuple(_entry(byte) for byte in range(256))
