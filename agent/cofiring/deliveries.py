"""What comes with a delivery: who supplied it, its certificate, its way here, its zero-rating."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a lot was received.

    Args:
        supplier: Who delivered it.
        mass_kg: As received [kg].
        mass_half95_kg: Half width of the expanded uncertainty (k = 2) of that mass [kg].
        mass_by: What the mass rests on: "bill_of_lading", "weighbridge", "draught_survey", ….
        delivered_us: When, UTC [µs].
        store: Container, silo or pile it went to.
    """

    supplier: str = ""
    mass_kg: float | None = None
    mass_half95_kg: float | None = None
    mass_by: str = ""
    delivered_us: int | None = None
    store: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of sustainability or origin.

    Args:
        kind: Of what, such as "sustainability" or "legality".
        number: As printed on it.
        scheme: Who vouches, such as "SBP", "PEFC" or "ISCC".
        valid_to: Last day, ISO 8601; "" where it has no end.
    """

    kind: str
    number: str
    scheme: str = ""
    valid_to: str = ""


@dataclass(frozen=True, slots=True)
class ZeroRating:
    """That a scheme counts this lot's biogenic CO₂ as zero, and by what evidence.

    Args:
        scheme: As in the scheme packs, such as "jp_fit".
        evidence: Certificate or document it rests on; without one nothing is zero.
        valid_to: Last day, ISO 8601; "" where it has no end.
    """

    scheme: str
    evidence: str
    valid_to: str = ""

    def valid_on(self, day: str) -> bool:
        """Whether it holds on a day, ISO 8601: in time, and with evidence."""
        return bool(self.evidence) and (not self.valid_to or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Leg:
    """One stage of the way from the forest or factory to the store.

    Args:
        stage: "cultivation", "processing", "sea", "road", …: figures are given by it.
        mode: Vehicle, such as "handysize bulk carrier".
        distance_km: How far [km].
        co2e_g_per_mj_ncv: What the stage gave [g CO₂e/MJ net as received], where that is known.
        co2e_g_per_t_km: Otherwise what its vehicle gives [g CO₂e/(t·km)], with `distance_km`.
        source: Where the figure is from.
        gwp_set: The set it was made with; "" where nobody says.
    """

    stage: str
    mode: str = ""
    distance_km: float | None = None
    co2e_g_per_mj_ncv: float | None = None
    co2e_g_per_t_km: float | None = None
    source: str = ""
    gwp_set: str = ""

    def co2e(self, ncv_ar_mj_per_kg: float | None) -> float | None:
        """What the stage gave [g CO₂e/MJ net]; None where it cannot be known.

        Args:
            ncv_ar_mj_per_kg: Of the fuel as it was carried [MJ/kg].
        """
        if self.co2e_g_per_mj_ncv is not None:
            return self.co2e_g_per_mj_ncv
        if None in {self.co2e_g_per_t_km, self.distance_km} or not ncv_ar_mj_per_kg:
            return None
        per_kg = (self.co2e_g_per_t_km or 0.0) * (self.distance_km or 0.0) / 1000.0
        return per_kg / ncv_ar_mj_per_kg
