"""SiteKey: the site's own Ed25519 key, with which the ends of its chains are signed."""

import hashlib
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from agent.errors import HinobanError

_MODE: Final = 0o600
_OTHERS: Final = 0o077


class SiteKeyError(HinobanError):
    """The site's key cannot be used, in words that say what to do."""


class SiteKey:
    """Signs in the name of the site.

    Args:
        key: The private key; it is never written into a log, a record or an answer.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @classmethod
    def open(cls, path: Path) -> "SiteKey":
        """The key of a file, which is made where there is none, for its owner's eyes only.

        Raises:
            SiteKeyError: It cannot be read or made, is no Ed25519 key, or others can read it.
        """
        try:
            if not path.exists():
                _make(path)
            if path.stat().st_mode & _OTHERS:
                raise SiteKeyError(f"{path}: others can read the site's key: chmod 600 {path}")
            key = load_pem_private_key(path.read_bytes(), None)
        except OSError as err:
            words = "name another file with signing_key in [storage]"
            raise SiteKeyError(f"{path}: {err.strerror}; {words}") from err
        except (ValueError, TypeError) as err:
            raise SiteKeyError(f"{path}: this is no private key without a password") from err
        if not isinstance(key, Ed25519PrivateKey):
            raise SiteKeyError(f"{path}: this is no Ed25519 key; move it away for a new one")
        return cls(key)

    def sign(self, text: str) -> str:
        """The signature of a text, hexadecimal."""
        return self._key.sign(text.encode()).hex()


def signed_by(public: str, text: str, signature: str) -> bool:
    """Whether a text bears the signature of a public key, both hexadecimal."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public: str) -> str:
    """What people compare of a public key: the first 32 digits of its SHA-256, in fours."""
    digest = hashlib.sha256(bytes.fromhex(public)).hexdigest()[:32]
    return " ".join(digest[n : n + 4] for n in range(0, len(digest), 4))


def _make(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
