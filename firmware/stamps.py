"""The time stamps in a time server's answer. Source: RFC 4330 and RFC 5905."""

import struct

import wallclock

_LONGEST_MS = 2000  # between its two stamps
_EPOCH_1900_S = 2208988800


class KissOfDeathError(ValueError):
    """The server wants to be asked less, or not at all."""

    refuses = True


def read(answer: bytes, nonce: bytes) -> "tuple[int, int]":
    """The server's UTC [µs since 1970] when it answered, and how long it took to [µs].

    Args:
        answer: What came back.
        nonce: The eight random bytes sent as our own time, which the answer must repeat.

    Raises:
        KissOfDeathError: The server refuses; ask it no more.
        ValueError: It is no answer to trust.
    """
    if len(answer) < 48 or answer[24:32] != nonce:
        raise ValueError("no answer to this request")
    leap, mode, stratum = answer[0] >> 6, answer[0] & 7, answer[1]
    if mode != 4:
        raise ValueError("mode %d is no server" % mode)
    if stratum == 0:
        raise KissOfDeathError("kiss of death %r" % bytes(answer[12:16]))
    if leap == 3 or stratum > 15:
        raise ValueError("the server itself is not synchronised")
    received_us, sent_us = _utc_us(answer, 32), _utc_us(answer, 40)
    if not 0 <= sent_us - received_us < _LONGEST_MS * 1000:
        raise ValueError("the server answered before it was asked, or has no time")
    return sent_us, sent_us - received_us


def _utc_us(answer: bytes, at: int) -> int:
    """A time stamp as UTC [µs since 1970]; the era is the one the program lives in."""
    since_s, fraction = struct.unpack(">II", answer[at : at + 8])
    utc_s = int(since_s) - _EPOCH_1900_S
    if utc_s < wallclock.BUILT_S - 86400 * 366:
        utc_s += 1 << 32
    return utc_s * 1000000 + (int(fraction) * 1000000 >> 32)
