"""Lots of fuel and their analyses; `python -m simulators.lots` writes a lots file."""

import argparse
import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import tomli_w

from simulators.shell import say

FUELS: Final = ("coal", "pellets", "rpf")

LATENT_MJ_PER_KG: Final = 2.442
"""Heat of vaporisation of water at 25 °C, constant pressure [MJ/kg]."""

_MINUTE: Final = timedelta(minutes=1)
_LENGTH_MINUTES: Final = (6, 18)


@dataclass(frozen=True, slots=True)
class Lot:
    """A delivered batch, burnt from `from_utc` until the next lot of its fuel begins.

    Args:
        id: Name of the lot.
        fuel: One of `FUELS`.
        from_utc: When it begins to burn, a whole UTC minute.
        ncv_dry_mj_per_kg: Net calorific value of the dry fuel [MJ/kg].
        moisture: Water as a mass fraction, wet basis.
        co2_total_g_per_mj_ncv: CO2 of all its carbon [g/MJ net], laboratory; RPF only.
        biogenic_carbon_fraction: Part of the carbon that is biogenic, laboratory; RPF only.
    """

    id: str
    fuel: str
    from_utc: datetime
    ncv_dry_mj_per_kg: float
    moisture: float
    co2_total_g_per_mj_ncv: float | None = None
    biogenic_carbon_fraction: float | None = None

    @property
    def ncv_ar_mj_per_kg(self) -> float:
        """Net calorific value as received [MJ/kg]: the water has to be carried and evaporated."""
        return self.ncv_dry_mj_per_kg * (1.0 - self.moisture) - LATENT_MJ_PER_KG * self.moisture

    @property
    def from_us(self) -> int:
        """When it begins to burn [µs since 1970]."""
        return int(self.from_utc.timestamp()) * 1_000_000


def draw(start_utc: datetime, hours: float, seed: int) -> list[Lot]:
    """Draw the lots of a run.

    Args:
        start_utc: When the first lots begin; cut to the whole minute.
        hours: How long lots are needed [h].
        seed: The same seed draws the same lots.

    Returns:
        Lots of all fuels, by fuel and time.
    """
    first = start_utc.astimezone(UTC).replace(second=0, microsecond=0)
    end = first + timedelta(hours=hours)
    lots: list[Lot] = []
    for fuel in FUELS:
        dice = random.Random(f"{seed}/{fuel}")
        begin, number = first, 1
        while begin < end:
            lots.append(_lot(fuel, number, begin, dice))
            begin += _MINUTE * dice.randint(*_LENGTH_MINUTES)
            number += 1
    return lots


def write(lots: Sequence[Lot], path: Path) -> None:
    """Write a lots file, with the analysis each value stands on.

    Args:
        lots: What to write.
        path: The TOML file, replaced as a whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(tomli_w.dumps({"lot": [_table(lot) for lot in lots]}), encoding="utf-8")
    fresh.replace(path)


def read(path: Path) -> list[Lot]:
    """Read a lots file.

    Args:
        path: A file written by `write`.

    Returns:
        The lots, by fuel and time.

    Raises:
        ValueError: A lot is incomplete, or a fuel has none.
    """
    lots = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("lot", []):
        entry.pop("analysis", None)
        try:
            lots.append(Lot(**entry))
        except TypeError as wrong:
            raise ValueError(f"{path}: lot {entry.get('id', '?')}: {wrong}") from wrong
    if missing := set(FUELS) - {lot.fuel for lot in lots}:
        raise ValueError(f"{path}: no lot of {', '.join(sorted(missing))}")
    return sorted(lots, key=lambda lot: (lot.fuel, lot.from_utc))


def _lot(fuel: str, number: int, begin: datetime, dice: random.Random) -> Lot:
    name = f"{fuel}-{begin:%Y%m%d}-{number:03d}"
    match fuel:
        case "coal":
            return Lot(
                name,
                fuel,
                begin,
                round(dice.uniform(26.8, 28.4), 2),
                round(dice.uniform(0.07, 0.12), 3),
            )
        case "pellets":
            return Lot(
                name,
                fuel,
                begin,
                round(dice.uniform(18.2, 19.2), 2),
                round(dice.uniform(0.05, 0.11), 3),
            )
        case _:
            return Lot(
                name,
                fuel,
                begin,
                round(dice.uniform(23.5, 26.5), 2),
                round(dice.uniform(0.02, 0.05), 3),
                round(dice.uniform(84.0, 91.0), 1),
                round(dice.uniform(0.20, 0.35), 3),
            )


def _table(lot: Lot) -> dict[str, object]:
    sampled: date = (lot.from_utc - timedelta(days=9)).date()
    methods = {
        "coal": "ISO 1928 (calorific value), ISO 589 (moisture)",
        "pellets": "ISO 18125 (calorific value), ISO 18134 (moisture)",
        "rpf": "JIS Z 7302 (calorific value, moisture), ISO 21644 (biogenic carbon)",
    }
    table: dict[str, object] = {
        "id": lot.id,
        "fuel": lot.fuel,
        "from_utc": lot.from_utc,
        "ncv_dry_mj_per_kg": lot.ncv_dry_mj_per_kg,
        "moisture": lot.moisture,
    }
    if lot.co2_total_g_per_mj_ncv is not None:
        table["co2_total_g_per_mj_ncv"] = lot.co2_total_g_per_mj_ncv
        table["biogenic_carbon_fraction"] = lot.biogenic_carbon_fraction
    table["analysis"] = {
        "method": methods[lot.fuel],
        "date": sampled.isoformat(),
        "laboratory": "simulated laboratory",
    }
    return table


def main(argv: Sequence[str] | None = None) -> None:
    """Command line: write a lots file."""
    parser = argparse.ArgumentParser(prog="python -m simulators.lots", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="lots file to write (TOML)")
    parser.add_argument(
        "--start-utc", type=datetime.fromisoformat, required=True, help="ISO 8601, UTC if no offset"
    )
    parser.add_argument("--hours", type=float, default=24.0, help="length of the run [h]")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    start: datetime = options.start_utc
    lots = draw(start if start.tzinfo else start.replace(tzinfo=UTC), options.hours, options.seed)
    write(lots, options.out)
    say(f"{len(lots)} lots in {options.out}")


if __name__ == "__main__":
    main()
