"""Builds signed releases on either Python, with a key that is no secret."""

import binascii
import hashlib
import json

import ecdsa
import release

SECRET = 0x1F00C0FFEE
ORDER = ("format", "version", "number", "port", "mpy", "files", "boards")
OTHER_SECRET = 0x2F00C0FFEE
_NONCE = 0x123456789ABCDEF  # the same always: nothing here is to be kept


def times(k, point=None):
    """A multiple of a point of the curve, of its base point by default."""
    total = None
    for bit in range(255, -1, -1):
        total = ecdsa._double(total)
        if k >> bit & 1:
            total = ecdsa._add(total, point or ecdsa.G)
    return ecdsa._affine(total)


def key(secret=SECRET):
    """The public key of a secret, 65 bytes."""
    x, y = times(secret)
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def sign(text, secret=SECRET):
    """r and s of a text, 64 bytes."""
    r = times(_NONCE)[0] % ecdsa.N
    e = int.from_bytes(hashlib.sha256(text).digest(), "big")
    s = pow(_NONCE, ecdsa.N - 2, ecdsa.N) * (e + secret * r) % ecdsa.N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def hexadecimal(data):
    """Bytes as text."""
    return binascii.hexlify(data).decode()


def manifest(contents, **changes):
    """What a release says of its files, in the order of their names."""
    told = {
        "format": 1,
        "version": "1.2.0",
        "number": 12,
        "port": release.port(),
        "mpy": release.abi(),
        "boards": None,
        "files": [
            [name, len(data), hexadecimal(hashlib.sha256(data).digest())]
            for name, data in sorted(contents.items())
        ],
    }
    told.update(changes)
    # In the order of the format; MicroPython's dictionaries have none.
    parts = ['"' + key + '":' + json.dumps(told[key], separators=(",", ":")) for key in ORDER]
    return ("{" + ",".join(parts) + "}").encode()


def head(text, secret=SECRET):
    """Everything of a release before its files."""
    signature = sign(text, secret)
    return (
        release.MAGIC
        + len(text).to_bytes(2, "big")
        + text
        + len(signature).to_bytes(2, "big")
        + signature
    )


def build(contents, secret=SECRET, **changes):
    """A whole release."""
    data = head(manifest(contents, **changes), secret)
    for name in sorted(contents):
        data += contents[name]
    return data


def digest(data):
    """What an order calls a release."""
    length = int.from_bytes(data[8:10], "big")
    return hashlib.sha256(data[10 : 10 + length]).digest()
