"""The gases that really leave the stack, by constants that only this simulator knows.

Carbon burns completely. Sources: IPCC 2006 Guidelines, volume 2, chapter 2, table 2.2 (other
bituminous coal; wood; CH4 and N2O of wastes); RPF carbon from the lot's laboratory analysis.
"""

from typing import Final

from simulators.lots import Lot

_COAL_CO2_KG_PER_MJ: Final = 0.0946
_WOOD_CO2_KG_PER_MJ: Final = 0.112
_CH4_KG_PER_MJ: Final = {"coal": 1e-6, "pellets": 30e-6, "rpf": 30e-6}
_N2O_KG_PER_MJ: Final = {"coal": 1.5e-6, "pellets": 4e-6, "rpf": 4e-6}

GASES: Final = ("fossil_co2_kg", "biogenic_co2_kg", "ch4_fossil_kg", "ch4_biogenic_kg", "n2o_kg")


def gases_per_mj(lot: Lot) -> tuple[float, float, float, float, float]:
    """What one MJ (net, as received) of a lot sends up the stack, in the order of `GASES` [kg/MJ].

    Raises:
        ValueError: An RPF lot without its laboratory values.
    """
    match lot.fuel:
        case "coal":
            co2, biogenic = _COAL_CO2_KG_PER_MJ, 0.0
        case "pellets":
            co2, biogenic = _WOOD_CO2_KG_PER_MJ, 1.0
        case _:
            if lot.co2_total_g_per_mj_ncv is None or lot.biogenic_carbon_fraction is None:
                raise ValueError(f"lot {lot.id}: the truth about RPF needs both laboratory values")
            co2, biogenic = lot.co2_total_g_per_mj_ncv / 1000.0, lot.biogenic_carbon_fraction
    ch4 = _CH4_KG_PER_MJ[lot.fuel]
    return (
        co2 * (1.0 - biogenic),
        co2 * biogenic,
        ch4 * (1.0 - biogenic),
        ch4 * biogenic,
        _N2O_KG_PER_MJ[lot.fuel],
    )
