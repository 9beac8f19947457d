"""Scheme packs: what each reporting scheme asks for, as data with its days and origin.

No figure is shared between two packs: each says its own basis, GWP set, zero-rating, sharing of
combined heat and power, and rounding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any, Final

from agent.errors import UnknownSchemeError

_MODES: Final = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
_ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "cv_basis": ("ncv_ar", "gcv_ar"),
    "gwp_set": ("SAR", "AR4", "AR5", "AR6"),
    "zero_rating": ("evidence", "rule", "none"),
    "estimate": ("best", "conservative"),
    "mixed_heat": ("none", "biogenic_carbon"),
    "limits_bind": ("biomass", "biogenic"),
    "chp_method": (
        "energy_content", "efficiency_method", "carnot", "work_potential", "defra_2_to_1",
        "power_bonus", "all_to_power", "site",
    ),
}  # fmt: skip
_USUAL: Final[Mapping[str, str]] = {"mixed_heat": "none", "limits_bind": "biomass"}
"""What counts where a pack says nothing of it."""
_GASES: Final = ("co2", "ch4", "n2o", "upstream", "land_use")


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a figure is printed: decimal digits, negative before the point, and the mode."""

    digits: int
    mode: str

    def of(self, value: float) -> str:
        """The figure as printed; rounding happens here and nowhere before."""
        rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-self.digits), _MODES[self.mode])
        return f"{rounded:f}"


@dataclass(frozen=True, slots=True)
class Limit:
    """A ceiling of the life cycle, per electricity [g CO₂e/MJ], and whom it binds.

    Args:
        fuel_from: First day of the fuel's use it is for.
        fuel_to: Last day; None for ever.
        certified_from: First day of certification, or start of operation, of the plants it binds.
        certified_to: Last day of it; None for ever.
        least_kw: Smallest capacity it binds [kW].
    """

    g_per_mj: float
    fuel_from: date
    fuel_to: date | None = None
    certified_from: date | None = None
    certified_to: date | None = None
    least_kw: float = 0.0


@dataclass(frozen=True, slots=True)
class SchemeSite:
    """What a site says of itself under a scheme.

    Args:
        id: The scheme.
        certified: Day of its certification, or of the start of its operation, ISO 8601; "" where
            it does not say.
        capacity_kw: Generator capacity [kW]; None where it does not say.
    """

    id: str
    certified: str = ""
    capacity_kw: float | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """One vintage of a scheme.

    Args:
        cv_basis: Calorific values that its heat shares are made of.
        gases: What its total counts: "co2", "ch4", "n2o", "upstream", "land_use".
        gwp_set: By which set.
        zero_rating: When biogenic CO₂ counts nothing: "evidence" (valid for the lot and scheme),
            "rule" (always) or "none".
        chp_method: How it shares between power and heat; "site" for the site's declared method.
        estimate: Which of the estimates of gaps it reports: "best" or "conservative".
        rounding: By figure: "share", "kwh", "kg", "kg_per_kwh" and "g_per_mj".
        valid_from: First day.
        valid_to: Last day; None while nothing ended it.
        marks: Origin of each choice, as in the fuel tables, by name.
        policy_zero: Fuels, by their keys in the tables, whose fossil CO₂ it counts as nothing.
        mixed_heat: What of the heat of fuels that are not biomass throughout counts as biomass:
            "none", or "biogenic_carbon" for as much of it as of their carbon.
        limits_bind: Whose life cycle its ceilings bind: "biomass" for lots that are biomass
            throughout, "biogenic" for every lot with biogenic carbon.
        claims_kwh: Whether sold power of biomass is claimed under it.
        comparator_g_per_mj: Life cycle of the power it compares with [g CO₂e/MJ electric].
        limits: Ceilings of a fuel lot's life cycle.
    """

    id: str
    name: str
    country: str
    cv_basis: str
    gases: tuple[str, ...]
    gwp_set: str
    zero_rating: str
    chp_method: str
    estimate: str
    rounding: Mapping[str, Rounding]
    valid_from: date
    source: str
    marks: Mapping[str, str]
    valid_to: date | None = None
    policy_zero: tuple[str, ...] = ()
    mixed_heat: str = "none"
    limits_bind: str = "biomass"
    claims_kwh: bool = False
    comparator_g_per_mj: float | None = None
    limits: tuple[Limit, ...] = ()

    def limit(self, site: SchemeSite, on: date) -> Limit | None:
        """The ceiling that binds a site for fuel used on a day.

        None where none binds it, or the site does not say when it was certified and how large it
        is: then nobody can tell.
        """
        if not site.certified or site.capacity_kw is None:
            return None
        certified = date.fromisoformat(site.certified)
        for limit in self.limits:
            first = limit.certified_from or date.min
            bound = _within(certified, first, limit.certified_to)
            if bound and _within(on, limit.fuel_from, limit.fuel_to):
                return limit if site.capacity_kw >= limit.least_kw else None
        return None


@dataclass(frozen=True, slots=True)
class Packs:
    """Every scheme, each with its vintages, oldest first."""

    vintages: Mapping[str, tuple[Pack, ...]]

    def at(self, scheme: str, on: date) -> Pack:
        """The vintage of a scheme that counts on a day.

        Raises:
            UnknownSchemeError: There is no such scheme, or it did not count then.
        """
        if scheme not in self.vintages:
            known = ", ".join(self.vintages)
            raise UnknownSchemeError(f"scheme {scheme!r} is in no pack; use one of {known}")
        if found := self.find(scheme, on):
            return found
        first = self.vintages[scheme][0].valid_from
        raise UnknownSchemeError(f"scheme {scheme!r} has no vintage for {on}; it begins on {first}")

    def find(self, scheme: str, on: date) -> Pack | None:
        """The vintage of a scheme that counts on a day; None where it does not count then."""
        vintages = self.vintages.get(scheme, ())
        fitting = (pack for pack in vintages if _within(on, pack.valid_from, pack.valid_to))
        return next(fitting, None)


def read_packs(document: Mapping[str, Any]) -> Packs:
    """Scheme packs of a parsed schemes.toml.

    Raises:
        UnknownSchemeError: A pack lacks something, or says what nobody understands.
    """
    sources: Mapping[str, str] = document["sources"]
    vintages = {
        scheme: tuple(
            sorted(
                (_pack(scheme, body, each, sources) for each in body["vintage"]),
                key=lambda pack: pack.valid_from,
            )
        )
        for scheme, body in document["scheme"].items()
    }
    return Packs(vintages)


def _pack(
    scheme: str, body: Mapping[str, Any], vintage: Mapping[str, Any], sources: Mapping[str, str]
) -> Pack:
    said = {**{k: v for k, v in body.items() if k != "vintage"}, **vintage}
    known = {field.name for field in fields(Pack)} - {"id"}
    if unknown := said.keys() - known:
        raise UnknownSchemeError(f"schemes.toml, {scheme}: {sorted(unknown)} is not known")
    for name, allowed in _ALLOWED.items():
        if said.get(name, _USUAL.get(name)) not in allowed:
            raise UnknownSchemeError(
                f"schemes.toml, {scheme}: {name} {said.get(name)!r} cannot be; write one of "
                f"{', '.join(allowed)}"
            )
    if strange := set(said["gases"]) - set(_GASES):
        raise UnknownSchemeError(f"schemes.toml, {scheme}: gases {sorted(strange)} are not known")
    if said["source"] not in sources:
        raise UnknownSchemeError(f"schemes.toml, {scheme}: source {said['source']!r} is not listed")
    return Pack(
        id=scheme,
        **{
            **said,
            "source": sources[said["source"]],
            "gases": tuple(said["gases"]),
            "rounding": {name: Rounding(**each) for name, each in said["rounding"].items()},
            "policy_zero": tuple(said.get("policy_zero", ())),
            "limits": tuple(Limit(**each) for each in said.get("limits", ())),
        },
    )


def _within(on: date, first: date, last: date | None) -> bool:
    return first <= on and (last is None or on <= last)
