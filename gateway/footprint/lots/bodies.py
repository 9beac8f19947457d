"""From the checked fields of a lot or an event to what the agent computes with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.cofiring.analyses import Analyses, Analysis, Result
from agent.cofiring.deliveries import Certificate, Delivery, Leg, ZeroRating
from agent.cofiring.feeding import Discharge, EmptyCheck, Event, Filling
from agent.cofiring.lots import Lot
from agent.cofiring.moisture import Composite
from gateway.footprint.lots.fields import LOT, QUANTITIES, UNCERTAIN

_OWN = [name for name, kind in LOT.items() if kind in {"fraction", "share", "number"}]


def lot_of(body: Mapping[str, Any]) -> Lot:
    """The lot that a body tells of.

    Raises:
        BadMoistureError: Its moisture is no mass fraction.
    """
    delivery = _delivery(body["delivery"]) if "delivery" in body else None
    begins = body.get("from_utc") or body["delivery"]["delivered_utc"]
    lot = Lot(
        body["id"],
        body["fuel"],
        us_of(begins),
        **{name: body[name] for name in _OWN if name in body},
        analysis=body.get("analysis", {}),
        delivery=delivery,
        certificates=tuple(Certificate(**item) for item in body.get("certificates", ())),
        legs=tuple(Leg(**item) for item in body.get("legs", ())),
        zero_rated=tuple(ZeroRating(**item) for item in body.get("zero_rated", ())),
    )
    if not body.get("analyses"):
        return lot
    each = tuple(_analysis(item) for item in body["analyses"])
    return lot.with_analyses(Analyses(each, body.get("analysis_rule", "mean")))


def event_of(kind: str, body: Mapping[str, Any], lines: Mapping[str, str]) -> Event | None:
    """The event that a body tells of; None for a moisture.

    Args:
        kind: "filling", "discharge", "empty" or "moisture".
        body: Its fields.
        lines: Lot -> feed line of its fuel, where containers are emptied into one.
    """
    match kind:
        case "filling":
            return Filling(
                body["id"], body["store"], body["lot"], us_of(body["at_utc"]), body["kg"]
            )
        case "empty":
            return EmptyCheck(body["id"], body["store"], us_of(body["at_utc"]))
        case "discharge" if "lot" in body:
            # A container is emptied into the line that feeds the boiler.
            line = lines.get(body["lot"], "")
            return Filling(body["id"], line, body["lot"], us_of(body["from_utc"]), body["kg"])
        case "discharge":
            first, last = us_of(body["from_utc"]), us_of(body["to_utc"])
            return Discharge(body["id"], body["store"], first, last, body["kg"])
    return None


def composite_of(body: Mapping[str, Any]) -> Composite:
    """The moisture at a feeder that a body tells of."""
    return Composite(
        body["id"],
        body["fuel"],
        us_of(body["from_utc"]),
        us_of(body["to_utc"]),
        body["moisture"],
        body.get("moisture_u95"),
        body.get("method", ""),
    )


def us_of(text: str) -> int:
    """An instant of a body, UTC [µs]."""
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def _delivery(body: Mapping[str, Any]) -> Delivery:
    delivered = body.get("delivered_utc")
    return Delivery(
        body.get("supplier", ""),
        body.get("mass_kg"),
        body.get("mass_u95_kg"),
        body.get("mass_by", ""),
        us_of(delivered) if delivered else None,
        body.get("store", ""),
    )


def _analysis(body: Mapping[str, Any]) -> Analysis:
    methods = body.get("methods", {})
    values = {
        name: Result(body[name], body.get(f"{name}{UNCERTAIN}"), methods.get(name, ""))
        for name in QUANTITIES
        if name in body
    }
    return Analysis(
        body["id"],
        body["date"],
        values,
        "certificate" if body.get("kind") == "certificate" else "lab",
        body.get("laboratory", ""),
        body.get("sample_point", ""),
        body.get("increments"),
    )
