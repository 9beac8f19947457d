"""Modbus frames: what may be asked, and what answers it. Pure, and the only judge of it."""

import functools
import struct
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.modbus.errors import MeterError, RefusedError, SilentUnitError
from gateway.modbus.profile import Kind

FUNCTIONS: Final[dict[Kind, int]] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
"""The function codes that can leave the gateway: those that read."""

EXCEPTION: Final = 0x80
"""Added to the function code in a refusal."""

_EXCEPTIONS: Final = {
    1: "illegal function: the device does not know this kind of register",
    2: "illegal data address: a register asked for does not exist, check register and address",
    3: "illegal data value: too many registers at once, check max_registers",
    4: "device failure",
    5: "acknowledge: the device needs longer",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable: check the gateway's settings for this unit",
    11: "the device behind the gateway does not answer: check the unit number and its line",
}
_OF_GATEWAYS: Final = (10, 11)


@dataclass(frozen=True, slots=True)
class Question:
    """One request.

    Args:
        unit: Unit asked.
        function: Function code, one of `FUNCTIONS`.
        address: First register or bit, zero-based.
        count: Bits or registers asked for.

    Raises:
        ValueError: The function code is none that reads.
    """

    unit: int
    function: int
    address: int
    count: int
    plain: bytes = field(init=False, repr=False, compare=False)
    """Unit and request as they travel, without what a framing adds."""

    byte_count: int = field(init=False, repr=False, compare=False)
    """Bytes of data in the reply."""

    _words: struct.Struct | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS.values():
            raise ValueError(f"function code {self.function} does not read: only 1 to 4 do")
        words = struct.Struct(f">{self.count}H") if self.function > 2 else None
        plain = struct.pack(">BBHH", self.unit, self.function, self.address, self.count)
        object.__setattr__(self, "plain", plain)
        object.__setattr__(self, "byte_count", words.size if words else (self.count + 7) // 8)
        object.__setattr__(self, "_words", words)

    def values(self, data: bytes) -> tuple[int, ...]:
        """The registers (0–65535) or bits (0 or 1) in `byte_count` bytes of data."""
        if self._words is not None:
            return self._words.unpack(data)
        return tuple(data[n >> 3] >> (n & 7) & 1 for n in range(self.count))


@functools.lru_cache(maxsize=4096)
def question(unit: int, kind: Kind, address: int, count: int) -> Question:
    """A request; the same few are asked again and again."""
    return Question(unit, FUNCTIONS[kind], address, count)


class Framing(Protocol):
    """How questions and replies travel on one connection; one question at a time.

    Args:
        strays: Replies, or bursts of bytes, that answered no question and were thrown away.
        clean: Whether the next reply can be told from what came before.
    """

    strays: int

    @property
    def clean(self) -> bool:
        """Whether the next reply can be told from what came before."""
        ...

    def ask(self, question: Question) -> bytes:
        """The bytes to send; from now on its answer is awaited."""
        ...

    def receive(self, data: bytes) -> tuple[int, ...] | None:
        """Judge what came, in whatever pieces.

        Returns:
            The values, once the reply is whole; None until then.

        Raises:
            RefusedError: The reply is the device's well-formed refusal.
            SilentUnitError: The reply says that a gateway has found the device silent.
            LinkError: What came cannot be the beginning of the reply.
        """
        ...

    def missing(self) -> str:
        """What to say where the reply did not come in time; it is awaited no longer."""
        ...

    def forget(self) -> None:
        """Await no reply any longer."""
        ...


def refusal(code: int) -> MeterError:
    """What an exception code means: the unit refuses, or the gateway before it finds it silent."""
    words = f"exception {code} ({_EXCEPTIONS.get(code, 'unknown')})"
    return SilentUnitError(words) if code in _OF_GATEWAYS else RefusedError(words, code)
