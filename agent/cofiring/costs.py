"""What a fuel costs beside another: by its heat, and with a price on carbon.

Money is in whatever currency the site declares; every figure of one call is in the same.
"""

from dataclasses import dataclass
from typing import Final

KG_PER_T: Final = 1000.0


@dataclass(frozen=True, slots=True)
class FuelCost:
    """A fuel as bought and as burnt.

    Args:
        price_per_t: Delivered price [currency/t as received].
        ncv_mj_per_kg: Net calorific value as received [MJ/kg]; one basis for all fuels compared.
        co2_kg_per_kg: CO₂ the scheme prices [kg/kg as received]; 0 where it is zero-rated.
    """

    fuel: str
    price_per_t: float
    ncv_mj_per_kg: float
    co2_kg_per_kg: float

    def levelled_per_t(self, reference: "FuelCost") -> float:
        """Price of as much heat as a tonne of `reference` gives [currency/t reference]."""
        return self.price_per_t * reference.ncv_mj_per_kg / self.ncv_mj_per_kg

    def per_gj(self, carbon_price_per_t: float = 0.0) -> float:
        """Cost of heat [currency/GJ net], with CO₂ at a price [currency/t CO₂]."""
        with_carbon = self.price_per_t + self.co2_kg_per_kg * carbon_price_per_t
        return with_carbon / self.ncv_mj_per_kg


def break_even_co2_price(extra_cost: float, avoided_co2_t: float) -> float | None:
    """CO₂ price at which a dearer fuel pays [currency/t CO₂].

    Args:
        extra_cost: What it costs more for the same heat [currency].
        avoided_co2_t: CO₂ that needs no allowance then [t].

    Returns:
        None where nothing is avoided: no price makes up for it. Zero or less where the fuel pays
        without any price.
    """
    return extra_cost / avoided_co2_t if avoided_co2_t > 0.0 else None


def break_even_against(fuel: FuelCost, reference: FuelCost) -> float | None:
    """CO₂ price at which a fuel costs as much as `reference` for the same heat [currency/t CO₂]."""
    extra_per_gj = fuel.per_gj() - reference.per_gj()
    avoided_t_per_gj = (
        reference.co2_kg_per_kg / reference.ncv_mj_per_kg - fuel.co2_kg_per_kg / fuel.ncv_mj_per_kg
    )
    return break_even_co2_price(extra_per_gj, avoided_t_per_gj)


def carbon_cost(fuel_t: float, co2_kg_per_kg: float, price_per_t: float) -> float:
    """What the CO₂ of an amount of fuel costs [currency]."""
    return fuel_t * co2_kg_per_kg * price_per_t
