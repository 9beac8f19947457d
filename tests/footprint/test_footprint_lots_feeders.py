"""What stands before the feeders: outlet meters, ways to the burner, moisture meters."""

import pytest
from sqlalchemy import event

from gateway.footprint.lots.checking import Entry
from gateway.footprint.lots.entries import Entries
from gateway.footprint.moments import utc_text
from tests.footprint.conftest import BASE_US, MINUTE_US, Site, site_config, total_at


def pellets(lot, ncv):
    body = {"id": lot, "fuel": "pellets", "ncv_dry_mj_per_kg": ncv, "moisture": 0.08}
    return Entry("lot", lot, body | {"from_utc": utc_text(BASE_US)})


def fill(lot, minute, kg):
    at_utc = utc_text(BASE_US + minute * MINUTE_US)
    body = {"id": f"f{lot}", "store": "s1", "lot": lot, "kg": kg, "at_utc": at_utc}
    return Entry("filling", f"f{lot}", body)


def silo(config, **change):
    store = {"id": "s1", "kind": "silo", "fuel": "pellets", "blending": "fifo", **change}
    return type(config).model_validate({**config.model_dump(), "store": [store]})


def with_meter(config, point, **of_pellets):
    """The site with one more point of its meter, and more said of its pellets."""
    (meter,) = config.model_dump()["meter"]
    meter["points"]["field_9"] = point
    fuels = [
        fuel | of_pellets if fuel["id"] == "pellets" else fuel
        for fuel in config.model_dump()["fuel"]
    ]
    return type(config).model_validate(config.model_dump() | {"meter": [meter], "fuel": fuels})


def recorded(place, minute):
    (record,) = place.store.factors(
        series="example.unit1.electricity.minute",
        from_us=BASE_US + minute * MINUTE_US,
        to_us=BASE_US + (minute + 1) * MINUTE_US,
    )
    return [entry for entry in record.fuels if entry["fuel"] == "pellets" and entry["kg"]]


def test_an_outlet_meter_of_its_own_and_the_way_to_the_burner(tmp_path, lots):
    config = silo(site_config(), outlet_total_kg="unit1.outlet_total_kg", transport_delay_s=60.0)
    config = with_meter(config, "unit1.outlet_total_kg", delay_s=30.0)
    place = Site(tmp_path, config, tuple(lot for lot in lots if lot.fuel != "pellets"))
    entries = [pellets("a", 18.0), pellets("b", 19.0), fill("a", 0, 600.0), fill("b", 1, 5_000.0)]
    Entries(place.store.engine).append(entries, "Sato", "by hand", BASE_US)
    accountant = place.accountant()
    for t_us in range(BASE_US, BASE_US + 8 * MINUTE_US, 5_000_000):
        totals = {point: total_at(point, t_us) for point in place.points}
        # Twice the feeder's rate: the first lot has left the silo after 75 s.
        place.commit(t_us, totals | {"unit1.outlet_total_kg": 8.0 * (t_us - BASE_US) / 1e6})
    while accountant.step():
        pass
    shares = {}
    for minute in (2, 3, 4):
        kg = {entry["lot"]: entry["kg"] for entry in recorded(place, minute)}
        shares[minute] = kg.get("a", 0.0) / sum(kg.values())
    # It reaches the weigher a minute later and the burner half a minute after that: at 165 s.
    assert shares == pytest.approx({2: 0.75, 3: 0.0, 4: 0.0})
    assert accountant.recompute(BASE_US, BASE_US + 8 * MINUTE_US, "again") == []
    place.close()


def test_a_moisture_meter_at_the_feeder_decides_the_dry_mass_and_is_restated_alike(tmp_path, lots):
    point = "unit1.moisture_percent"
    config = with_meter(site_config(), point, moisture_percent=point)
    place = Site(tmp_path, config, lots)
    accountant = place.accountant()
    for t_us in range(BASE_US, BASE_US + 6 * MINUTE_US, 5_000_000):
        totals = {point: total_at(point, t_us) for point in place.points}
        minute = (t_us - BASE_US) // MINUTE_US
        if minute != 3:  # it is silent for a minute
            totals[point] = 10.0 + 2.0 * minute
        place.commit(t_us, totals)
        if accountant.step() and minute % 2:
            accountant = place.accountant()  # the process dies and starts again
    while accountant.step():
        pass
    dry = {minute: recorded(place, minute)[0]["dry_kg"] for minute in (0, 2, 3)}
    lots_own = 240.0 * 0.92
    assert dry == pytest.approx({0: 240.0 * 0.90, 2: 240.0 * 0.86, 3: lots_own})
    assert accountant.recompute(BASE_US, BASE_US + 6 * MINUTE_US, "again") == []
    place.close()


def test_containers_are_emptied_into_a_feed_line(tmp_path, lots):
    config = with_meter(site_config(), "unit1.spare_kg", blending="fifo")
    place = Site(tmp_path, config, tuple(lot for lot in lots if lot.fuel != "pellets"))

    def delivered(lot, store):
        entry = pellets(lot, 18.0)
        return Entry("lot", lot, entry.body | {"delivery": {"store": store}})

    def emptied(store, minute, kg):
        times = [utc_text(BASE_US + m * MINUTE_US) for m in (minute, minute + 1)]
        body = {"id": store, "store": store, "kg": kg, "from_utc": times[0], "to_utc": times[1]}
        return Entry("discharge", store, body)

    entries = [delivered("a", "c1"), delivered("b", "c2"), emptied("c1", 0, 480.0)]
    entries += [emptied("c2", 1, 5_000.0)]
    Entries(place.store.engine).append(entries, "Sato", "by hand", BASE_US)
    accountant = place.accountant()
    place.run(BASE_US, BASE_US + 4 * MINUTE_US)
    while accountant.step():
        pass
    burnt = [{entry["lot"] for entry in recorded(place, minute)} for minute in range(3)]
    assert burnt == [{"a"}, {"a"}, {"b"}]
    place.close()


def test_what_was_filled_before_the_first_read_is_what_burns_first(tmp_path, lots):
    place = Site(tmp_path, silo(site_config()), tuple(x for x in lots if x.fuel != "pellets"))
    entries = [pellets("a", 18.0), fill("a", -3 * 60, 9_000.0)]
    Entries(place.store.engine).append(entries, "Sato", "by hand", BASE_US)
    accountant = place.accountant()
    for minute in range(4):
        begin_us = BASE_US + minute * MINUTE_US
        place.run(begin_us, begin_us + MINUTE_US)
        accountant.step()
    assert {entry["lot"] for minute in range(3) for entry in recorded(place, minute)} == {"a"}
    assert accountant.recompute(BASE_US, BASE_US + 4 * MINUTE_US, "again") == []
    place.close()


def test_a_restatement_does_not_read_its_slots_one_by_one(tmp_path, lots):
    place = Site(tmp_path, silo(site_config()), tuple(x for x in lots if x.fuel != "pellets"))
    entries = [pellets("a", 18.0), fill("a", 0, 9_000.0)]
    Entries(place.store.engine).append(entries, "Sato", "by hand", BASE_US)
    accountant = place.accountant()
    place.run(BASE_US, BASE_US + 50 * MINUTE_US)
    while accountant.step():
        pass
    again, asked = place.accountant(), []

    def note(connection, cursor, statement, values, context, many):
        if "slots.body" in statement:
            asked.append(values[2] - values[1])

    event.listen(place.store.engine, "before_cursor_execute", note)
    assert again.recompute(BASE_US, BASE_US + 50 * MINUTE_US, "again") == []
    # The day's and those of each settlement period at once, by itself what a filling began with.
    assert max(asked) > 40 * MINUTE_US
    assert asked.count(MINUTE_US) <= 1
    place.close()
