"""Guess: what some registers of an unknown device may mean, the likeliest first (pure).

Every type, byte order, scale and neighbouring address is a guess. Each has a doubt, in bits: one
bit more is half as likely. The sizes of the doubts are judgement, not measurement; the tests say
how often the truth comes first with them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.modbus import registers as raw
from gateway.modbus.guess_doubts import (
    GROWS,
    LAST_DIGITS,
    distant,
    implausible,
    moved,
    nearness,
    off,
    place,
    typed,
)
from gateway.modbus.scaling import scaled

SCALES: Final = {1.0: 0.0, 0.1: 1.0, 0.01: 1.5, 0.001: 2.0, 10.0: 3.0, 1000.0: 3.0, 0.0001: 4.0,
                 100.0: 4.0}  # fmt: skip
"""Scale -> doubt that a manual has it."""

_FLOAT_SCALES: Final = {1.0: 0.0, 0.001: 4.0, 1000.0: 4.0, 0.1: 6.0, 0.01: 6.0, 10.0: 6.0}
_ORDERS: Final = {
    "ABCD": 0.0, "CDAB": 1.0, "BADC": 4.0, "DCBA": 3.0,
    "AB": 0.0, "BA": 4.0,
    "ABCDEF": 0.0, "EFCDAB": 1.5, "BADCFE": 4.0, "FEDCBA": 3.0,
    "ABCDEFGH": 0.0, "GHEFCDAB": 1.5, "BADCFEHG": 4.0, "HGFEDCBA": 3.0,
}  # fmt: skip
_RARE: Final = {"float64": 1.0, "int64": 1.0, "uint64": 1.0, "int48": 3.0, "uint48": 3.0,
                "float16": 4.0}  # fmt: skip
_COMMON: Final = ("int16", "uint16", "int32", "uint32", "float32")
_DECIMAL: Final = ("bcd", "mod10k")
_NO_NUMBERS: Final = ("bit", "string")

_OFF_BY_ONE: Final = 3.0
_ELSEWHERE: Final = 6.0

_ALIKE: Final = 0.05
"""Share of the display's value within which two meanings both may be it."""

_FAR_NEARER: Final = 100.0
"""Times nearer to the display's value that leaves no doubt."""

_LETTERS: Final = 6

_HOPELESS: Final = 12.0
"""Difference of doubt beyond which a guess only confuses [bit]."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One meaning of the registers at an address.

    Args:
        address: First register, zero-based.
        types: Types that give this value alike, the simplest first.
        order: Byte order as the bytes travel.
        scale: Value = register × scale.
        value: What it would read, in an unknown unit.
        grew: By how much it changed since the first read; None without a second one.
        doubt: How little speaks for it [bit].
        remarks: What speaks for and against it, in words.
    """

    address: int
    types: tuple[str, ...]
    order: str
    scale: float
    value: float
    grew: float | None
    doubt: float
    remarks: tuple[str, ...]

    @property
    def type(self) -> str:
        """The simplest of its types; of a totaliser, the one without a sign."""
        if self.counts_up:
            return next((one for one in self.types if one.startswith("u")), self.types[0])
        return self.types[0]

    @property
    def counts_up(self) -> bool:
        """Whether it grew as a totaliser does."""
        return GROWS in self.remarks

    @property
    def words(self) -> int:
        """Number of registers it takes."""
        return raw.words(self.type)


def guesses(
    now: Mapping[int, int],
    asked: int,
    *,
    expect: float | None = None,
    before: Mapping[int, int] | None = None,
) -> tuple[Guess, ...]:
    """Every meaning of some registers, the least doubtful first.

    Args:
        now: Address -> register (0–65535), of those that could be read.
        asked: The address that the manual names, zero-based or not.
        expect: What the meter's display shows; None where nobody knows. With it only guesses
            within a factor of ten are told.
        before: The same registers some seconds earlier.
    """
    found: dict[tuple[int, str, float, float], Guess] = {}
    for address in sorted(now):
        for type_, order in _layouts():
            block = _block(now, address, raw.words(type_))
            number = None if block is None else _number(block, type_, order)
            if number is None:
                continue
            old = None if before is None else _block(before, address, raw.words(type_))
            was = None if old is None else _number(old, type_, order)
            for scale in _scales(type_, expect):
                guess = _judged(address, asked, type_, order, scale, number, was, expect)
                if guess is not None:
                    key = (address, order, scale, guess.value)
                    found[key] = _merged(found[key], guess) if key in found else guess
    return tuple(sorted(found.values(), key=lambda one: (one.doubt, one.address, one.words)))


def rivals(ranked: Sequence[Guess], *, within: float = 1.0) -> tuple[Guess, ...]:
    """Guesses that the registers cannot tell from the first: nearly as likely, another meaning.

    Args:
        ranked: What `guesses` gave.
        within: Greatest difference of doubt [bit].
    """
    return tuple(one for one in ranked[1:] if one.doubt - ranked[0].doubt <= within)


def twins(ranked: Sequence[Guess], expect: float) -> tuple[Guess, ...]:
    """Guesses elsewhere or in another order that a display fits as well as the first.

    The low word of a neighbour makes hardly another number than its own: where the low word
    comes first, the value at the next address reads almost alike the other way round.

    Args:
        ranked: What `guesses` gave.
        expect: What the display shows.
    """
    best = ranked[0]
    nearest = max(off(best.value, expect), typed(expect) / LAST_DIGITS)
    return tuple(
        one
        for one in rivals(ranked, within=_HOPELESS / 2)
        if (one.address, one.order) != (best.address, best.order)
        and one.value != best.value
        and (one.words == best.words or one is ranked[1])
        and off(best.value, expect) <= _ALIKE
        and off(one.value, expect) <= min(_ALIKE, _FAR_NEARER * nearest)
    )


def worth_a_look(ranked: Sequence[Guess]) -> tuple[Guess, ...]:
    """The guesses that are not out of the question beside the first."""
    return tuple(one for one in ranked if one.doubt - ranked[0].doubt <= _HOPELESS)


def text(
    now: Mapping[int, int], address: int, before: Mapping[int, int] | None = None
) -> str | None:
    """The text that begins at an address, or None where there is none of six letters or more.

    Args:
        now: Address -> register (0–65535).
        address: Where it begins.
        before: The same registers some seconds earlier; a text does not change.
    """
    letters = bytearray()
    start = address
    while address in now:
        letters += now[address].to_bytes(2, "big")
        address += 1
    shown = bytes(letters).split(b"\x00")[0]
    taken = range(start, start + (len(shown) + 1) // 2)
    rests = before is None or all(before.get(n, now[n]) == now[n] for n in taken)
    plain = all(0x20 <= letter < 0x7F for letter in shown)
    found = shown.decode("ascii").strip() if plain and rests else ""
    return found if len(found) >= _LETTERS else None


def _layouts() -> Iterator[tuple[str, str]]:
    for type_ in sorted(raw.TYPES.keys() - set(_NO_NUMBERS), key=lambda one: (_rarity(one), one)):
        for order in raw.ORDERS[raw.words(type_)]:
            yield type_, order


def _rarity(type_: str) -> float:
    if type_ in _COMMON:
        return 0.0
    return _RARE.get(type_, 2.5 if type_.startswith(_DECIMAL) else 4.0)


def _block(registers: Mapping[int, int], address: int, words: int) -> list[int] | None:
    wanted = range(address, address + words)
    return [registers[n] for n in wanted] if all(n in registers for n in wanted) else None


def _number(block: Sequence[int], type_: str, order: str) -> int | float | None:
    number = raw.number(block, type_, order)
    return number if number is not None and math.isfinite(number) else None


def _scales(type_: str, expect: float | None) -> Mapping[float, float]:
    if expect is None:
        return {1.0: 0.0}
    return _FLOAT_SCALES if type_.startswith("float") else SCALES


def _judged(
    address: int,
    asked: int,
    type_: str,
    order: str,
    scale: float,
    number: int | float,
    was: int | float | None,
    expect: float | None,
) -> Guess | None:
    value = scaled(number, scale)
    grew = None if was is None else value - scaled(was, scale)
    doubt = _rarity(type_) + _ORDERS[order] + _scales(type_, expect)[scale]
    remarks = []
    if address != asked:
        doubt += _OFF_BY_ONE if abs(address - asked) == 1 else _ELSEWHERE
        remarks.append(place(address - asked))
    if expect is None:
        unlikely, why = implausible(type_, number)
        doubt += unlikely
        remarks.append(why)
    else:
        distance = off(value, expect)
        if distance > 0.9 and not 0.1 <= abs(value) / (abs(expect) or 1.0) <= 10:
            return None
        doubt += distant(distance, expect)
        remarks.append(nearness(distance, expect))
    if was is not None and number != was:
        doubted, why = moved(type_, number, was)
        doubt += doubted
        remarks.append(why)
    return Guess(address, (type_,), order, scale, value, grew, doubt, tuple(remarks))


def _merged(one: Guess, other: Guess) -> Guess:
    """Two types that give the same value are one guess, as sure as the surer."""
    surer = min(one, other, key=lambda guess: guess.doubt)
    rest = other if surer is one else one
    return replace(surer, types=surer.types + rest.types)
