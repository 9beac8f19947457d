"""Checks ECDSA signatures on the curve P-256, in slices that let everything else run between.

It only verifies: nothing here is secret, so nothing here needs constant time. Points are Jacobian
(X, Y, Z) with x = X/Z², y = Y/Z³; None is the point at infinity. Both scalars are walked through
together, bit by bit (Shamir's trick).

Source: FIPS 186-5, section 6.4.2; SP 800-186, section 3.2.1.3 (the curve); formulas of the
Explicit-Formulas Database, dbl-2001-b and madd-2007-bl without its factors of two.
"""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Affine = tuple[int, int] | None
    Jacobian = tuple[int, int, int] | None

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
PUBLIC_BYTES = 65
SIGNATURE_BYTES = 64


def public_point(key: bytes) -> "tuple[int, int] | None":
    """The point of a public key, or None when it is no key of this curve.

    Args:
        key: 0x04, x and y, 65 bytes (SEC 1, uncompressed).
    """
    if len(key) != PUBLIC_BYTES or key[0] != 4:
        return None
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
    if x >= P or y >= P or (y * y - x * x * x + 3 * x - B) % P:
        return None
    return x, y


def verify(key: bytes, digest: bytes, signature: bytes) -> "Iterator[bool | None]":
    """Check a signature; take items until one is not None, which is the answer.

    Between two items lie at most one doubling and one addition, or one inversion.

    Args:
        key: The public key, see `public_point`.
        digest: SHA-256 of what was signed, 32 bytes.
        signature: r and s, 32 bytes each.
    """
    point = public_point(key)
    if point is None or len(digest) != 32 or len(signature) != SIGNATURE_BYTES:
        yield False
        return
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N):
        yield False
        return
    inverse = pow(s, N - 2, N)
    yield None
    u = int.from_bytes(digest, "big") * inverse % N
    v = r * inverse % N
    both = _affine(_add((G[0], G[1], 1), point))
    yield None
    total: "Jacobian" = None
    for bit in range(255, -1, -1):
        total = _double(total)
        if u >> bit & 1:
            total = _add(total, both if v >> bit & 1 else G)
        elif v >> bit & 1:
            total = _add(total, point)
        yield None
    if total is None:
        yield False
        return
    # x = X/Z² must be r modulo N, without an inversion: x is r or, rarely, r + N.
    zz = total[2] * total[2] % P
    yield r * zz % P == total[0] or (r + N < P and (r + N) * zz % P == total[0])


async def check(key: bytes, digest: bytes, signature: bytes) -> bool:
    """`verify` for a task: lets the loop run between slices."""
    good = False
    for answer in verify(key, digest, signature):
        good = answer is True
        await asyncio.sleep(0)
    return good


def _double(point: "Jacobian") -> "Jacobian":
    """Twice a point; no point of this curve is its own negative."""
    if point is None:
        return None
    x, y, z = point
    delta = z * z % P
    gamma = y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    x3 = (alpha * alpha - 8 * beta) % P
    y3 = (alpha * (4 * beta - x3) - 8 * gamma * gamma) % P
    return x3, y3, 2 * y * z % P


def _add(point: "Jacobian", other: "Affine") -> "Jacobian":
    """The sum of a point and an affine one, whichever they are."""
    if other is None:
        return point
    x2, y2 = other
    if point is None:
        return x2, y2, 1
    x1, y1, z1 = point
    zz = z1 * z1 % P
    h = (x2 * zz - x1) % P
    slope = (y2 * zz * z1 - y1) % P
    if h == 0:
        return _double(point) if slope == 0 else None
    hh = h * h % P
    hhh = h * hh % P
    v = x1 * hh % P
    x3 = (slope * slope - hhh - 2 * v) % P
    return x3, (slope * (v - x3) - y1 * hhh) % P, z1 * h % P


def _affine(point: "Jacobian") -> "Affine":
    """A point with Z = 1."""
    if point is None:
        return None
    inverse = pow(point[2], P - 2, P)
    square = inverse * inverse % P
    return point[0] * square % P, point[1] * square * inverse % P
