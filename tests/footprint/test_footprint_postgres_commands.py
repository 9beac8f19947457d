"""What people type and pages ask, where factors are kept on a PostgreSQL server."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from agent.samples import Sample
from gateway.cli import app
from gateway.clock import Clock, SystemTime
from gateway.command.words import REFUSED
from gateway.config_file import load_config
from gateway.footprint.accountant import Accountant
from gateway.footprint.site_key import SiteKey
from gateway.footprint.store import FootprintStore
from gateway.historian.journal import Journal
from gateway.historian.reader import Reader
from gateway.historian.rows import Basis, Batch, Commit, Origin
from gateway.http.hub import Hub
from gateway.problems import ConfigError, UnavailableError
from gateway.reload import ReloadError, changes
from gateway.site import load_site
from gateway.views.footprint import FootprintView
from gateway.views.freshness import Freshness
from tests.footprint.conftest import HandClock
from tests.reports.conftest import DEPLOY, END_US, MINUTE_US, RATES

SERVER = """
[footprint]
host = "127.0.0.1"
port = {port}
password_file = "word"
schema_name = "{schema}"

"""


@pytest.fixture(scope="module")
def written(postgres, tmp_path_factory):
    """The example site, its factors on the server, its October over."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "word").write_text(postgres.password)
    text = (DEPLOY / "example-plant.toml").read_text()
    text = text.replace('synchronised_by = "kernel"', 'synchronised_by = "assume"')
    server = SERVER.format(port=postgres.port, schema="commands")
    (folder / "plant.toml").write_text(text.replace("\n[mqtt]\n", f"{server}[mqtt]\n", 1))
    lots = (DEPLOY / "example-lots.toml").read_text()
    (folder / "example-lots.toml").write_text(lots)
    return folder / "plant.toml"


@pytest.fixture(scope="module")
def accounted(written):
    site = load_site(written)
    data = site.config.storage.directory
    data.mkdir()
    journal = Journal.open(data / "journal.sqlite")
    first_us = END_US - 32 * MINUTE_US
    for t_us in range(first_us, END_US + 2 * MINUTE_US, MINUTE_US // 2):
        samples = tuple(Sample(p, t_us, r * (t_us - first_us) / 1e6) for p, r in RATES.items())
        batch = Batch(Origin("meter", "all"), Basis.GATEWAY, t_us, samples)
        journal.commit(Commit("boot-1", t_us, t_us, True, batches=(batch,)))
    store, reader = FootprintStore.of(site.config), Reader(data / "journal.sqlite")
    clock = HandClock(END_US + 3_600_000_000)
    key = SiteKey.open(site.config.signing_key())
    accountant = Accountant(site.config, site.tables, site.lots, reader, store, clock, key)
    while accountant.step():
        pass
    store.close()
    reader.close()
    journal.close()
    assert not (data / "footprint.sqlite").exists()
    return written


def said(site, *words, code=0):
    done = CliRunner().invoke(app, [*map(str, words), "--config", str(site)])
    assert done.exit_code == code, done.output
    return done.output


def test_commands_say_where_there_is_nothing_yet(written, tmp_path):
    text = written.read_text().replace('"commands"', '"empty"')
    site = written.with_name("empty.toml")
    site.write_text(text)
    where = r"PostgreSQL at 127.0.0.1:"
    for words in (
        ("verify", "factors"),
        ("report", "cofiring", "--month", "2026-10", "--out", tmp_path),
        ("recompute", "--from", "2026-10-01T00:00Z", "--to", "2026-11-01T00:00Z", "--reason", "x"),
    ):
        output = said(site, *words, code=REFUSED)
        assert where in output
        assert "schema empty" in output


def test_commands_read_and_write_the_server(accounted, tmp_path):
    found = json.loads(said(accounted, "verify", "factors", "--json"))
    assert found["problems"] == []
    assert found["counts"]["records"] > 30
    moved = json.loads(
        said(
            accounted, "recompute", "--from", "2026-10-31T14:00Z", "--to", "2026-10-31T15:00Z",
            "--reason", "again", "--dry-run", "--json",
        )
    )  # fmt: skip
    assert moved == []
    files = json.loads(
        said(
            accounted, "report", "cofiring", "--month", "2026-10", "--out", tmp_path, "--json",
        )
    )  # fmt: skip
    assert files
    told = ("price", "fuel=coal", "from_utc=2026-10-01T00:00Z", "per_t=1.0", "currency=JPY")
    said(accounted, "lots", "tell", *told, "--yes", "--name", "Sato")
    assert "price" in said(accounted, "lots", "list", "--json")
    assert said(accounted, "fuels", "--json")
    checked = json.loads(said(accounted, "verify", "reads", "--json"))
    assert checked["problems"] == []


def test_a_look_at_meters_says_whether_the_server_can_be_used(written, postgres):
    def kept():
        said = CliRunner().invoke(app, ["check", "--config", str(written), "--live", "--json"])
        assert said.exit_code == 1  # no meter is there
        return json.loads(said.stdout.splitlines()[-1])["footprint"]

    found = kept()
    assert found["problem"] is None
    assert found["state"].startswith("answers")
    assert "schema commands" in found["place"]
    postgres.kill()
    try:
        found = kept()
    finally:
        postgres.start()
    assert found["state"] is None
    assert "start it, or correct [footprint] host and port" in found["problem"]


def test_pages_are_answered_from_the_server_and_told_when_it_is_away(accounted, postgres):
    site = load_site(accounted)
    clock = Clock(SystemTime("assume"))
    hub = Hub("test", keep=8)
    view = FootprintView(site, site.config.storage.directory, clock, hub, Freshness(site, clock))

    async def ask():
        running = asyncio.create_task(view.account.run(0.01))
        while view.account.status().journal_n is None:  # noqa: ASYNC110 (a thread's)
            await asyncio.sleep(0)
        latest = await view.factors_latest()
        postgres.kill()
        try:
            with pytest.raises(UnavailableError, match="cannot be reached"):
                await view.factors_latest()
        finally:
            postgres.start()
        again = await view.factors_latest()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return latest, again

    latest, again = asyncio.run(ask())
    view.account.store.close()
    assert latest == again
    assert {record["period"] for record in latest} >= {"minute", "settlement", "month"}


BROKEN = {
    "two places": ('password_env = "WORD"\n', "footprint.password_env", "Keep one of the two"),
    "half a key": ('tls_key = "key.pem"\n', "footprint", "Give both or none"),
    "unknown": ('passwrod = "x"\n', "footprint.passwrod", "password"),
}


@pytest.mark.parametrize(
    ("line", "where", "remedy"), [pytest.param(*case, id=name) for name, case in BROKEN.items()]
)
def test_check_refuses_what_cannot_be(written, tmp_path, line, where, remedy):
    text = written.read_text().replace("\n[footprint]\n", f"\n[footprint]\n{line}")
    (tmp_path / "plant.toml").write_text(text)
    with pytest.raises(ConfigError) as told:
        load_config(tmp_path / "plant.toml")
    assert any(where in str(p) and remedy in str(p) for p in told.value.problems)


@pytest.mark.parametrize("name", ["pg_mine", "x" * 64])
def test_a_schema_that_the_server_would_not_take_is_refused(written, tmp_path, name):
    (tmp_path / "plant.toml").write_text(written.read_text().replace('"commands"', f'"{name}"'))
    with pytest.raises(ConfigError, match=r"schema_name|problem"):
        load_config(tmp_path / "plant.toml")


def test_another_server_asks_for_a_restart(written):
    before = load_site(written)
    server = before.config.footprint.model_copy(update={"port": 1})
    config = before.config.model_copy(update={"footprint": server})
    after = type(before)(config, before.profiles, before.lots, before.tables, before.path)
    with pytest.raises(ReloadError, match=r"\[footprint\] changed.*restart the service"):
        changes(before, after)
