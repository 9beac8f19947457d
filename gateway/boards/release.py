"""A release: the board's program as one file, signed by a key that no board and no gateway holds.

``HINOBAN1``, the manifest's length and text, the signature's length and r‖s, then every file in
the manifest's order. What is signed are the manifest's bytes as they stand; it names every file
with its size and SHA-256.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from gateway.boards.certificates import Key
from gateway.boards.errors import ReleaseError
from gateway.boards.manifest import Manifest, encode, parse

MAGIC: Final = b"HINOBAN1"
SUFFIX: Final = ".hbr"
PUBLIC_BYTES: Final = 65
SIGNATURE_BYTES: Final = 64
MOST_BYTES: Final = 1_000_000
"""The longest release: more than any board has room for twice [bytes]."""

_HALF: Final = SIGNATURE_BYTES // 2


@dataclass(frozen=True, slots=True)
class Release:
    """A release as read.

    Args:
        manifest: What it says of itself.
        text: The manifest's bytes, which the signature is of.
        signature: r and s, 32 bytes each; empty where it is not signed yet.
        contents: Name -> bytes.
    """

    manifest: Manifest
    text: bytes
    signature: bytes
    contents: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """Its file's name."""
        return f"{self.manifest.version}-{self.manifest.port}{SUFFIX}"

    @property
    def head(self) -> bytes:
        """All before the files: how a board knows what a slot holds."""
        lengths = struct.pack(">H", len(self.text)), struct.pack(">H", len(self.signature))
        return MAGIC + lengths[0] + self.text + lengths[1] + self.signature

    @property
    def packed(self) -> bytes:
        """The whole file."""
        return self.head + b"".join(self.contents[name] for name, _, _ in self.manifest.files)

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, in hex: what an update order names it by."""
        return hashlib.sha256(self.text).hexdigest()


def make(
    version: str,
    number: int,
    port: str,
    mpy: int,
    contents: Mapping[str, bytes],
    boards: tuple[str, ...] = (),
) -> Release:
    """An unsigned release.

    Raises:
        ReleaseError: Something of it cannot be.
    """
    files = [(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in contents.items()]
    text = encode(Manifest(version, number, port, mpy, tuple(sorted(files)), boards))
    release = Release(parse(text), text, b"", dict(contents))
    if len(release.packed) > MOST_BYTES:
        raise ReleaseError(
            f"the release has {len(release.packed)} bytes; a board has room for {MOST_BYTES}"
        )
    return release


def sign(release: Release, key: Key) -> Release:
    """The same release, signed."""
    signature = key.sign(release.text, ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(signature)
    raw = r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    return Release(release.manifest, release.text, raw, release.contents)


def verify(release: Release, public: bytes) -> None:
    """Whether a release was signed with the key that `public` belongs to.

    Raises:
        ReleaseError: It was not.
    """
    if not release.signature:
        raise ReleaseError(f"{release.name} is not signed: sign it with `hinoban release sign`")
    r, s = (int.from_bytes(half, "big") for half in _halves(release.signature))
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except ValueError as err:
        raise ReleaseError(f"the public release key is none ({err}); restore it") from err
    try:
        key.verify(utils.encode_dss_signature(r, s), release.text, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as err:
        raise ReleaseError(
            f"{release.name} was not signed with this site's release key: build or sign it anew"
        ) from err


def read(data: bytes) -> Release:
    """A release from its file's bytes; every file is held against the manifest.

    Raises:
        ReleaseError: It is no release, cut off, or altered.
    """
    if not data.startswith(MAGIC):
        raise ReleaseError("this is no release: it does not begin with HINOBAN1")
    text, at = _field(data, len(MAGIC), "manifest")
    signature, at = _field(data, at, "signature")
    if len(signature) not in {0, SIGNATURE_BYTES}:
        raise ReleaseError(f"the signature has {len(signature)} bytes, not {SIGNATURE_BYTES}")
    manifest = parse(text)
    contents = {}
    for name, size, digest in manifest.files:
        content = data[at : at + size]
        if hashlib.sha256(content).hexdigest() != digest:
            raise ReleaseError(f"{name} of {manifest.version} is damaged; fetch the release again")
        contents[name] = content
        at += size
    if at != len(data):
        raise ReleaseError(f"{len(data) - at} bytes follow the release; fetch it again")
    return Release(manifest, text, signature, contents)


def public_bytes(key: Key) -> bytes:
    """The public half of a release key, as boards hold it: 0x04, x, y."""
    return key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def _field(data: bytes, at: int, what: str) -> tuple[bytes, int]:
    """A field behind its length, and where the next begins."""
    start = at + 2
    end = start + int.from_bytes(data[at:start], "big")
    if len(data) < max(start, end):
        raise ReleaseError(f"the release ends within its {what}; fetch it again")
    return data[start:end], end


def _halves(signature: bytes) -> tuple[bytes, bytes]:
    return signature[:_HALF], signature[_HALF:]
