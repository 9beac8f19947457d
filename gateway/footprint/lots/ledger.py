"""The ledger of certificates: certified deliveries that came in, and what was claimed of them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from agent.cofiring.certificates import CertificateEntry
from agent.cofiring.deliveries import Certificate
from agent.cofiring.lots import Lot
from gateway.footprint.lots.bodies import us_of
from gateway.footprint.lots.entries import Version


def ledger_of(lots: Iterable[Lot], versions: Iterable[Version]) -> list[CertificateEntry]:
    """All lines of the ledger that are known.

    Args:
        lots: That count.
        versions: The newest of all that people told.

    Returns:
        One line for each certificate of a lot with a delivered mass, and for each claim.
    """
    entries = [
        CertificateEntry(
            lot.delivery.delivered_us if lot.delivery.delivered_us is not None else lot.from_us,
            kind_of(certificate),
            lot.delivery.mass_kg,
            certificate.number,
            lot.id,
            _end_us(certificate.valid_to),
        )
        for lot in lots
        if lot.delivery is not None and lot.delivery.mass_kg is not None
        for certificate in lot.certificates
    ]
    return entries + [claim_of(v.body) for v in versions if v.kind == "claim" and v.body]


def claim_of(body: Any) -> CertificateEntry:
    """The line of a claim that a body tells of."""
    return CertificateEntry(us_of(body["at_utc"]), body["certificate"], -body["kg"], body["number"])


def kind_of(certificate: Certificate) -> str:
    """What balances by itself: the scheme and what it vouches for, such as "SBP sustainability"."""
    return f"{certificate.scheme} {certificate.kind}".strip()


def _end_us(day: str) -> int | None:
    """The instant from which a certificate counts no more; its days are those of UTC."""
    if not day:
        return None
    after = date.fromisoformat(day) + timedelta(days=1)
    return int(datetime(after.year, after.month, after.day, tzinfo=UTC).timestamp()) * 1_000_000
