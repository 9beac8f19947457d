"""The truth on paper: one JSON line a UTC minute, and the totalisers' first counts."""

from collections.abc import Sequence
from pathlib import Path

from simulators.lots import FUELS
from simulators.plant.registers import Device
from simulators.plant.truth import GASES
from simulators.plant.unit import Amounts, Minute
from simulators.shell import Lines, iso


class Ledger:
    """The append-only truth ledger.

    Args:
        path: The file; one line a record, each written whole.
    """

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path)

    def open_run(self, start_us: int, devices: Sequence[Device], about: dict[str, object]) -> None:
        """Write where a run starts: the instant, and every totaliser's count there.

        Args:
            start_us: Start of the plant [µs since 1970].
            devices: The meters.
            about: Scenario, seed and speed.
        """
        totalisers = {
            device.meter: {
                field.name: {
                    "raw": field.start,
                    "value": field.start * field.scale,
                    "scale": field.scale,
                    "modulus": field.modulus,
                    "unit": field.unit,
                }
                for field in device.fields
                if field.kind == "counter"
            }
            for device in devices
        }
        self._lines.append(
            {"kind": "start", "utc": iso(start_us), "utc_us": start_us, **about}
            | {"totalisers": totalisers}
        )

    def minute(self, minute: Minute) -> None:
        """Write one minute."""
        self._lines.append(
            {
                "kind": "minute",
                "from_utc": iso(minute.from_us),
                "from_us": minute.from_us,
                "to_us": minute.to_us,
                "whole": minute.to_us - minute.from_us == 60_000_000,
                "lots": minute.lots,
                **_shaped(minute.amounts),
                "totals": _shaped(minute.totals),
            }
        )

    def close(self) -> None:
        """Let go of the file."""
        self._lines.close()


def _shaped(amounts: Amounts) -> dict[str, object]:
    return {
        "kg": {fuel: amounts[f"{fuel}_kg"] for fuel in FUELS},
        "mj": {fuel: amounts[f"{fuel}_mj"] for fuel in FUELS},
        "gross_kwh": amounts["gross_kwh"],
        "aux_kwh": amounts["aux_kwh"],
        "net_kwh": amounts["gross_kwh"] - amounts["aux_kwh"],
        "sold_kwh": amounts["sold_kwh"],
        "imported_kwh": amounts["imported_kwh"],
        "steam_mj": amounts["steam_mj"],
        **{gas: amounts[gas] for gas in GASES},
    }
