"""Thinning: fewer samples for a picture, in which no peak and no gap is missing."""

from collections.abc import Sequence

from agent.samples import Sample

_KEPT_A_BUCKET = 3


def thinned(samples: Sequence[Sample], max_points: int) -> list[Sample]:
    """At most about so many samples: of each bucket the extremes, and the first without a value.

    A spell in which nothing was known stays visible: a line drawn across it would be a claim.

    Args:
        samples: In time order.
        max_points: The most to return; at least three are.

    Returns:
        Some of the samples, untouched, in time order.
    """
    if len(samples) <= max_points:
        return list(samples)
    per_bucket = -(-len(samples) // max(1, max_points // _KEPT_A_BUCKET))
    kept: list[Sample] = []
    for start in range(0, len(samples), per_bucket):
        bucket = samples[start : start + per_bucket]
        known = [(s.value, n) for n, s in enumerate(bucket) if s.value is not None]
        unknown = [n for n, s in enumerate(bucket) if s.value is None]
        chosen = {min(known)[1], max(known)[1]} if known else set()
        kept += [bucket[n] for n in sorted(chosen | set(unknown[:1]))]
    return kept
