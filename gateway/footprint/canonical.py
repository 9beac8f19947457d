"""RFC 8785 JSON and the digests taken of it."""

import hashlib
from typing import Any

import msgspec
import rfc8785

from agent.cofiring.record import FactorRecord


def text_of(value: Any) -> str:
    """A JSON-ready value as canonical text: one value, one text."""
    return rfc8785.dumps(value).decode()


def digest_of(value: Any) -> str:
    """SHA-256 of a JSON-ready value's canonical text, hexadecimal."""
    return hash_of(text_of(value))


def hash_of(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def record_text(record: FactorRecord) -> str:
    """A record's canonical text, of which its hash is taken."""
    return text_of(msgspec.to_builtins(record))


def record_from(text: str) -> FactorRecord:
    """A record from its canonical text."""
    return msgspec.json.decode(text, type=FactorRecord)
