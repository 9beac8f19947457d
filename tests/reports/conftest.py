"""A made-up end of October 2026, accounted for by the real accountant, reported by the real CLI."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.samples import Sample
from gateway.cli import app
from gateway.clock import Now
from gateway.footprint.accountant import Accountant
from gateway.footprint.site_key import SiteKey
from gateway.footprint.store import FootprintStore
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Basis, Batch, Commit, Origin
from gateway.site import load_site

DEPLOY = Path(__file__).parents[2] / "gateway" / "deploy"
END_US = int(datetime.fromisoformat("2026-11-01T00:00:00+09:00").timestamp()) * 1_000_000
MINUTE_US = 60_000_000
RATES = {
    "unit1.coal.mass_total_kg": 10.0,
    "unit1.pellets.mass_total_kg": 4.0,
    "unit1.rpf.mass_total_kg": 1.0,
    "unit1.gross_total_kwh": 40.0,
    "unit1.aux_total_kwh": 3.0,
    "unit1.sold_total_kwh": 36.0,
    "unit1.steam_heat_total_mj": 20.0,
}
"""Per second, of every totaliser."""

SCHEMES = """
[unit.steam]
mpa = 1.0
degc = 250.0
condensate_degc = 80.0

[cofiring.books]
balancing_months = 3

[[cofiring.scheme]]
id = "jp_fit"
certified = 2024-04-01
capacity_kw = 112000

[[cofiring.scheme]]
id = "jp_shk"
"""

OWN_SCHEMES, FIRST_FUEL = "# Schemes the site reports under", "[[fuel]]\n"
"""From where to where the example has its own."""

LOTS = """
[[lot]]
id = "P-2610-07"
fuel = "pellets"
from_utc = 2026-10-01T00:00:00Z
ncv_dry_mj_per_kg = 18.8
moisture = 0.07
upstream_co2e_g_per_mj_ncv = 9.5
zero_rated = [{ scheme = "jp_fit", evidence = "SBP-04-17" }]

[lot.delivery]
supplier = "=Ōsaka 木質"
mass_kg = 52000.0
mass_u95_kg = 260.0
mass_by = "weighbridge"
delivered_utc = 2026-10-05T00:00:00Z

[[lot.certificates]]
kind = "sustainability"
number = "SBP-04-17"
scheme = "SBP"
valid_to = "2027-03-31"

[[lot]]
id = "R-2610-03"
fuel = "rpf"
from_utc = 2026-10-01T00:00:00Z
moisture = 0.03
co2_total_g_per_mj_ncv = 88.0
biogenic_carbon_fraction = 0.28
upstream_co2e_g_per_mj_ncv = 3.0
analyses = [
  { id = "R1", date = 2026-09-30, ncv_dry_mj_per_kg = 25.2, chlorine_dry = 0.0028, ash_dry = 0.06 },
  { id = "R2", date = 2026-10-12, ncv_dry_mj_per_kg = 25.6, chlorine_dry = 0.0025, ash_dry = 0.05 },
]

[[lot]]
id = "C-2610-01"
fuel = "coal"
upstream_co2e_g_per_mj_ncv = 6.0
from_utc = 2026-10-01T00:00:00Z
ncv_dry_mj_per_kg = 27.9
moisture = 0.085
delivery = { mass_kg = 90000.0, mass_u95_kg = 900.0, mass_by = "draught_survey" }
"""

TOLD = (
    "survey fuel=pellets month=2026-09 method=pile volume_m3=40 volume_u95_m3=1 "
    "bulk_kg_per_m3=650 bulk_u95_kg_per_m3=13 "
    "moisture=0.08 moisture_u95=0.004",
    "survey fuel=pellets month=2026-10 method=pile kg=49000 kg_u95=900 moisture=0.12 "
    "moisture_u95=0.004",
    "loss fuel=pellets at_utc=2026-10-20T09:00+09:00 kg=120 kg_u95=60 cause=dust",
    "transfer fuel=pellets at_utc=2026-10-21T09:00+09:00 given_kg=500 kg_u95=5 with=unit2 "
    "moisture=0.07 moisture_u95=0.004",
    "claim certificate=SBP~sustainability at_utc=2026-10-30T09:00+09:00 kg=30000 number=C-1",
    "price fuel=coal from_utc=2026-10-01T00:00+09:00 per_t=22000 currency=JPY",
    "price fuel=pellets from_utc=2026-10-01T00:00+09:00 per_t=31000 currency=JPY",
    "price fuel=co2 from_utc=2026-10-01T00:00+09:00 per_t=3000 currency=JPY",
)
"""What people told, as they type it; "~" stands for a space."""


class HandClock:
    """A clock that stands in November."""

    def now(self) -> Now:
        at_us = END_US + 3_600 * 1_000_000
        return Now(at_us, at_us, True)


@dataclass
class Made:
    """A site whose October is over."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "plant.toml"

    def type(self, *words, code=0, config=True):
        site = ["--config", str(self.config)] if config else []
        found = CliRunner().invoke(app, [*(str(word) for word in words), *site])
        assert found.exit_code == code, found.output
        return found.output

    def record(self, product="electricity"):
        store = FootprintStore.open(self.folder / "data")
        try:
            return next(r for r in store.factors(period="month") if r.product == product)
        finally:
            store.close()

    def report(self, language, *words):
        out = self.folder / "out"
        found = self.type(
            "report", "cofiring", "--month", "2026-10", "--language", language, "--out", out,
            "--json", *words,
        )  # fmt: skip
        return [Path(path) for path in json.loads(found)]


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Made:
    """An hour of October, issued, with what people told of stock, certificates and prices."""
    folder = tmp_path_factory.mktemp("reported")
    text = (DEPLOY / "example-plant.toml").read_text()
    text = text.replace('synchronised_by = "kernel"', 'synchronised_by = "assume"')
    before, _, own = text.partition(OWN_SCHEMES)
    _, fuel, after = own.partition(FIRST_FUEL)
    (folder / "plant.toml").write_text(before + SCHEMES + "\n" + fuel + after)
    (folder / "example-lots.toml").write_text(LOTS)
    site = Made(folder)
    account(site)
    for told in TOLD:
        kind, *fields = told.split()
        said = (field.replace("~", " ") for field in fields)
        site.type("lots", "tell", kind, *said, "--yes", "--name", "Sato")
    return site


def account(made: Made) -> None:
    """Write an hour of readings, and account for them."""
    site = load_site(made.config)
    data = site.config.storage.directory
    data.mkdir(exist_ok=True)
    journal = Journal.open(data / "journal.sqlite")
    first_us = END_US - 60 * MINUTE_US
    for t_us in range(first_us, END_US + 2 * MINUTE_US, MINUTE_US // 4):
        samples = tuple(Sample(p, t_us, r * (t_us - first_us) / 1e6) for p, r in RATES.items())
        batch = Batch(Origin("meter", "all"), Basis.GATEWAY, t_us, samples)
        journal.commit(Commit("boot-1", t_us, t_us, True, batches=(batch,)))
    reader, store = Reader(data / "journal.sqlite"), FootprintStore.open(data)
    key = SiteKey.open(site.config.signing_key())
    accountant = Accountant(site.config, site.tables, site.lots, reader, store, HandClock(), key)
    while accountant.step():
        pass
    store.close()
    reader.close()
    journal.close()
