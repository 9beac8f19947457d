"""From the site's file: steam, boilers and factors of power that are not the plant's own."""

from datetime import datetime

from agent.cofiring.plant import Boiler, CertificatesSold, PowerFactor, Steam
from gateway.config import Config
from gateway.config_cofiring import PowerTable


def steam_of(config: Config) -> Steam | None:
    """What a kilogram of exported steam carries; None where the site declares no state of it.

    Raises:
        BadSteamError: A state that IAPWS-IF97 does not know.
    """
    table = config.unit.steam
    if table is None:
        return None
    # The steam tables are a library of their own, which sites without steam need not load.
    from agent.cofiring.steam import Water, exported  # noqa: PLC0415

    return exported(
        Water(table.mpa, table.degc),
        Water(table.condensate_mpa, table.condensate_degc),
        Water(table.condensate_mpa, table.make_up_degc),
        table.returned,
        table.reference_degc,
    )


def boilers_of(config: Config) -> tuple[Boiler, ...]:
    """The boilers on a common header."""
    return tuple(Boiler(b.id, b.steam_heat_total_mj, b.fuels) for b in config.boiler)


def factor_of(table: PowerTable | None) -> PowerFactor | None:
    """A factor of power that is not the plant's own."""
    return None if table is None else PowerFactor(table.kg_co2e_per_kwh, table.source)


def certificates_of(config: Config) -> tuple[CertificatesSold, ...]:
    """Certificates of power that the site sold."""
    return tuple(
        CertificatesSold(_us(sold.from_), _us(sold.to), sold.kwh, sold.scheme)
        for sold in config.cofiring.certificates_sold
    )


def _us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
