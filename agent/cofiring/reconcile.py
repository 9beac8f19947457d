"""Reconciliation of readings that must balance, after VDI 2048.

Readings x with covariance S should fulfil f(x) = A·x = 0. The corrections that are likeliest are
v = −S·Aᵀ·(A·S·Aᵀ)⁻¹·f(x); what they amount to says whether the readings agree, and where there
is redundancy enough, which of them does not. They never change a reading of record.

The matrices are small: a few balances over a dozen meters.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.cofiring.accuracy import Uncertainties
from agent.errors import BadBalanceError

Matrix = Sequence[Sequence[float]]
NOT_LOCALISABLE: Final = "not localisable"
_SINGULAR: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What reconciliation makes of readings, in their order.

    Args:
        values: Corrected.
        half_widths: 95 % of the corrected values.
        chi2: vᵀ·S⁻¹·v.
        limit: Its 95 % quantile for this redundancy.
        normalised: |v|/√S_v; None where no balance says anything of a reading.
        candidates: Readings each of which would by itself explain a disagreement.
        suspect: The one of them, by index; "not localisable" where the redundancy does not tell,
            which with one balance is always; None where the readings agree.
    """

    values: tuple[float, ...]
    half_widths: tuple[float, ...]
    chi2: float
    limit: float
    normalised: tuple[float | None, ...]
    candidates: tuple[int, ...]
    suspect: int | str | None

    @property
    def agrees(self) -> bool:
        """Whether the readings fulfil the balances within their uncertainties."""
        return self.chi2 <= self.limit


def reconcile(
    values: Sequence[float], variances: Sequence[float], balances: Matrix, table: Uncertainties
) -> Reconciled:
    """Correct readings so that they balance.

    Args:
        values: The readings.
        variances: Of each, independent of each other: (half width of 95 % / 1.96)².
        balances: Rows of A: what each reading counts in each balance.
        table: Quantiles.

    Raises:
        BadBalanceError: Balances contradict or repeat each other, rest on nothing uncertain, or
            are more than the table has quantiles for.
    """
    size = len(balances)
    if not 0 < size <= len(table.chi2_95):
        raise BadBalanceError(
            f"{size} balances: give 1 to {len(table.chi2_95)}, for which there are quantiles"
        )
    chi2, corrections, spent = _corrected(values, variances, balances)
    normalised = tuple(
        abs(v) / math.sqrt(s) if s > _SINGULAR * u else None
        for v, s, u in zip(corrections, spent, variances, strict=True)
    )
    candidates = _candidates(chi2, normalised, size, table)
    suspect: int | str | None = NOT_LOCALISABLE
    if size > 1 and chi2 <= table.chi2_95[size - 1]:
        suspect = None
    elif size > 1 and len(candidates) == 1:
        suspect = candidates[0]
    left = (max(u - s, 0.0) for u, s in zip(variances, spent, strict=True))
    return Reconciled(
        values=tuple(x + v for x, v in zip(values, corrections, strict=True)),
        half_widths=tuple(table.vdi_z95 * math.sqrt(u) for u in left),
        chi2=chi2,
        limit=table.chi2_95[size - 1],
        normalised=normalised,
        candidates=candidates,
        suspect=suspect,
    )


def _candidates(
    chi2: float, normalised: Sequence[float | None], size: int, table: Uncertainties
) -> tuple[int, ...]:
    """Readings without any one of which the rest agree: leaving i out takes its square off χ²."""
    if chi2 <= table.chi2_95[size - 1]:
        return ()
    rest = table.chi2_95[size - 2] if size > 1 else 0.0
    slack = rest + _SINGULAR * chi2
    return tuple(n for n, w in enumerate(normalised) if w is not None and chi2 - w * w <= slack)


def _corrected(
    values: Sequence[float], variances: Sequence[float], balances: Matrix
) -> tuple[float, list[float], list[float]]:
    """χ², corrections, and the diagonal of S·Aᵀ·(A·S·Aᵀ)⁻¹·A·S."""
    weighted = [[a * u for a, u in zip(row, variances, strict=True)] for row in balances]
    gaps = [_dot(row, values) for row in balances]
    inverse = _inverse([[_dot(w, row) for row in balances] for w in weighted])
    pulls = [_dot(row, gaps) for row in inverse]
    columns = list(zip(*weighted, strict=True))
    corrections = [-_dot(column, pulls) for column in columns]
    spent = [_dot(column, [_dot(row, column) for row in inverse]) for column in columns]
    return _dot(gaps, pulls), corrections, spent


def _inverse(matrix: Matrix) -> list[list[float]]:
    """Inverse of a symmetric matrix above zero, by Gauss and Jordan with pivots."""
    size = len(matrix)
    rows = [[*row, *(float(n == m) for m in range(size))] for n, row in enumerate(matrix)]
    scale = max(abs(row[n]) for n, row in enumerate(matrix))
    for n in range(size):
        pivot = max(range(n, size), key=lambda m: abs(rows[m][n]))
        if abs(rows[pivot][n]) <= _SINGULAR * scale:
            raise BadBalanceError(
                "balances say the same twice, or rest on readings without uncertainty; "
                "leave one out, or give its meters an accuracy"
            )
        rows[n], rows[pivot] = rows[pivot], rows[n]
        rows[n] = [value / rows[n][n] for value in rows[n]]
        for m in range(size):
            if m != n:
                rows[m] = [b - rows[m][n] * a for a, b in zip(rows[n], rows[m], strict=True)]
    return [row[size:] for row in rows]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))
