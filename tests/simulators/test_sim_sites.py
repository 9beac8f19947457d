"""The example sites, end to end: checked, lots told, run by the real gateway, verified."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
import tomli_w
from moved_clock import MovedClock
from ports import free_port
from whole_plant import Gateway

from agent.cofiring.choosing import choose
from agent.cofiring.factors import burn
from agent.cofiring.record import FactorRecord
from gateway.footprint.site import plant_of
from gateway.footprint.store import FootprintStore
from gateway.footprint.tables import load_tables
from gateway.site import load_site
from simulators import lots

SITES = Path(__file__).parents[2] / "simulators" / "sites"
NAMES = ("oji-like", "shunan-like")
TOLD = {"shunan-like": "deliveries.toml"}
PERIOD_S, LEAD_S = 120, 20.0
"""How long both sites' settlement periods are, and what two plants and gateways take to start."""
OJI_TONNES = {"coal": 2_000.0, "plastic": 10_000.0, "rpf": 3_000.0, "chips": 12_000.0}


def hinoban(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def own(folder: Path, name: str) -> Path:
    """A site in a folder of its own, with ports of its own."""
    shutil.copytree(SITES / name, folder / name)
    config = folder / name / "site.toml"
    raw = tomllib.loads(config.read_text())
    for meter in raw["meter"]:
        meter["port"] = free_port()
    raw["http"] = {"port": free_port()}
    config.write_text(tomli_w.dumps(raw))
    return config


@contextmanager
def plant(config: Path, name: str, clock: MovedClock) -> Iterator[None]:
    """The simulated plant behind the site's meters."""
    folder = config.parent
    begin = clock.now() - timedelta(minutes=5)
    lots.write(lots.draw(begin, 2.0, 1), folder / "stand-in.toml")
    devices = folder / "devices.toml"
    meters = {m["id"]: m["port"] for m in tomllib.loads(config.read_text())["meter"]}
    named = devices if devices.exists() else SITES.parent / "devices.toml"
    table = tomllib.loads(named.read_text())["device"]
    ports = ",".join(str(meters.get(device["meter"], 0)) for device in table)
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.plant", "--ports", ports, "--devices", str(named),
         "--lots", str(folder / "stand-in.toml"), "--ledger", str(folder / "truth.jsonl"),
         *clock.of_plant()],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("ready"), name
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)
        process.stdout.close()


def records(config: Path) -> list[FactorRecord]:
    """Records of settlement periods that are measured from end to end."""
    store = FootprintStore.open(config.parent / "data")
    found = store.factors(period="settlement", limit=1000)
    store.close()
    return [record for record in found if record.coverage == 1.0]


def until(found: Callable[[], bool], within_s: float) -> None:
    end = time.monotonic() + within_s
    while not found():
        assert time.monotonic() < end, "no record came"
        time.sleep(1.0)


@pytest.mark.parametrize("name", NAMES)
def test_a_site_is_as_hinoban_check_wants_it(name: str, tmp_path: Path) -> None:
    config = own(tmp_path, name)
    assert "holds" in hinoban("check", "--config", str(config))
    if name in TOLD:
        told = str(config.parent / TOLD[name])
        options = ("--config", str(config), "--name", "Sato", "--dry-run")
        assert "container-1" in hinoban("import-lots", told, *options)


@pytest.mark.long
def test_both_sites_run_and_their_records_hold(tmp_path: Path) -> None:
    configs = {name: own(tmp_path, name) for name in NAMES}
    for name, told in TOLD.items():
        config = configs[name]
        options = ("--config", str(config), "--name", "Sato", "--yes")
        hinoban("import-lots", str(config.parent / told), *options)
    clock = MovedClock(PERIOD_S, LEAD_S)
    with ExitStack() as running:
        for name, config in configs.items():
            running.enter_context(plant(config, name, clock))
            gateway = Gateway(config, clock.gateway(config))
            running.callback(gateway.stop)
        until(lambda: all(records(config) for config in configs.values()), within_s=420)
    for config in configs.values():
        hinoban("verify", "factors", "--config", str(config))
    oji, shunan = (
        next(r for r in records(configs[name]) if r.product == "electricity") for name in NAMES
    )
    for record in (oji, shunan):
        assert sum((record.share_heat or {}).values()) == pytest.approx(1.0)
        assert record.lifecycle_co2e_kg_per_kwh is not None
        assert record.ci95_low is not None
    assert {r.product for r in records(configs["oji-like"])} == {"electricity", "steam"}
    burnt = {part["lot"] for part in shunan.fuels if part["kg"]}
    assert burnt == {"coal-2026", "container-1", "torrefied-1"}
    assert (oji.share_mass or {})["chips"] > (oji.share_heat or {})["chips"]


def test_the_page_prints_the_shares_that_the_account_computes(tmp_path: Path) -> None:
    site = load_site(own(tmp_path, "oji-like"))
    tables = load_tables()
    lots_of = {lot.fuel: lot for lot in site.lots}
    burnt = {
        fuel.id: burn(
            OJI_TONNES[fuel.id] * 1000.0,
            choose(fuel.entry, lots_of[fuel.id], date(2026, 11, 1), tables.physics),
        )
        for fuel in plant_of(site.config, tables).fuels
    }
    heat = {fuel: each.mj or 0.0 for fuel, each in burnt.items()}
    carbon = {
        fuel: (each.fossil_co2_kg or 0.0) + (each.biogenic_co2_kg or 0.0)
        for fuel, each in burnt.items()
    }
    page = (SITES / "README.md").read_text()
    for basis, amounts in (("mass", OJI_TONNES), ("net heat", heat), ("carbon", carbon)):
        whole = sum(amounts.values())
        row = re.search(rf"^\| {basis} \|(.*)\|$", page, re.MULTILINE)
        assert row is not None, basis
        printed = [float(cell) for cell in row.group(1).split("|")]
        assert printed == [round(100.0 * amounts[f] / whole, 1) for f in OJI_TONNES], basis
