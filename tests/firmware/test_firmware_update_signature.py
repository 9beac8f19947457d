"""The board's signature check says what OpenSSL says, also at the edges of the curve."""

import hashlib
import json
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
PREHASHED = ec.ECDSA(utils.Prehashed(hashes.SHA256()))

Point = tuple[int, int]


def times(k: int, point: Point | None = None) -> Point:
    """A multiple of the base point by OpenSSL, of another point by the textbook."""
    if point is None:
        numbers = ec.derive_private_key(k % N, ec.SECP256R1()).public_key().public_numbers()
        return numbers.x, numbers.y
    total: Point | None = None
    for bit in f"{k % N:b}":
        total = plus(total, total)
        total = plus(total, point) if bit == "1" else total
    assert total is not None
    return total


def plus(one: Point | None, other: Point | None) -> Point | None:
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (
        (3 * x1 * x1 - 3) * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    )
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def negative(point: Point) -> Point:
    return point[0], P - point[1]


def key(point: Point) -> bytes:
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def pair(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def digest(e: int) -> bytes:
    return (e % N).to_bytes(32, "big")


def openssl(public: bytes, hashed: bytes, signature: bytes) -> bool:
    try:
        known = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        known.verify(utils.encode_dss_signature(r, s), hashed, PREHASHED)
    except (ValueError, InvalidSignature):
        return False
    return True


def signed(secret: int, text: bytes) -> tuple[bytes, bytes, bytes]:
    private = ec.derive_private_key(secret, ec.SECP256R1())
    r, s = utils.decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
    return key(times(secret)), hashlib.sha256(text).digest(), pair(r, s)


def chosen(u: int, v: int, secret: int) -> tuple[bytes, bytes, bytes]:
    """A right signature whose check adds u times G and v times the public key."""
    r = times(u + v * secret)[0] % N
    s = r * pow(v, -1, N) % N
    return key(times(secret)), digest(u * s), pair(r, s)


def recovered() -> tuple[bytes, bytes, bytes]:
    """A right signature by a point whose x is above the order: r is x - N."""
    x = N
    while True:
        x += 1
        square = (x**3 - 3 * x + B) % P
        y = pow(square, (P + 1) // 4, P)
        if x < P and y * y % P == square:
            break
    r, s, e = x - N, 12345, 67890
    by_r = pow(r, -1, N)
    public = plus(times(s * by_r, (x, y)), times(-e * by_r))
    assert public is not None
    return key(public), digest(e), pair(r, s)


def cases() -> Iterator[tuple[str, bytes, bytes, bytes, bool]]:
    """Name, key, digest, signature, and whether it is right."""
    rng = random.Random(4)
    public, hashed, good = signed(0xC0FFEE, b"release")
    r, s = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:], "big")
    yield "right", public, hashed, good, True
    yield "the other s", public, hashed, pair(r, N - s), True
    for name, signature in {
        "r is 0": pair(0, s),
        "s is 0": pair(r, 0),
        "both are 0": pair(0, 0),
        "r is N": pair(N, s),
        "s is N": pair(r, N),
        "r is P": pair(P % 2**256, s),
        "r is N - r": pair(N - r, s),
        "r is all ones": pair(2**256 - 1, s),
        "r is 1": pair(1, s),
        "s is 1": pair(r, 1),
        "both are 1": pair(1, 1),
        "s is N - 1": pair(r, N - 1),
        "r and s exchanged": pair(s, r),
        "nothing": b"",
        "63 bytes": good[:63],
        "65 bytes": good + b"\x00",
        "DER": utils.encode_dss_signature(r, s),
        "DER cut to 64 bytes": utils.encode_dss_signature(r, s)[:64],
    }.items():
        yield name, public, hashed, signature, False
    if r + N < 2**256:
        yield "r + N", public, hashed, pair(r + N, s), False
    if s + N < 2**256:
        yield "s + N", public, hashed, pair(r, s + N), False
    small = recovered()
    yield "x above N", *small, True
    low = int.from_bytes(small[2][:32], "big")
    yield "x above N, not reduced", small[0], small[1], pair(low + N, 12345), False

    e, secret = 31337, 0xBADC0DE
    yield "infinity", key(times(secret)), digest(e), pair(-e * pow(secret, -1, N) % N, 7), False
    yield "digest of 0", *chosen(0, 5, secret), True
    for name, secret in {"G": 1, "-G": N - 1, "2G": 2, "-2G": N - 2, "G/2": (N + 1) // 2}.items():
        for u, v in ((2, 1), (1, 2), (5, 2), (2, 5), (3, 3), (1, 1), (N - 2, 3)):
            if (u + v * secret) % N:
                yield f"key {name}, {u} and {v}", *chosen(u, v, secret), True

    x, y = times(0xC0FFEE)
    for name, bad in {
        "another key": key(times(0xC0FFED)),
        "the key's negative": key(negative((x, y))),
        "off the curve": key((x, y ^ 1)),
        "x and y exchanged": key((y, x)),
        "zeros": key((0, 0)),
        "x + P": b"\x04" + (x + P).to_bytes(33, "big")[-32:] + y.to_bytes(32, "big"),
        "compressed": ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint),
        "infinity as a key": b"\x00",
        "without its first byte": public[1:],
        "hybrid": b"\x06" + public[1:],
        "empty": b"",
    }.items():
        yield f"key: {name}", bad, hashed, good, False
    yield "a digest cut short", public, hashed[:31], good, False
    for number in range(24):
        known, text, right = signed(rng.randrange(1, N), rng.randbytes(40))
        yield f"random {number}", known, text, right, True
        at, bit = rng.randrange(64), 1 << rng.randrange(8)
        changed = bytearray(right)
        changed[at] ^= bit
        yield f"random {number} with a flipped bit", known, text, bytes(changed), False


def test_every_case_is_judged_as_openssl_does(
    run_node: Callable[..., str], firmware_directory: Path, tmp_path: Path
) -> None:
    known = list(cases())
    given = tmp_path / "cases.json"
    given.write_text(json.dumps([[part.hex() for part in case[1:4]] for case in known]))
    verdicts = json.loads(run_node("verify.py", firmware_directory, given))

    assert dict(zip((case[0] for case in known), verdicts, strict=True)) == {
        case[0]: case[4] for case in known
    }
    assert len(known) > 100
    # Lengths and forms of keys that boards refuse on principle are no question for OpenSSL.
    for name, public, hashed, signature, right in known:
        if len(signature) == 64 and len(public) == 65 and public[0] == 4 and len(hashed) == 32:
            assert openssl(public, hashed, signature) == right, name


def test_what_the_openssl_command_signs(
    run_node: Callable[..., str], firmware_directory: Path, tmp_path: Path
) -> None:
    secret, text, signature = tmp_path / "key.pem", tmp_path / "text", tmp_path / "signature"
    text.write_bytes(b"a manifest")

    def openssl_command(*arguments: Any) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    openssl_command("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", secret)
    openssl_command("dgst", "-sha256", "-sign", secret, "-out", signature, text)
    private = serialization.load_pem_private_key(secret.read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    numbers = private.public_key().public_numbers()
    raw = pair(*utils.decode_dss_signature(signature.read_bytes()))
    case = key((numbers.x, numbers.y)), hashlib.sha256(text.read_bytes()).digest(), raw
    given = tmp_path / "cases.json"
    given.write_text(json.dumps([[part.hex() for part in case]]))

    assert json.loads(run_node("verify.py", firmware_directory, given)) == [True]


@pytest.mark.parametrize("python", ["micropython"], indirect=True)
def test_a_check_fits_into_a_small_heap(
    python: list[str], node_directory: Path, firmware_directory: Path, tmp_path: Path
) -> None:
    public, hashed, good = signed(0xC0FFEE, b"release")
    given = tmp_path / "cases.json"
    given.write_text(json.dumps([[public.hex(), hashed.hex(), good.hex()]]))
    command = [*python[:2], "heapsize=40k", str(node_directory / "verify.py")]
    done = subprocess.run(
        [*command, str(firmware_directory), str(given)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[true]"), done.stderr
