"""Faults: everything that devices, gateways and long lines were ever seen to do to a reply."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from simulators import modbus
from simulators.fieldbus.device import Device
from simulators.fieldbus.frames import Asked, Framing


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes that go out.

    Args:
        data: The bytes.
        origin: The request whose answer they are; None for what answers none.
        gap_s: Time between two bytes [s]; 0 sends them at once.
        again: Whether they were sent before.
    """

    data: bytes
    origin: Asked | None = None
    gap_s: float = 0.0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing happens for a while [s]."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """The connection is reset; a serial line has none."""


Part = Send | Wait | HangUp


@dataclass(frozen=True)
class Exchange:
    """One request and what is needed to answer it, rightly or not.

    Args:
        asked: The request.
        device: Whom it asks.
        framing: How its reply is wrapped.
        earlier: What was sent on this connection before, the latest last.
        dice: Chance.
        wait_s: Time the device takes to answer [s].
        options: The episode's settings.
    """

    asked: Asked
    device: Device
    framing: Framing
    earlier: Sequence[Send]
    dice: random.Random
    wait_s: float
    options: Mapping[str, float] = field(default_factory=dict)

    def pdu(self, age_s: float = 0.0) -> bytes:
        """The device's answer, true at so long before the request [s]."""
        t_s = self.asked.t_s - age_s
        return modbus.answer(self.asked.pdu, lambda kind: self.device.table(kind, t_s))

    def frame(
        self, pdu: bytes, *, unit: int | None = None, transaction: int | None = None
    ) -> bytes:
        """A PDU as the reply to this request, or to another one."""
        return self.framing.frame(
            self.asked.transaction if transaction is None else transaction,
            self.asked.unit if unit is None else unit,
            pdu,
        )

    def option(self, name: str, low: float, high: float) -> float:
        """A setting of the episode; by chance between two bounds where it has none."""
        return self.options.get(name, self.dice.uniform(low, high))

    def send(self, data: bytes, gap_s: float = 0.0) -> Send:
        """Bytes that claim to answer this request."""
        return Send(data, self.asked, gap_s)

    def honest(self) -> Send:
        """The true answer."""
        return self.send(self.frame(self.pdu()))

    def old_pdu(self) -> bytes:
        """An answer that was true long ago: plausible in everything but its age."""
        return self.pdu(self.option("age_s", 5.0, 60.0))


def good(exchange: Exchange) -> list[Part]:
    """The true answer, in time."""
    return [Wait(exchange.wait_s), exchange.honest()]


def _late(exchange: Exchange) -> list[Part]:
    return [Wait(exchange.option("delay_s", 1.0, 2.0)), exchange.honest()]


def _silent(exchange: Exchange) -> list[Part]:
    del exchange
    return []


def _duplicate(exchange: Exchange) -> list[Part]:
    honest = exchange.honest()
    again = Send(honest.data, honest.origin, again=True)
    return [Wait(exchange.wait_s), honest, Wait(exchange.option("delay_s", 0.0, 1.5)), again]


def _held(exchange: Exchange) -> list[Part]:
    """An old reply comes in front of the true one, as from a gateway with a queue."""
    old = [_again(exchange.dice.choice(exchange.earlier))] if exchange.earlier else []
    return [*old, *good(exchange)]


def _shifted(exchange: Exchange) -> list[Part]:
    """An old reply comes instead of the true one: the gateway's queue is off by some."""
    old = [_again(exchange.dice.choice(exchange.earlier))] if exchange.earlier else []
    return [Wait(exchange.wait_s), *old]


def _again(send: Send) -> Send:
    return Send(send.data, send.origin, again=True)


def _foreign_id(exchange: Exchange) -> list[Part]:
    shift = exchange.dice.choice((-1, 1, 256, exchange.dice.randrange(1, 65_536)))
    transaction = (exchange.asked.transaction + shift) % 65_536
    return _old_reply(exchange, exchange.old_pdu(), transaction=transaction)


def _zero_id(exchange: Exchange) -> list[Part]:
    return _old_reply(exchange, exchange.old_pdu(), transaction=0)


def _foreign_unit(exchange: Exchange) -> list[Part]:
    unit = (exchange.asked.unit + exchange.dice.choice((-1, 1, 16))) % 256
    return _old_reply(exchange, exchange.old_pdu(), unit=unit)


def _old_reply(
    exchange: Exchange, pdu: bytes, *, unit: int | None = None, transaction: int | None = None
) -> list[Part]:
    if transaction is not None and exchange.framing.serial:
        return good(exchange)  # there are no transaction ids to be wrong
    frame = exchange.frame(pdu, unit=unit, transaction=transaction)
    return [Wait(exchange.wait_s), Send(frame)]


def _wrong_function(exchange: Exchange) -> list[Part]:
    other = {1: 2, 2: 1, 3: 4, 4: 3}.get(exchange.asked.function, 3)
    return _old_reply(exchange, bytes((other,)) + exchange.old_pdu()[1:])


def _wrong_count(exchange: Exchange) -> list[Part]:
    pdu = exchange.old_pdu()
    data = exchange.dice.choice((pdu[2:-2], pdu[2:] + pdu[2:4], pdu[2:-1]))
    told = exchange.dice.choice((len(data), pdu[1]))
    frame = exchange.frame(bytes((pdu[0], told & 0xFF)) + data)
    return [Wait(exchange.wait_s), Send(frame)]


def _truncated(exchange: Exchange) -> list[Part]:
    whole = exchange.honest().data
    cut = whole[: exchange.dice.randrange(1, len(whole))]
    end: list[Part] = [HangUp()] if exchange.dice.random() < 0.3 else []
    return [Wait(exchange.wait_s), Send(cut), *end]


def _exception(exchange: Exchange) -> list[Part]:
    codes = (1, 2, 3, 4, 5, 6, 10, 11)
    code = int(exchange.options.get("code", exchange.dice.choice(codes)))
    frame = exchange.frame(modbus.refusal(exchange.asked.function, code))
    return [Wait(exchange.wait_s), exchange.send(frame)]


def _zeros(exchange: Exchange) -> list[Part]:
    pdu = exchange.pdu()
    blank = pdu if pdu[0] & 0x80 else pdu[:2] + bytes(len(pdu) - 2)
    return [Wait(exchange.wait_s), exchange.send(exchange.frame(blank))]


def _sentinels(exchange: Exchange) -> list[Part]:
    asked, device = exchange.asked, exchange.device
    pdu = modbus.answer(asked.pdu, lambda kind: device.sentinels(kind, asked.t_s))
    return [Wait(exchange.wait_s), exchange.send(exchange.frame(pdu))]


def _drip(exchange: Exchange) -> list[Part]:
    honest = exchange.honest()
    seconds = exchange.option("seconds", 0.1, 2.5)
    return [exchange.send(honest.data, seconds / len(honest.data))]


def _reset(exchange: Exchange) -> list[Part]:
    whole = exchange.honest().data
    cut = whole[: exchange.dice.randrange(len(whole))]
    return [Wait(exchange.wait_s), Send(cut), HangUp()]


def _echo(exchange: Exchange) -> list[Part]:
    """An adapter for two wires that hears itself."""
    return [Send(exchange.frame(exchange.asked.pdu)), *good(exchange)]


def _crc(exchange: Exchange) -> list[Part]:
    if not exchange.framing.serial:
        return good(exchange)  # TCP has checksums of its own
    data = bytearray(exchange.frame(exchange.old_pdu()))
    data[exchange.dice.randrange(len(data))] ^= 1 << exchange.dice.randrange(8)
    return [Wait(exchange.wait_s), Send(bytes(data))]


def _noise(exchange: Exchange) -> list[Part]:
    noise = Send(exchange.dice.randbytes(exchange.dice.randrange(1, 12)))
    before, after = good(exchange)
    return exchange.dice.choice(([noise, before, after], [before, noise, after], [before, noise]))


def _swapped(exchange: Exchange) -> list[Part]:
    """The device answers in another byte order than a moment ago."""
    asked, device = exchange.asked, exchange.device
    pdu = modbus.answer(asked.pdu, lambda kind: device.turned(kind, asked.t_s))
    return [Wait(exchange.wait_s), exchange.send(exchange.frame(pdu))]


def _lie(exchange: Exchange) -> list[Part]:
    """A reply without fault in its form, but its gauges show what was true a while ago."""
    asked, device, age_s = exchange.asked, exchange.device, exchange.option("age_s", 2.0, 60.0)
    pdu = modbus.answer(asked.pdu, lambda kind: device.table(kind, asked.t_s, age_s))
    return [Wait(exchange.wait_s), exchange.send(exchange.frame(pdu))]


FAULTS: Final[Mapping[str, Callable[[Exchange], list[Part]]]] = {
    "late": _late,
    "silent": _silent,
    "duplicate": _duplicate,
    "held": _held,
    "shifted": _shifted,
    "foreign_id": _foreign_id,
    "zero_id": _zero_id,
    "foreign_unit": _foreign_unit,
    "wrong_function": _wrong_function,
    "wrong_count": _wrong_count,
    "truncated": _truncated,
    "exception": _exception,
    "zeros": _zeros,
    "sentinels": _sentinels,
    "drip": _drip,
    "reset": _reset,
    "echo": _echo,
    "crc": _crc,
    "noise": _noise,
    "swapped": _swapped,
    "lie": _lie,
}
"""Name -> what it makes of a reply."""

LIES: Final = frozenset({"swapped", "lie"})
"""Faults whose gauges may be wrong in range and in rate: no one can tell them from the truth."""

GLITCHES: Final = frozenset({"zeros", "swapped", "lie"})
"""Faults that last one read: what is shown twice is no glitch but what the device means."""

REFUSED: Final = "refused"
"""The fault of a whole line: connections are reset and new ones refused."""
