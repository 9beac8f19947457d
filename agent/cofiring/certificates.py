"""Certificates: certified fuel that came in and was claimed, by a scheme's mass balance.

What was claimed may never be more than what came in, at the end of each balancing period; which
kilograms physically burnt does not matter here.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from agent.errors import BadClaimError

LEAST_KG: Final = 0.001
"""Less than a gram is rounding, not fuel [kg]."""


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """One line of the ledger.

    Args:
        t_us: When it counts, UTC [µs].
        kind: Certificate kind, such as "SBP" or "FSC-CoC".
        kg: Mass as received that came in (more than 0) or was claimed (less than 0) [kg].
        lot: The delivery it came with; None for a claim.
        number: Number of the certificate or of the claim.
        valid_to_us: From when on it counts no more, UTC [µs]; None for ever.
    """

    t_us: int
    kind: str
    kg: float
    number: str
    lot: str | None = None
    valid_to_us: int | None = None


@dataclass(frozen=True, slots=True)
class CertificateBalance:
    """One kind over one balancing period, kilograms as received.

    Args:
        expired_kg: What ran out unclaimed in it.
        closing_kg: Goes into the next one; less than zero where more was claimed than came in.
    """

    kind: str
    from_us: int
    to_us: int
    opening_kg: float
    received_kg: float
    claimed_kg: float
    expired_kg: float
    closing_kg: float

    @property
    def overdrawn(self) -> bool:
        """Whether more was claimed than there was."""
        return self.closing_kg < -LEAST_KG


def balances(
    entries: Iterable[CertificateEntry], period_ends_us: Sequence[int]
) -> list[CertificateBalance]:
    """The ledger by kind and balancing period.

    Args:
        entries: In any order.
        period_ends_us: Start of the first period and the ends of all, rising, UTC [µs].

    Returns:
        By kind, then in time. What came before the first period opens it.

    Raises:
        BadClaimError: The edges do not rise.
    """
    if any(a >= b for a, b in pairwise(period_ends_us)):
        raise BadClaimError("the balancing periods do not follow each other; give rising instants")
    by_kind: dict[str, list[CertificateEntry]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry)
    found = []
    for kind in sorted(by_kind):
        mine = sorted(by_kind[kind], key=lambda entry: (entry.t_us, entry.number))
        opening_kg = _left(mine, period_ends_us[0])
        for from_us, to_us in pairwise(period_ends_us):
            within = [entry for entry in mine if from_us <= entry.t_us < to_us]
            received_kg = math.fsum(entry.kg for entry in within if entry.kg > 0.0)
            claimed_kg = math.fsum(-entry.kg for entry in within if entry.kg < 0.0)
            closing_kg = _left(mine, to_us)
            expired_kg = math.fsum((opening_kg, received_kg, -claimed_kg, -closing_kg))
            found.append(
                CertificateBalance(
                    kind,
                    from_us,
                    to_us,
                    opening_kg,
                    received_kg,
                    claimed_kg,
                    expired_kg,
                    closing_kg,
                )
            )
            opening_kg = closing_kg
    return found


def check_claim(entries: Iterable[CertificateEntry], claim: CertificateEntry) -> None:
    """Refuse a claim that its kind's balance does not cover.

    Raises:
        BadClaimError: It is no claim, or claims more than there is.
    """
    if claim.kg >= 0.0:
        raise BadClaimError(f"a claim of {-claim.kg} kg takes nothing; give a mass above 0 kg")
    mine = [entry for entry in entries if entry.kind == claim.kind]
    left_kg = _left(sorted([*mine, claim], key=lambda e: (e.t_us, e.number)), claim.t_us + 1)
    if left_kg < -LEAST_KG:
        raise BadClaimError(
            f"{claim.kind}: a claim of {-claim.kg:g} kg is {-left_kg:g} kg more than certified "
            "fuel is left; claim less, or book the deliveries that are missing"
        )


def _left(mine: Sequence[CertificateEntry], at_us: int) -> float:
    """What is left before an instant, oldest certificates claimed first [kg]."""
    batches: list[list[float]] = []
    debt_kg = 0.0
    for entry in mine:
        if entry.t_us >= at_us:
            break
        if entry.kg >= 0.0:
            paid_kg = min(debt_kg, entry.kg)
            debt_kg -= paid_kg
            valid_to = math.inf if entry.valid_to_us is None else float(entry.valid_to_us)
            batches.append([entry.kg - paid_kg, valid_to])
            continue
        wanted_kg = -entry.kg
        for batch in sorted(batches, key=lambda batch: batch[1]):
            taken_kg = min(batch[0], wanted_kg) if batch[1] > entry.t_us else 0.0
            batch[0] -= taken_kg
            wanted_kg -= taken_kg
        debt_kg += wanted_kg
    return math.fsum(kg for kg, valid_to in batches if valid_to > at_us) - debt_kg
