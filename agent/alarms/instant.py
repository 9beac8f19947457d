"""Instant: the gateway's time as an argument."""

import msgspec


class Instant(msgspec.Struct, frozen=True, gc=False):
    """One moment, as the gateway saw it.

    Args:
        utc_us: UTC by the gateway's clock [µs since 1970].
        mono_us: Monotonic time since the machine's boot [µs].
        synchronised: Whether `utc_us` can be believed.
        boot_id: Name of the machine's boot: monotonic times of one boot can be compared.
    """

    utc_us: int
    mono_us: int
    synchronised: bool
    boot_id: str


def between_us(earlier: Instant, later: Instant) -> int | None:
    """Time that certainly passed between two instants [µs], or None where nobody knows.

    Within one boot the monotonic clock answers; across boots only two synchronised UTC times do.
    """
    if earlier.boot_id == later.boot_id:
        return max(later.mono_us - earlier.mono_us, 0)
    if earlier.synchronised and later.synchronised:
        return max(later.utc_us - earlier.utc_us, 0)
    return None
