"""Mbap: Modbus TCP frames, with a transaction id; also inside TLS. Pure."""

import struct
from typing import Final

from gateway.modbus.errors import LinkError, RefusedError, SilentUnitError
from gateway.modbus.frames import EXCEPTION, Question, refusal

_HEADER: Final = struct.Struct(">HHHB")
_BEFORE_UNIT: Final = struct.Struct(">HHH")
_SHORTEST: Final = 3
_LONGEST: Final = 254


class Mbap:
    """One connection's frames.

    A reply to another transaction is thrown away and counted, and waiting goes on, so that
    duplicates cost nothing. Whatever else is not the answer is an error.

    Args:
        transaction: Transaction id used last, 0 to 65535. A new connection goes on where the one
            before stopped: an id used on that one must not come back soon.
    """

    def __init__(self, transaction: int) -> None:
        self.transaction = transaction
        self.strays = 0
        self._question: Question | None = None
        self._others = 0
        self._rest = b""

    @property
    def clean(self) -> bool:
        """Whether no part of a frame is left over."""
        return not self._rest

    def ask(self, question: Question) -> bytes:
        """The bytes to send. Transaction id 0 is never used: broken devices answer with it."""
        self.transaction = self.transaction % 0xFFFF + 1
        self._question = question
        self._others = self.strays
        return _BEFORE_UNIT.pack(self.transaction, 0, len(question.plain)) + question.plain

    def receive(self, data: bytes) -> tuple[int, ...] | None:
        """Judge what came; see `frames.Framing`."""
        if self._rest:
            data = self._rest + data
        values = refused = None
        while len(data) >= _HEADER.size:
            transaction, protocol, length, unit = _HEADER.unpack_from(data)
            if protocol != 0 or not _SHORTEST <= length <= _LONGEST:
                raise LinkError(
                    f"the bytes {data[: _HEADER.size].hex(' ')} are no Modbus TCP header: check"
                    " host and port"
                )
            size = _BEFORE_UNIT.size + length
            if len(data) < size:
                break
            pdu, data = data[_HEADER.size : size], data[size:]
            question = self._question
            if question is None or transaction != self.transaction:
                self.strays += 1
                continue
            self._question = None
            try:
                values = _judge(question, unit, pdu)
            except (RefusedError, SilentUnitError) as error:
                refused = error
        self._rest = data
        if refused is not None:
            raise refused
        return values

    def missing(self) -> str:
        """What to say where the reply did not come in time."""
        if others := self.strays - self._others:
            return f", but {others} with a foreign or no transaction id"
        if self._rest:
            return f", but {len(self._rest)} bytes of an unfinished one"
        return ""

    def forget(self) -> None:
        """Await no reply any longer."""
        self._question = None


def _judge(question: Question, unit: int, pdu: bytes) -> tuple[int, ...]:
    """The values of a reply that bears the request's transaction id, if it answers it."""
    if unit != question.unit:
        raise LinkError(f"unit {unit} answered for unit {question.unit}: check the unit number")
    function = pdu[0]
    if function == question.function | EXCEPTION and len(pdu) == 2:
        raise refusal(pdu[1])
    if function != question.function:
        raise LinkError(f"function {function} answered for function {question.function}")
    byte_count = question.byte_count
    if pdu[1] != byte_count or len(pdu) != 2 + byte_count:
        raise LinkError(
            f"{len(pdu) - 2} bytes of data, announced as {pdu[1]}, answered for {byte_count}"
        )
    return question.values(pdu[2:])
