"""A certified container that nobody told was followed: it stands for what was delivered of it."""

import math
from dataclasses import replace

import pytest

from agent.cofiring.deliveries import Delivery, ZeroRating
from gateway.footprint.lots.checking import Entry
from gateway.footprint.lots.desk import LotDesk
from gateway.footprint.lots.entries import Entries
from gateway.footprint.moments import utc_text
from gateway.footprint.retrace import Retrace, Retraced
from gateway.footprint.site import long_gaps_us, plant_of
from gateway.footprint.tables import load_tables
from gateway.historian.query import History
from tests.footprint.conftest import BASE_US, MINUTE_US, Site, site_config

MINUTES = 10
DELIVERED_KG = 600.0
BURNT_KG = 240.0  # a minute
LAST_US = BASE_US + MINUTES * MINUTE_US
RATING = {"scheme": "jp_fit", "evidence": "FSC C-002", "valid_to": "2030-03-31"}


def lined(config):
    fuels = [
        fuel | ({"blending": "fifo"} if fuel["id"] == "pellets" else {})
        for fuel in config.model_dump()["fuel"]
    ]
    schemes = {"scheme": [{"id": "jp_fit", "certified": "2019-03-01", "capacity_kw": 300_000.0}]}
    body = config.model_dump()
    return type(config).model_validate(
        body | {"fuel": fuels, "cofiring": body["cofiring"] | schemes}
    )


def container(name, store, minute):
    """A certified lot and its discharge into the feed line."""
    body = {
        "id": name, "fuel": "pellets", "ncv_dry_mj_per_kg": 18.9, "moisture": 0.07,
        "from_utc": utc_text(BASE_US), "zero_rated": [RATING],
        "delivery": {"mass_kg": DELIVERED_KG, "store": store},
    }  # fmt: skip
    times = [utc_text(BASE_US + m * MINUTE_US) for m in (minute, minute + 1)]
    emptied = {"id": store, "store": store, "lot": name, "kg": DELIVERED_KG}
    emptied |= {"from_utc": times[0], "to_utc": times[1]}
    return [Entry("lot", name, body), Entry("discharge", store, emptied)]


def pellets(record):
    return {row["lot"]: row for row in record.fuels if row["fuel"] == "pellets" and row["kg"]}


def sum_of(records, lot):
    return math.fsum(pellets(r)[lot]["kg"] for r in records if lot in pellets(r))


@pytest.fixture(params=["traced", "simple"])
def place(request, tmp_path, lots):
    if request.param == "traced":
        made = Site(tmp_path, lined(site_config()), lots[:3])
        told = container("c2", "c0002", 0)
        Entries(made.store.engine).append(told, "Sato", "by hand", BASE_US)
    else:
        certified = replace(
            lots[3], id="c2", from_us=BASE_US, delivery=Delivery(mass_kg=DELIVERED_KG),
            zero_rated=(ZeroRating(**RATING),),
        )  # fmt: skip
        made = Site(tmp_path, site_config(), (*lots[:3], certified))
    made.kind = request.param
    yield made
    made.close()


def accounted(place, *, dying=False):
    accountant = place.accountant()
    for minute in range(MINUTES):
        place.run(BASE_US + minute * MINUTE_US, BASE_US + (minute + 1) * MINUTE_US)
        while accountant.step():
            pass
        if dying:
            accountant = place.accountant()
    place.clock.utc_us = LAST_US + MINUTE_US
    while accountant.step():
        pass
    return accountant


@pytest.mark.parametrize("dying", [False, True])
def test_no_record_books_more_with_a_certificate_than_came(place, dying):
    accountant = accounted(place, dying=dying)
    minutes = place.minutes()
    assert sum_of(minutes, "c2") == pytest.approx(DELIVERED_KG)
    assert sum_of(minutes, None) == pytest.approx(len(minutes) * BURNT_KG - DELIVERED_KG)
    periods = place.settlements()
    assert sum_of(periods, "c2") == pytest.approx(DELIVERED_KG)
    last = periods[-1]
    assert list(pellets(last)) == [None]
    assert last.zero_rated == []
    assert pellets(last)[None]["mj"] is not None
    assert pellets(last)[None]["properties"]["ncv"]["how"] == "study"
    assert last.status == "provisional"
    (said,) = (mark for mark in last.marks if mark.startswith("beyond_delivered"))
    assert said.startswith("beyond_delivered: pellets, lot c2: 600 kg delivered, 480 kg more")
    (over,) = pellets(last)[None]["beyond"]
    assert (over["lot"], over["kg"]) == ("c2", pytest.approx(480.0))
    # Wherever a restatement begins, it finds what the account found.
    for minute in (0, 3, 7):
        assert accountant.recompute(BASE_US + minute * MINUTE_US, LAST_US, "again") == []


def test_a_delivery_told_late_takes_the_unknown_lots_place(place):
    accountant = accounted(place)
    if place.kind == "traced":
        Entries(place.store.engine).append(container("c3", "c0003", 2), "Sato", "late", LAST_US)
        moves = accountant.recompute(BASE_US, LAST_US, "told late")
    else:
        following = replace(place.lots[3], id="c3", from_us=BASE_US + 150_000_000)
        moves = accountant.recompute(
            BASE_US, LAST_US, "told late", lots=(*place.lots, following)
        )  # fmt: skip
    assert moves
    newest = {r.valid_from_utc: r for r in place.settlements()}.values()
    assert sum_of(newest, "c2") == pytest.approx(DELIVERED_KG)
    assert sum_of(newest, "c3") == pytest.approx(DELIVERED_KG)


def test_the_archived_reads_say_the_same(place):
    accounted(place)
    tables = load_tables()
    plant = plant_of(place.config, tables)
    desk = LotDesk(place.config, place.store.engine, f"{plant.plant_id}.{plant.unit_id}")
    desk.begin(LAST_US)
    history = History(place.folder / "journal.sqlite", place.folder / "archive")
    burning = desk.burning(plant, tables, place.lots)
    work = Retrace(plant, burning, tables, long_gaps_us(place.config), history, place.store)
    found = Retraced()
    for _ in work.run(work.pieces(None, None), found):
        pass
    history.close()
    assert found.problems == []
    assert found.counts["records"] > MINUTES
