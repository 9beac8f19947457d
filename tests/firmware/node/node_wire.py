import json

import config
import outbox
import portions
import record
import sampler
import session
import telling
import wire
from hand import HandBoard, new_guard
from support import equal, fresh, golden, open_ring, sample

RECORDS = (
    "samples_plain",
    "samples_bad",
    "samples_all_bad",
    "samples_clock_none",
    "samples_over_range",
    "samples_doubt",
    "samples_doubt_reasons",
    "samples_reasons",
    "samples_split_1",
    "samples_split_2",
    "alarm_raised",
    "alarm_cleared",
    "alarm_co_over_range",
    "alarm_sensor_fault",
    "alarm_silenced",
    "alarm_last_gasp",
)


def names_of(payload):
    if "v" in payload:
        return list(payload["v"]) + list(payload.get("bad", {}))
    return [payload["point"]]


def captured(payload):
    """The record a golden message tells of, as it comes back from flash."""
    if "v" in payload:
        reasons = dict(payload.get("bad", {}))
        reasons.update(payload.get("doubt", {}))
        item = record.Record(payload["up_ms"], payload["t_us"], payload["v"], reasons)
    else:
        keys = ("condition", "edge", "point", "value", "limit")
        item = record.Record(
            payload["up_ms"], payload["t_us"], alarm=tuple(payload[key] for key in keys)
        )
    item.boot, item.seq = payload["boot"], payload["seq"]
    return record.unpack(record.pack(item, names_of(payload)), names_of(payload))


def test_records_become_the_golden_messages():
    for name in RECORDS:
        topic, payload = golden(name)
        noun, got = wire.message(payload["stream"], payload["oldest"], captured(payload))
        text = wire.encode(got)
        equal(json.loads(text), payload)
        equal(wire.topic("example", topic.split("/")[3], noun), topic)
        assert len(text) <= wire.MAX_BYTES


def test_history_becomes_the_golden_message():
    payload = golden("samples_history")[1]
    ring = open_ring(fresh(), boot=17)
    ring.stream = payload["stream"]
    ring.append(captured(payload))
    ring.append(sample())
    out = outbox.Outbox(ring, "gw1", 60000, 256)
    assert "hist" not in out.next()[1]
    got = out.next()[1]
    got["seq"], got["oldest"] = payload["seq"], payload["oldest"]
    equal(json.loads(wire.encode(got)), payload)


def test_a_lost_record_becomes_the_golden_message():
    topic, payload = golden("lost_crc")
    noun, got = wire.lost(payload["stream"], payload["seq"])
    equal(json.loads(wire.encode(got)), payload)
    equal(wire.topic("example", "b0150", noun), topic)


def test_a_large_silo_is_split_as_in_the_golden_pair():
    pair = [golden("samples_split_1")[1], golden("samples_split_2")[1]]
    names = [f"temp_{number}_degc" for number in range(1, 57)] + ["co_ppm"]
    v = {}
    for payload in pair:
        v.update(payload["v"])
    parts = portions.split(record.Record(600500, None, v), names)
    got = [sorted(part.v) for part in parts]
    equal(got, [sorted(payload["v"]) for payload in pair])
    equal([part.up_ms for part in parts], [600500, 600500])


def test_a_store_that_fits_is_not_split():
    v = {f"temp_{number}_degc": -10.125 for number in range(1, 17)}
    v["co_ppm"] = 12345.5
    equal(len(portions.split(record.Record(0, None, v), list(v))), 1)


def test_a_board_that_never_splits_has_no_sample_too_long():
    for count in range(1, 60):
        names = [f"temp_{number}_degc" for number in range(1, count)] + ["co_ppm"]
        if not config.large(names):
            few = names
            v = dict.fromkeys(names, -123456.123)
            bad = dict.fromkeys(names, "expired_calibration")
            item = record.Record(1 << 52, 1 << 52, v, bad)
            item.boot = item.seq = 0xFFFFFFFF
            _, payload = wire.message("9f3a12c4", 0xFFFFFFFF, item)
            payload["hist"] = 1
            assert len(wire.encode(payload)) <= wire.MAX_BYTES, count
    assert len(few) >= 9, few


def test_no_part_is_ever_longer_than_a_message_may_be():
    bad = {f"temp_{number}_degc": "expired_calibration" for number in range(1, 90)}
    item = record.Record(1 << 52, 1 << 52, {}, bad)
    told = {}
    for part in portions.split(item, list(bad)):
        part.boot = part.seq = 0xFFFFFFFF
        _, payload = wire.message("9f3a12c4", 0xFFFFFFFF, part)
        assert len(wire.encode(payload)) <= wire.MAX_BYTES
        told.update(part.bad)
    equal(told, bad)


class ToldRing:
    """A store with the numbers of the golden state."""

    stream, newest, acked, lost = "9f3a12c4", 415, 379, 0

    class Journal:
        class Blocks:
            count = 854

        blocks, kinds = Blocks, bytes(854)
        used, dropped, edges_dropped, erases = 29, 0, 0, 12

    class Samples:
        slots = 48

    journal, samples = Journal, Samples

    def held(self):
        return 1371

    def oldest(self):
        return 380


def talk(ring):
    board = HandBoard()
    samples = sampler.Sampler(new_guard(board), None, report_ms=60000)
    board.now_ms = 81414567
    samples.next_report_ms = 81474567
    settings = {
        "site": "example",
        "board": "b0150",
        "broker_host": "127.0.0.1",
        "broker_port": 1883,
        "username": "",
        "password": "",
        "keepalive_s": 30,
        "clock": "none",
    }
    out = outbox.Outbox(ring, "gw1", 60000, 256)
    return session.Session(settings, board, samples, out, 17, say=print)


def test_the_state_is_the_golden_message():
    _, payload = golden("state_online")
    told = json.loads(wire.encode(telling.state(talk(ToldRing()))))
    for key in ("net", "clock_synchronised"):  # see the golden state_full
        del told[key]
    equal(told, payload)


def test_the_last_will_is_the_golden_message():
    topic, payload = golden("state_offline")
    hello = talk(ToldRing()).client.hello
    at = hello.find(topic.encode())
    equal(hello[at - 2 : at], bytes([0, len(topic)]))
    will = hello[at + len(topic) :]
    equal(json.loads(will[2 : 2 + will[1]]), payload)
