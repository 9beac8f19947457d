"""Which fields a lot, an analysis or an event has, and what each may hold."""

from typing import Final, Literal

Kind = Literal["text", "fraction", "share", "number", "count", "instant", "date", "month", "table"]
Spec = dict[str, Kind]

QUANTITIES: Final[Spec] = {
    "moisture": "fraction",
    "ncv_dry_mj_per_kg": "number",
    "gcv_dry_mj_per_kg": "number",
    "ncv_ar_mj_per_kg": "number",
    "gcv_ar_mj_per_kg": "number",
    "hydrogen_dry": "share",
    "carbon_dry": "share",
    "chlorine_dry": "share",
    "ash_dry": "share",
    "sulphur_dry": "share",
    "mercury_mg_per_mj_ncv": "number",
    "biogenic_carbon_fraction": "share",
    "co2_total_g_per_mj_ncv": "number",
}
"""What a laboratory finds. A fraction is below one, a share at most one."""

UNCERTAIN: Final = "_u95"
"""Ends the name of a quantity's expanded uncertainty (k = 2), in the quantity's unit."""

ANALYSIS: Final[Spec] = {
    "id": "text",
    "date": "date",
    "kind": "text",
    "laboratory": "text",
    "sample_point": "text",
    "increments": "count",
    "methods": "table",
    **QUANTITIES,
    **{f"{name}{UNCERTAIN}": "number" for name in QUANTITIES},
}

DELIVERY: Final[Spec] = {
    "supplier": "text",
    "mass_kg": "number",
    "mass_u95_kg": "number",
    "mass_by": "text",
    "delivered_utc": "instant",
    "store": "text",
}

CERTIFICATE: Final[Spec] = {"kind": "text", "number": "text", "scheme": "text", "valid_to": "date"}

ZERO_RATING: Final[Spec] = {"scheme": "text", "evidence": "text", "valid_to": "date"}

LEG: Final[Spec] = {
    "stage": "text",
    "mode": "text",
    "distance_km": "number",
    "co2e_g_per_mj_ncv": "number",
    "co2e_g_per_t_km": "number",
    "source": "text",
    "gwp_set": "text",
}

LOT: Final[Spec] = {
    "id": "text",
    "fuel": "text",
    "from_utc": "instant",
    **QUANTITIES,
    "upstream_co2e_g_per_mj_ncv": "number",
    "land_use_co2e_g_per_mj_ncv": "number",
    "dry_matter_loss_kg": "number",
    "analysis": "table",
    "analysis_rule": "text",
    "delivery": "table",
}

LISTS: Final[dict[str, tuple[Spec, tuple[str, ...]]]] = {
    "analyses": (ANALYSIS, ("id", "date")),
    "certificates": (CERTIFICATE, ("kind", "number")),
    "legs": (LEG, ("stage",)),
    "zero_rated": (ZERO_RATING, ("scheme", "evidence")),
}
"""Tables that a lot may have several of, and what each of them must say."""

EVENTS: Final[dict[str, tuple[Spec, tuple[str, ...]]]] = {
    "filling": (
        {"id": "text", "store": "text", "lot": "text", "at_utc": "instant", "kg": "number"},
        ("id", "store", "lot", "at_utc", "kg"),
    ),
    "discharge": (
        {
            "id": "text",
            "store": "text",
            "lot": "text",
            "from_utc": "instant",
            "to_utc": "instant",
            "kg": "number",
        },
        ("id", "store", "from_utc", "to_utc", "kg"),
    ),
    "empty": (
        {"id": "text", "store": "text", "at_utc": "instant"},
        ("id", "store", "at_utc"),
    ),
    "moisture": (
        {
            "id": "text",
            "fuel": "text",
            "from_utc": "instant",
            "to_utc": "instant",
            "moisture": "fraction",
            "moisture_u95": "number",
            "method": "text",
        },
        ("id", "fuel", "from_utc", "to_utc", "moisture"),
    ),
}
"""What happens to stores and feeders: fields, and those that must be there."""

_MOISTURE: Final[Spec] = {"moisture": "fraction", "moisture_u95": "number"}
_KG: Final[Spec] = {"kg": "number", "kg_u95": "number", **_MOISTURE}
"""A mass as weighed and its moisture; a loss without one is told in dry matter."""

BOOKS: Final[dict[str, tuple[Spec, tuple[str, ...]]]] = {
    "survey": (
        {
            "id": "text",
            "fuel": "text",
            "month": "month",
            "at_utc": "instant",
            "method": "text",
            "volume_m3": "number",
            "volume_u95_m3": "number",
            "bulk_kg_per_m3": "number",
            "bulk_u95_kg_per_m3": "number",
            **_KG,
        },
        ("id", "fuel", "month", "method"),
    ),
    "loss": (
        {"id": "text", "fuel": "text", "at_utc": "instant", "cause": "text", **_KG},
        ("id", "fuel", "at_utc", "kg", "cause"),
    ),
    "transfer": (
        {
            "id": "text",
            "fuel": "text",
            "at_utc": "instant",
            "given_kg": "number",
            "taken_kg": "number",
            "kg_u95": "number",
            **_MOISTURE,
            "with": "text",
        },
        ("id", "fuel", "at_utc", "with"),
    ),
    "claim": (
        {
            "id": "text",
            "certificate": "text",
            "at_utc": "instant",
            "kg": "number",
            "number": "text",
        },
        ("id", "certificate", "at_utc", "kg", "number"),
    ),
    "price": (
        {
            "id": "text",
            "fuel": "text",
            "from_utc": "instant",
            "per_t": "number",
            "currency": "text",
        },
        ("id", "fuel", "from_utc", "per_t", "currency"),
    ),
}
"""What the books of stock, certificates and prices are told; no figure of a record rests on it."""

TOLD: Final = {**EVENTS, **BOOKS}
"""All that is told beside lots."""

KINDS: Final = ("lot", *TOLD)

REMEDIES: Final[dict[Kind, tuple[str, str]]] = {
    "text": ("is no text", "Write it as a text, in a TOML file in quotes"),
    "fraction": ("is no fraction of one", "Write 0.10 for 10 %"),
    "share": ("is no fraction of one", "Write 0.10 for 10 %"),
    "number": ("is no positive number", "Write it as a number, without its unit"),
    "count": ("is no whole number above 0", "Write how many, such as 12"),
    "instant": ("is no instant with a time zone", "Write 2026-10-01T00:00:00Z"),
    "date": ("is no date", "Write 2026-10-01"),
    "month": ("is no month", "Write 2026-10: the survey tells what was there at its end"),
    "table": ("is no table", "Write it as a table of its own"),
}
