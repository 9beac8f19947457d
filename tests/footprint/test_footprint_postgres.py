"""Plants that share a PostgreSQL server, and what becomes of the account while it is away."""

import dataclasses
import shutil
import sys
import threading
from itertools import count

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from gateway.footprint.schema import factor_records
from gateway.footprint.server import FootprintServerError
from gateway.footprint.site_key import SiteKey
from gateway.footprint.store import FootprintStore
from gateway.footprint.writer import ElsewhereError
from tests.footprint.conftest import BASE_US, MINUTE_US, Site, site_config

END_US = BASE_US + 6 * MINUTE_US


def everything(store):
    with store.engine.connect() as connection:
        rows = connection.execute(factor_records.select().order_by("series_id", "chain_seq"))
        return [tuple(row) for row in rows]


def drain(accountant):
    while accountant.step():
        pass


@pytest.fixture
def in_file(site):
    """What an account that nothing ever befell would hold, in a file."""

    def account():
        store = FootprintStore.embedded(site.folder / "plain.sqlite")
        site.stores.append(store)
        drain(site.accountant(store))
        return everything(store)

    return account


ON_SERVER = pytest.mark.parametrize("kept", ["postgresql"], indirect=True)


@ON_SERVER
def test_the_server_holds_to_the_bit_what_the_file_would(site, in_file):
    site.run(BASE_US, END_US)
    drain(site.accountant())
    assert everything(site.store) == in_file()


def test_two_plants_share_a_database_and_no_chain(postgres, tmp_path, lots):
    plants = []
    for name in ("north", "south"):
        config = site_config()
        named = config.site.model_copy(update={"id": name})
        (tmp_path / name).mkdir()
        plants.append(
            Site(
                tmp_path / name,
                config.model_copy(update={"site": named}),
                lots,
                kept=lambda _, name=name: postgres.store(name),
            )
        )
    north, south = plants
    keys = [SiteKey.open(plant.folder / "site.key") for plant in plants]
    for plant, begin_us in ((north, BASE_US), (south, BASE_US + MINUTE_US)):
        plant.run(begin_us, END_US)
    accountants = [plant.accountant() for plant in plants]
    while sum(accountant.step(7) for accountant in accountants):
        pass
    for plant, key in zip(plants, keys, strict=True):
        assert plant.store.seal(key, "2026-09-20", END_US)
        report = plant.store.verify(key.public)
        assert report.problems == []
        assert report.counts["series"] == 3
        assert {r.plant_id for r in plant.store.factors()} == {plant.config.site.id}
        assert {r.plant_id for r in plant.store.latest()} == {plant.config.site.id}
    assert len(north.minutes()) == len(south.minutes()) + 1
    assert north.store.get(south.minutes()[0].record_id) is None
    with pytest.raises(FootprintServerError, match=r"'north\.unit1'.*'south\.unit1'"):
        postgres.store("south", schema_name="north.unit1")
    for plant in plants:
        plant.close()


@ON_SERVER
def test_a_table_that_only_grows_cannot_be_emptied(site):
    for table in ("factor_records", "slots", "seals", "lot_entries"):
        with (
            pytest.raises(DBAPIError, match=f"{table} only grows"),
            site.store.engine.begin() as connection,
        ):
            connection.exec_driver_sql(f"TRUNCATE {table}")


@ON_SERVER
def test_a_server_that_was_killed_misses_nothing_and_live_figures_go_on(site, in_file, postgres):
    site.run(BASE_US, BASE_US + 2 * MINUTE_US)
    accountant = site.accountant()
    drain(accountant)
    known, before = accountant.live(), accountant.status()["journal_n"]
    postgres.kill()
    try:
        for minute in (2, 3, 4):
            site.run(BASE_US + minute * MINUTE_US, BASE_US + (minute + 1) * MINUTE_US)
            with pytest.raises(FootprintServerError, match="cannot be reached"):
                drain(accountant)
            # What the journal may forget stands where the database stood.
            assert accountant.status()["journal_n"] <= before
            while accountant.watch():
                pass
        assert accountant.live().to_us - known.to_us == 3 * MINUTE_US
        with pytest.raises(FootprintServerError):
            accountant.recompute(BASE_US, END_US, "while it is away")
    finally:
        postgres.start()
    site.run(BASE_US + 5 * MINUTE_US, END_US)
    drain(accountant)
    assert everything(site.store) == in_file()
    assert site.store.verify().ok
    assert accountant.watch() == 0


@ON_SERVER
def test_killed_within_transactions_the_records_are_the_same(site, in_file, postgres):
    site.run(BASE_US, END_US)
    accountant, statements, strikes = site.accountant(), count(), []

    def strike(*_):
        if next(statements) in {20, 21, 70}:
            strikes.append("within")
            postgres.kill()
            postgres.start()

    def at_the_end(_):
        if len(strikes) >= 2 and "commit" not in strikes:
            strikes.append("commit")
            postgres.kill()
            postgres.start()

    event.listen(site.store.engine, "before_cursor_execute", strike)
    event.listen(site.store.engine, "commit", at_the_end)
    while True:
        try:
            drain(accountant)
            break
        except FootprintServerError:
            continue
    assert sorted(strikes) == ["commit", *["within"] * 3]
    assert everything(site.store) == in_file()
    assert site.store.verify().ok


@ON_SERVER
def test_a_server_that_lost_its_last_writes_gets_them_again(site, in_file, postgres):
    """Restored from a copy of an hour ago, or without the end of its log."""
    site.run(BASE_US, END_US)
    accountant = site.accountant()
    accountant.step(30)
    postgres.kill()
    copy = postgres.folder / "copy"
    shutil.copytree(postgres.data, copy)
    postgres.start()
    accountant.step(20)
    postgres.kill()
    shutil.rmtree(postgres.data)
    shutil.move(copy, postgres.data)
    _own(postgres.data)
    postgres.start()
    with pytest.raises(ElsewhereError, match="it goes on from there"):
        drain(accountant)
    drain(accountant)
    assert everything(site.store) == in_file()
    assert site.store.verify().ok


@ON_SERVER
def test_a_restatement_beside_a_running_gateway_forks_no_chain(site):
    site.run(BASE_US, END_US)
    gateway = site.accountant()
    gateway.step(40)
    lots = [
        dataclasses.replace(lot, biogenic_carbon_fraction=0.2) if lot.fuel == "rpf" else lot
        for lot in site.lots
    ]
    other = site.accountant(lots=tuple(lots))
    failures = []

    def restate():
        try:
            other.recompute(BASE_US, END_US, "laboratory")
        except Exception as error:  # noqa: BLE001 -- asserted below
            failures.append(error)

    person = threading.Thread(target=restate)
    person.start()
    drain(gateway)
    person.join()
    assert failures == []
    assert {r.revision_reason for r in site.minutes()} >= {"laboratory"}
    assert site.store.verify().problems == []


REFUSED = {
    "unreachable": ({"port": 1}, r"127\.0\.0\.1:1 cannot be reached .*start it, or correct"),
    "no database": ({"database": "nothing"}, r"no database 'nothing': .*createdb --owner hinoban"),
    "unknown": ({"username": "stranger"}, r"refuses 'stranger' .*correct \[footprint\] username"),
    "no TLS": ({"tls_ca": "/etc/ssl/certs/ca-certificates.crt"}, r"cannot agree on TLS .*ssl = on"),
    "no password": ({"password_file": "/nowhere"}, r"password_file /nowhere: No such file"),
    "no variable": (
        {"password_file": None, "password_env": "NO_SUCH_WORD"},
        r"password_env NO_SUCH_WORD: there is no such variable; give the password of 'hinoban'",
    ),
}


@pytest.mark.parametrize(
    ("settings", "words"), [pytest.param(*case, id=name) for name, case in REFUSED.items()]
)
def test_what_is_wrong_is_told_with_what_to_do(postgres, settings, words):
    with pytest.raises(FootprintServerError, match=words) as told:
        postgres.store(**settings)
    assert postgres.password not in str(told.value)


def test_a_role_that_may_make_nothing_is_told_of(postgres):
    postgres.sql(f"CREATE ROLE guest LOGIN PASSWORD '{postgres.password}'")
    words = r"lets 'guest' not make .*'footprint'.*CREATE SCHEMA \"west\.unit1\" AUTHORIZATION"
    with pytest.raises(FootprintServerError, match=words):
        postgres.store("west", username="guest")
    # What those words say is enough.
    postgres.sql('CREATE SCHEMA "west.unit1" AUTHORIZATION guest', "footprint")
    store = postgres.store("west", username="guest")
    assert store.verify().ok
    store.close()


def test_the_password_may_stand_in_a_variable(postgres, monkeypatch):
    monkeypatch.setenv("FOOTPRINT_WORD", postgres.password)
    store = postgres.store("east", password_file=None, password_env="FOOTPRINT_WORD")
    assert store.factors() == []
    store.close()


def test_without_its_driver_the_package_is_named(postgres, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(FootprintServerError, match=r"pip install 'hinoban\[postgresql\]'"):
        postgres.store()


def _own(folder):
    """To whom the server belongs: a copy is root's where the tests are."""
    owner = folder.parent.stat()
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)
