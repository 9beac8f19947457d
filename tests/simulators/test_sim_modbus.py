import asyncio
import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.modbus import WITNESS, Requests, answer
from simulators.plant.registers import Device, Field, load_devices
from simulators.plant.server import DeviceServer
from simulators.plant.unit import QUANTITIES, Plant

DEVICES = {device.meter: device for device in load_devices()}
FLOWS = dict.fromkeys(QUANTITIES, 0.0) | {"gross_kwh": 20.0, "aux_kwh": 1.5, "sold_kwh": -0.25}
FLOWS |= {"coal_kg": 7.891, "pellets_kg": 3.25, "rpf_kg": 0.5, "steam_mj": 14.5}
TOTALS = dict.fromkeys(QUANTITIES, 0.0) | {"coal_kg": 1369.9, "sold_kwh": 1.0, "rpf_kg": 100.0}


FORMATS = {"int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I"} | {
    "uint64": ">Q",
    "float32": ">f",
}


def generator(kind: str) -> dict[int, int]:
    return DEVICES["generator"].table(kind, FLOWS, TOTALS)


def words_of(device: Device, name: str) -> tuple[int, ...]:
    field = next(field for field in device.fields if field.name == name)
    table = device.table(field.register, FLOWS, TOTALS)
    width = struct.calcsize(FORMATS[field.type]) // 2
    return tuple(table[field.address + n] for n in range(width))


@pytest.mark.parametrize(
    ("meter", "name", "words"),
    [
        pytest.param("belt_coal", "mass_rate_kg_per_s", (7891,), id="uint16, thousandths"),
        pytest.param(
            "belt_coal", "mass_total_kg", ((65_400 + 1369) % 65_536,), id="rolls at 16 bit"
        ),
        pytest.param("belt_pellets", "mass_rate_kg_per_s", (0x0000, 0x4050), id="float32 CDAB"),
        pytest.param("belt_rpf", "mass_total_kg", (0, 0), id="rolls at eight digits"),
        pytest.param("generator", "gross_kw", (0x000A, 0xFC80), id="int32 ABCD, tenths"),
        pytest.param("revenue", "sold_kw", (0xFEFF, 0x70A0), id="int32 BADC, drawing power"),
        pytest.param(
            "revenue",
            "sold_total_kwh",
            (0x0ABA, 0x3E01, 0x0015, 0x0000),
            id="uint64 words reversed",
        ),
        pytest.param("steam", "steam_heat_total_mj", (0xE07B, 0x9A3B), id="uint32 DCBA"),
    ],
)
def test_words_by_hand(meter: str, name: str, words: tuple[int, ...]) -> None:
    assert words_of(DEVICES[meter], name) == words


@given(
    raw=st.integers(0, 2**64 - 1),
    order=st.sampled_from(["ABCDEFGH", "GHEFCDAB", "HGFEDCBA", "BADCFEHG"]),
)
def test_any_order_can_be_put_back(raw: int, order: str) -> None:
    field = Field("x", "counter", "input", 0, "uint64", order, 1.0, "kWh", "sold", 2**64)
    sent = struct.pack(">4H", *field.words(raw))
    plain = bytes(sent[order.index(letter)] for letter in "ABCDEFGH")
    assert int.from_bytes(plain, "big") == raw


def test_the_six_meters_differ() -> None:
    counters = [f for d in DEVICES.values() for f in d.fields if f.kind == "counter"]
    assert len(DEVICES) == 6
    assert {f.type for f in counters} == {"uint16", "uint32", "uint64"}
    assert len({f.order for d in DEVICES.values() for f in d.fields}) >= 5
    assert {f.register for f in counters} == {"holding", "input"}
    assert 100_000_000 in {f.modulus for f in counters}
    assert all(0 < f.start < f.modulus for f in counters)


@given(pdu=st.binary(min_size=1, max_size=253))
def test_any_bytes_get_an_answer_and_change_nothing(pdu: bytes) -> None:
    device = DEVICES["generator"]
    before = device.table("holding", FLOWS, TOTALS)
    reply = answer(pdu, lambda kind: device.table(kind, FLOWS, TOTALS))
    assert reply[0] & 0x7F == pdu[0] & 0x7F
    assert 2 <= len(reply) <= 253
    assert device.table("holding", FLOWS, TOTALS) == before


@pytest.mark.parametrize(
    ("pdu", "exception"),
    [
        pytest.param(struct.pack(">BHH", 6, 200, 1), 1, id="write one register"),
        pytest.param(struct.pack(">BHHBH", 16, 200, 1, 2, 1), 1, id="write registers"),
        pytest.param(struct.pack(">BHH", 5, 0, 0xFF00), 1, id="write a coil"),
        pytest.param(struct.pack(">BHH", 3, 199, 1), 2, id="before the first register"),
        pytest.param(struct.pack(">BHH", 3, 208, 3), 2, id="past the last register"),
        pytest.param(struct.pack(">BHH", 4, 200, 1), 2, id="wrong kind of register"),
        pytest.param(struct.pack(">BHH", 1, 0, 1), 2, id="a meter has no coils"),
        pytest.param(struct.pack(">BHH", 3, 200, 126), 3, id="more than fits"),
        pytest.param(struct.pack(">BHH", 3, 200, 0), 3, id="nothing asked"),
        pytest.param(b"\x03\x00", 3, id="half a request"),
    ],
)
def test_what_is_refused(pdu: bytes, exception: int) -> None:
    reply = answer(pdu, generator)
    assert reply == bytes((pdu[0] | 0x80, exception))


def test_a_gap_can_be_read_across() -> None:
    reply = answer(struct.pack(">BHH", 3, 200, 10), generator)
    assert reply[:2] == bytes((3, 20))
    assert reply[2 + 12 : 2 + 16] == bytes(4)


def test_every_request_is_counted_and_a_write_is_seen_at_once(
    tmp_path: Path,
    make_plant: Callable[..., Plant],
    start_us: int,
    ask: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(WITNESS)  # the write below is this test's own
    path = tmp_path / "requests.json"
    plant = make_plant()
    device = DEVICES["belt_pellets"]

    async def serve() -> None:
        requests = Requests(path)
        server = DeviceServer(device, lambda: plant.at(start_us), requests)
        await server.start(0)
        loop = asyncio.get_running_loop()
        read = struct.pack(">BHH", 4, 100, 4)
        reply = await loop.run_in_executor(None, ask, server.port, 2, read)
        high, low = struct.unpack(">HH", reply[6:10])[::-1]
        assert high << 16 | low == 123_456_789
        assert json.loads(path.read_text())["writes_seen"] == 0
        write = struct.pack(">BHH", 6, 100, 4)
        reply = await loop.run_in_executor(None, ask, server.port, 2, write)
        assert reply == bytes((0x86, 1))
        assert json.loads(path.read_text()) == {"functions": {"4": 1, "6": 1}, "writes_seen": 1}
        await server.stop()

    asyncio.run(serve())


def test_another_unit_on_the_line_does_not_answer(
    make_plant: Callable[..., Plant], start_us: int, ask: Callable[..., bytes]
) -> None:
    plant = make_plant()

    async def serve() -> None:
        server = DeviceServer(DEVICES["steam"], lambda: plant.at(start_us), Requests(None))
        await server.start(0)
        loop = asyncio.get_running_loop()
        read = struct.pack(">BHH", 3, 20, 2)
        assert await loop.run_in_executor(None, ask, server.port, 9, read) == bytes((0x83, 11))
        await server.stop()

    asyncio.run(serve())
