"""RFC 8785 JSON and the digests taken of it.

Records are written every minute, each with hundreds of values, so msgspec writes the text. It
differs from the RFC in whole floats and in millionths, which are put right here, and in what is so
uncommon that it is left to `rfc8785` as a whole.
"""

import hashlib
import re
from typing import Any, Final

import msgspec
import rfc8785

from agent.cofiring.record import FactorRecord

_JSON: Final = msgspec.json.Encoder(order="sorted")
_PACKED: Final = msgspec.msgpack.Encoder()
_NO_NUMBER: Final = re.compile(rb"\xcb[\x7f\xff][\xf0-\xff]")
"""In packed form: floats that are no number, and, seldom, what looks like one."""
_DIGITS: Final = bytes.maketrans(b"123456789,[-", b"000000000:::")
_LONG: Final = b":" + b"0" * 16
"""In a text of which `_DIGITS` left only where numbers begin and how many digits they have."""
_INTEGER: Final = re.compile(rb"[:,\[]-?(\d{16,})(?!\.)")
_LARGEST: Final = 2**53 - 1
_WHOLE: Final = re.compile(rb"\.0(?=[,\]}]|$)")
_MILLIONTH: Final = re.compile(rb"e-6(?!\d)")
_NEGATIVE_ZERO: Final = re.compile(rb"-0\.0(?!\d)")
_LARGE: Final = re.compile(rb"e\d")
_TWO_UNITS: Final = tuple(bytes([first]) for first in range(0xF0, 0xF5))
"""What characters begin with that UTF-16 may sort otherwise than UTF-8."""


def text_of(value: Any) -> str:
    """A JSON-ready value, or a struct of such, as canonical text: one value, one text.

    Raises:
        rfc8785.CanonicalizationError: It has no canonical text.
    """
    try:
        text = _JSON.encode(value)
        odd = _NO_NUMBER.search(_PACKED.encode(value)) or b"\\" in text or text[:1] not in b"{["
    except (TypeError, ValueError, OverflowError):
        odd = True
    if odd:
        return _by_library(value)
    pieces = text.split(b'"')
    outside = b'"'.join(pieces[::2])
    if _uncommon(text, outside):
        return _by_library(value)
    outside = _WHOLE.sub(b"", outside)
    if b"e-6" in outside:
        outside = _spelt_out(outside)
    pieces[::2] = outside.split(b'"')
    return b'"'.join(pieces).decode()


def _spelt_out(outside: bytes) -> bytes:
    """Millionths without an exponent: 1.5e-6 is 0.0000015."""
    pieces: list[bytes] = []
    begun = 0
    for found in _MILLIONTH.finditer(outside):
        start = found.start()
        while outside[start - 1] in b"0123456789.":
            start -= 1
        digits = outside[start : found.start()].replace(b".", b"")
        pieces += (outside[begun:start], b"0.00000", digits)
        begun = found.end()
    return b"".join((*pieces, outside[begun:]))


def _uncommon(text: bytes, outside: bytes) -> bool:
    """Negative zero, large exponents, integers that no float holds, characters of two units."""
    if (b"-0.0" in outside and _NEGATIVE_ZERO.search(outside)) or _LARGE.search(outside):
        return True
    if not text.isascii() and any(first in text for first in _TWO_UNITS):
        return True
    return _LONG in outside.translate(_DIGITS) and any(
        int(digits) > _LARGEST for digits in _INTEGER.findall(outside)
    )


def digest_of(value: Any) -> str:
    """SHA-256 of a JSON-ready value's canonical text, hexadecimal."""
    return hash_of(text_of(value))


def hash_of(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def record_text(record: FactorRecord) -> str:
    """A record's canonical text, of which its hash is taken."""
    return text_of(record)


def record_from(text: str) -> FactorRecord:
    """A record from its canonical text."""
    return msgspec.json.decode(text, type=FactorRecord)


def _by_library(value: Any) -> str:
    plain = msgspec.to_builtins(value) if isinstance(value, msgspec.Struct) else value
    return rfc8785.dumps(plain).decode()
