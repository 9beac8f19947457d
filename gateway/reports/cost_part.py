"""What the month's fuels cost: by their heat, levelled to a reference, and with a carbon price."""

from typing import Final

from agent.cofiring.costs import FuelCost, break_even_against, carbon_cost
from gateway.footprint.lots.bodies import us_of
from gateway.reports.cells import KG_PER_T, number, total
from gateway.reports.document import NONE, Cell, Column, Number, Part, Table, Without
from gateway.reports.month import Month
from gateway.reports.words import Words

_CARBON: Final = "co2"
"""Stands for the price of CO₂ among the fuels."""


def cost_part(month: Month, words: Words) -> Part:
    """Costs by fuel; unknown where nobody told a price."""
    prices = _prices(month)
    currencies = {currency for _, currency in prices.values()}
    currency = next(iter(currencies)) if len(currencies) == 1 else words["currency"]
    carbon = prices[_CARBON][0] if _CARBON in prices else None
    costs = {} if len(currencies) > 1 else _costs(month, prices)
    beside = _reference(month)
    reference = costs.get(beside or "")
    told = prices if len(currencies) == 1 else {}
    rows = [
        _row(month, line.id, told, costs, reference, carbon, words) for line in month.plant.fuels
    ]
    rows.append(_total(rows, words))
    columns = [
        Column(words["fuel"], 1.4),
        Column(words.head("price", f"{currency}/t")),
        Column(words.head("ncv", "MJ/kg")),
        Column(words.head("cost_heat", f"{currency}/GJ")),
        Column(words.head("levelled", f"{currency}/t")),
        Column(words.head("fossil_co2", "kg/kg")),
        Column(words.head("cost_heat_carbon", f"{currency}/GJ")),
        Column(words.head("break_even", f"{currency}/t CO2")),
        Column(words.head("fuel_cost", currency), 1.2),
        Column(words.head("carbon_cost", currency), 1.2),
    ]
    named = month.fuel_name(beside, words.language) if beside else words["unknown"]
    notes = [words["cost_note"].format(fuel=named)]
    priced = words["unknown"] if carbon is None else f"{carbon:,g} {currency}/t CO2"
    notes.append(words["carbon_price"].format(price=priced))
    if len(currencies) > 1:
        notes.append(words["currencies"].format(list=", ".join(sorted(currencies))))
    return Part(words["part_cost"], [Table("cost", "", columns, rows, notes)])


def _prices(month: Month) -> dict[str, tuple[float, str]]:
    """The price in force at the month's end, by fuel: (per tonne, currency)."""
    found: dict[str, tuple[float, str]] = {}
    bodies = [version.body or {} for version in month.of_kind("price")]
    for body in sorted(bodies, key=lambda body: us_of(body["from_utc"])):
        if us_of(body["from_utc"]) < month.span[1]:
            found[body["fuel"]] = (body["per_t"], body["currency"])
    return found


def _costs(month: Month, prices: dict[str, tuple[float, str]]) -> dict[str, FuelCost]:
    costs = {}
    for line in month.plant.fuels:
        kg, mj, co2 = (_sum(month, line.id, name) for name in ("kg", "mj", "fossil_co2_kg"))
        if line.id in prices and kg and mj and co2 is not None:
            costs[line.id] = FuelCost(line.id, prices[line.id][0], mj / kg, co2 / kg)
    return costs


def _row(
    month: Month,
    fuel: str,
    prices: dict[str, tuple[float, str]],
    costs: dict[str, FuelCost],
    reference: FuelCost | None,
    carbon: float | None,
    words: Words,
) -> list[Cell]:
    cost = costs.get(fuel)
    name = month.fuel_name(fuel, words.language)
    kg, mj, co2 = (_sum(month, fuel, key) for key in ("kg", "mj", "fossil_co2_kg"))
    price = prices[fuel][0] if fuel in prices else None
    burnt = words["not_burnt"] if kg == 0.0 else words["source_unknown"]
    why = words["no_price"] if price is None else burnt
    no_carbon = words["no_carbon_price"]
    ncv = mj / kg if mj and kg else None
    per_kg = co2 / kg if co2 is not None and kg else None
    with_carbon = cost.per_gj(carbon) if cost and carbon is not None else None
    bill = None if kg is None or price is None else kg / KG_PER_T * price
    carbon_bill = None
    if carbon is not None and kg is not None and per_kg is not None:
        carbon_bill = carbon_cost(kg / KG_PER_T, per_kg, carbon)
    elif carbon is not None and kg == 0.0:
        carbon_bill = 0.0
    return [
        name,
        number(price, 2, why),
        number(ncv, 3, burnt),
        number(cost.per_gj() if cost else None, 3, why),
        number(cost.levelled_per_t(reference) if cost and reference else None, 2, why),
        number(per_kg, 4, burnt),
        number(with_carbon, 3, no_carbon if carbon is None else why),
        _break_even(cost, reference, words),
        number(bill, 0, why),
        number(carbon_bill, 0, no_carbon if carbon is None else burnt),
    ]


def _break_even(cost: FuelCost | None, reference: FuelCost | None, words: Words) -> Cell:
    if cost is not None and cost is reference:
        return Without(words["is_reference"])
    even = break_even_against(cost, reference) if cost and reference else None
    return number(even, 2, words["no_break_even"])


def _total(rows: list[list[Cell]], words: Words) -> list[Cell]:
    """The month's bills of all fuels; unknown where one of them is."""
    sums = [
        total([cell.value if isinstance(cell, Number) else None for cell in column], 0,
              words["total_lacks"])
        for column in ([row[-2] for row in rows], [row[-1] for row in rows])
    ]  # fmt: skip
    return [words["total"], *[NONE] * (len(rows[0]) - 3), *sums]


def _reference(month: Month) -> str | None:
    declared = month.config.cofiring.books.reference_fuel
    shares = month.record.share_heat
    if declared is not None or shares is None:
        return declared
    fossil = [line.id for line in month.plant.fuels if not line.is_biomass]
    return max(fossil, key=lambda fuel: shares.get(fuel, 0.0), default=None)


def _sum(month: Month, fuel: str, name: str) -> float | None:
    values = [one.get(name) for one in month.record.fuels if one["fuel"] == fuel]
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None
