"""A unit with six fuels, power, auxiliaries and steam, its lots and the rates of its totalisers."""

from typing import Any, Final

from agent.cofiring.lots import Lot
from gateway.config import Config

T0_US: Final = 1_790_780_400_000_000
"""Midnight of 1 October 2026 in Tokyo, UTC [µs]."""
MINUTE_US: Final = 60_000_000
FUELS: Final = {
    "coal": ("other_bituminous_coal", 8.0),
    "pellets": ("white_pellets", 3.0),
    "black_pellets": ("torrefied_pellets", 1.5),
    "pks": ("pks", 1.0),
    "chips": ("wood", 0.8),
    "rpf": ("rpf", 0.7),
}
"""Table entry and rate [kg/s] of each fuel."""
RATES: Final = {
    **{f"unit1.{fuel}_total_kg": rate for fuel, (_, rate) in FUELS.items()},
    "unit1.gross_total_kwh": 42.0,
    "unit1.aux_total_kwh": 3.0,
    "unit1.steam_total_mj": 50.0,
}
"""Per second, of every totaliser."""


def lots() -> tuple[Lot, ...]:
    """A lot for each fuel, with an analysis of its own."""
    start = T0_US - 60 * MINUTE_US
    values: dict[str, tuple[float, float, float, float | None]] = {
        "coal": (27.5, 0.10, 94.0, None),
        "pellets": (18.9, 0.08, 111.0, 1.0),
        "black_pellets": (21.5, 0.05, 108.0, 1.0),
        "pks": (19.0, 0.20, 112.0, 1.0),
        "chips": (18.2, 0.35, 112.0, 1.0),
        "rpf": (25.0, 0.03, 87.0, 0.3),
    }
    return tuple(
        Lot(
            f"{fuel}-1",
            fuel,
            start,
            ncv_dry_mj_per_kg=ncv,
            moisture=moisture,
            co2_total_g_per_mj_ncv=co2,
            biogenic_carbon_fraction=biogenic,
            upstream_co2e_g_per_mj_ncv=9.0,
        )
        for fuel, (ncv, moisture, co2, biogenic) in values.items()
    )


def config() -> Config:
    """The site's configuration."""
    kinds = {"kg": "belt_weigher_0_5", "kwh": "electricity_0_2s", "mj": "steam_heat"}
    meters = [
        {
            "id": f"meter_{unit}",
            "profile": "bench",
            "host": "127.0.0.1",
            "poll_s": 1.0,
            "accuracy": kind,
            "points": {p.split(".")[1]: p for p in RATES if p.endswith(unit)},
        }
        for unit, kind in kinds.items()
    ]
    fuels: list[dict[str, Any]] = [
        {
            "id": fuel,
            "name": {"en": fuel},
            "table": table,
            "mass_total_kg": f"unit1.{fuel}_total_kg",
        }
        for fuel, (table, _) in FUELS.items()
    ]
    return Config.model_validate(
        {
            "site": {"id": "bench", "name": "Bench", "timezone": "Asia/Tokyo"},
            "storage": {"directory": "data"},
            "meter": meters,
            "unit": {
                "id": "unit1",
                "gross_total_kwh": "unit1.gross_total_kwh",
                "aux_total_kwh": ["unit1.aux_total_kwh"],
                "steam_heat_total_mj": "unit1.steam_total_mj",
            },
            "cofiring": {
                "settlement_minutes": 30,
                "close_after_s": 10,
                "minimum_net_kwh_per_minute": 10.0,
                "lots_file": "lots.toml",
            },
            "fuel": fuels,
        }
    )
