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
_LONG: Final = re.compile(rb"[:,\[]-?\d{16}")
_INTEGER: Final = re.compile(rb"[:,\[]-?(\d{16,})(?!\.)")
_LARGEST: Final = 2**53 - 1
_WHOLE: Final = re.compile(rb"\.0(?=[,\]}]|$)")
_MILLIONTHS: Final = re.compile(rb"(\d)(?:\.(\d+))?e-6(?!\d)")
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
        outside = _MILLIONTHS.sub(rb"0.00000\1\2", outside)
    pieces[::2] = outside.split(b'"')
    return b'"'.join(pieces).decode()


def _uncommon(text: bytes, outside: bytes) -> bool:
    """Negative zero, large exponents, integers that no float holds, characters of two units."""
    if (b"-0.0" in outside and _NEGATIVE_ZERO.search(outside)) or _LARGE.search(outside):
        return True
    if not text.isascii() and any(first in text for first in _TWO_UNITS):
        return True
    return _LONG.search(outside) is not None and any(
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
