"""Passwords as argon2id hashes, tokens as SHA-256: neither is stored in clear."""

import hashlib
import hmac
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH: Final = 10
MAXIMUM_LENGTH: Final = 256

# 19 MiB and two passes: OWASP's least for argon2id, chosen for a Raspberry Pi that shares its
# memory with the recorder.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """The salted hash of a password."""
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; as slow for an unknown user (None) as for a wrong password."""
    try:
        # Without a user the hash of this very call's making takes the same work as a check.
        if password_hash is None:
            _HASHER.hash(password)
            return False
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """A token that cannot be guessed (256 bits)."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token: it has enough entropy that a plain hash is safe."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(session_token: str) -> str:
    """The token that a page must send beside the cookie: only its own origin can know it."""
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
