"""Airtime: how long requests keep a serial line busy, worked out from its speed (pure)."""

from typing import Final

from gateway.config import Line
from gateway.modbus.frames import FUNCTIONS, Question
from gateway.modbus.plan import Request
from gateway.modbus.rtu import REQUEST_SIZE, reply_size

REPLY_S: Final = 0.02
"""Time a device takes to begin its reply [s]: assumed, manuals say 5 to 50 ms."""

_SILENCE_CHARACTERS: Final = 3.5
_FAST_BAUD: Final = 19_200
_FAST_SILENCE_S: Final = 0.00175


def is_serial(line: Line) -> bool:
    """Whether the speed of the line is known: a serial one, or one behind a box with `baud`."""
    return line.transport == "rtu" or (
        line.transport == "rtu_over_tcp" and "baud" in line.model_fields_set
    )


def character_s(line: Line) -> float:
    """Time of one character: start bit, eight of data, parity, stop bits [s]."""
    return (1 + 8 + (line.parity != "none") + line.stop_bits) / line.baud


def gap_s(line: Line) -> float:
    """Silence between two frames [s].

    Source: MODBUS over Serial Line, Specification and Implementation Guide V1.02, 2.5.1.1.
    """
    fast = line.baud > _FAST_BAUD
    return _FAST_SILENCE_S if fast else _SILENCE_CHARACTERS * character_s(line)


def data_bytes(request: Request) -> int:
    """Bytes of data in the reply to a request."""
    return _question(request).byte_count


def busy_s(request: Request, line: Line, pause_s: float = 0.0) -> float:
    """How long one request and its reply keep a serial line from others [s].

    Args:
        request: What is asked for.
        line: The line it goes over.
        pause_s: Silence that the device needs after its reply [s].
    """
    silence_s = gap_s(line)
    sent = REQUEST_SIZE + reply_size(_question(request))
    after_s = max(silence_s, pause_s, line.pause_s)
    return sent * character_s(line) + silence_s + REPLY_S + after_s


def _question(request: Request) -> Question:
    return Question(0, FUNCTIONS[request.register], request.address, request.count)
