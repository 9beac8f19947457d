"""Every fault of the fieldbus, as a master sees it, byte by byte in virtual time."""

import asyncio
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from virtual_time import run

from simulators.fieldbus.bus import Bus
from simulators.fieldbus.device import Device, device_of
from simulators.fieldbus.faults import FAULTS
from simulators.fieldbus.frames import Mbap, Rtu, crc
from simulators.fieldbus.schedule import Episode, Schedule, drawn, episode_of
from simulators.fieldbus.serial_line import SerialLine
from simulators.fieldbus.tcp import TcpLine
from simulators.modbus import WITNESS

Heard = list[tuple[float, bytes]]

POWER = {"register": "holding", "address": 0, "type": "uint16", "low": 100.0, "high": 900.0}
METER = device_of(
    {
        "name": "meter",
        "unit": 7,
        "field": {
            "power_kw": POWER | {"per_s": 1.0, "nan": 0x8000},
            "energy_kwh": {"register": "holding", "address": 1, "type": "uint32", "order": "CDAB"}
            | {"modulus": 10**6, "start": 4711, "low": 1.0, "high": 5.0, "per_s": 0.1},
            "pump_on": {"register": "coil", "address": 3, "type": "bit"}
            | {"low": 1.0, "high": 1.0, "per_s": 0.0},
        },
    }
)
REPLY_S = (0.01, 0.01)
ASKED = struct.pack(">BHH", 3, 0, 3)


def heard_from(
    fault: str | None,
    *,
    asked: tuple[bytes, ...] = (ASKED,),
    unit: int = 7,
    transport: str = "tcp",
    seed: int = 1,
    devices: tuple[Device, ...] = (METER,),
    options: Mapping[str, float] | None = None,
) -> tuple[Heard, Bus]:
    """What comes back when these are asked, two seconds apart; [] and b"" after a hang-up."""

    async def main() -> tuple[Heard, Bus]:
        loop = asyncio.get_running_loop()
        episodes = [] if fault is None else [Episode(fault, options=options or {})]
        bus = Bus(devices, lambda: loop.time() - 1000.0, Schedule(episodes, seed), reply_s=REPLY_S)
        heard: Heard = []
        if transport == "rtu":
            async with SerialLine(bus) as serial:
                fd = os.open(serial.device, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
                loop.add_reader(fd, lambda: heard.append((loop.time(), os.read(fd, 999))))
                begun_s = loop.time()
                for pdu in asked:
                    os.write(fd, Rtu().frame(0, unit, pdu))
                    await asyncio.sleep(2.0)
                loop.remove_reader(fd)
                os.close(fd)
        else:
            async with TcpLine(bus) as line:
                reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
                listening = asyncio.create_task(_listen(reader, heard))
                begun_s = loop.time()
                for transaction, pdu in enumerate(asked, start=500):
                    writer.write(Mbap().frame(transaction, unit, pdu))
                    await asyncio.sleep(2.0)
                listening.cancel()
                writer.transport.abort()
                await asyncio.sleep(0)
        return [(at_s - begun_s, data) for at_s, data in heard], bus

    return run(main())


async def _listen(reader: asyncio.StreamReader, heard: Heard) -> None:
    loop = asyncio.get_running_loop()
    try:
        while data := await reader.read(999):
            heard.append((loop.time(), data))
    except ConnectionResetError:
        heard.append((loop.time(), b""))


def whole(heard: Heard) -> bytes:
    return b"".join(data for _, data in heard)


GOOD = bytes.fromhex("01f4 0000 0009 07 03 06 0064 1267 0000")


def test_a_healthy_device() -> None:
    heard, bus = heard_from(None)
    assert whole(heard) == GOOD
    assert heard[0][0] == pytest.approx(0.01)
    (asked,) = bus.asked
    assert (asked.t_s, asked.unit, asked.function, asked.address, asked.count) == (0.0, 7, 3, 0, 3)
    assert (bus.writes_seen, bus.struck, bus.excused) == (0, [], [])


def test_coils_and_refusals() -> None:
    coil, missing, strange = (
        struct.pack(">BHH", *one) for one in ((1, 3, 1), (3, 2, 5), (4, 0, 1))
    )
    heard, _ = heard_from(None, asked=(coil, missing, strange))
    assert [data[7:] for _, data in heard] == [b"\x01\x01\x01", b"\x83\x02", b"\x84\x02"]


def test_a_gateway_tells_of_a_missing_slave_and_a_serial_line_is_silent() -> None:
    assert whole(heard_from(None, unit=9)[0])[7:] == b"\x83\x0b"
    assert heard_from(None, unit=9, transport="rtu")[0] == []


def test_a_write_is_refused_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WITNESS)  # the writes below are this test's own
    writes = (struct.pack(">BHH", 6, 0, 1), struct.pack(">BHHBH", 16, 0, 1, 2, 1))
    for transport in ("tcp", "rtu"):
        heard, bus = heard_from(None, asked=writes, transport=transport)
        assert bus.writes_seen == 2
        assert b"\x86\x01" in heard[0][1]
        assert b"\x90\x01" in heard[1][1]


def same_frame_twice(heard: Heard) -> bool:
    return whole(heard) == 2 * GOOD


CASES: dict[str, Callable[[Heard], bool]] = {
    "late": lambda heard: heard[0][0] >= 1.0 and whole(heard) == GOOD,
    "silent": lambda heard: heard == [],
    "duplicate": same_frame_twice,
    "held": lambda heard: whole(heard) == GOOD,
    "shifted": lambda heard: heard == [],
    "foreign_id": lambda heard: whole(heard)[:2] != GOOD[:2] and len(whole(heard)) == len(GOOD),
    "zero_id": lambda heard: whole(heard)[:2] == b"\0\0" and len(whole(heard)) == len(GOOD),
    "foreign_unit": lambda heard: whole(heard)[6] != 7,
    "wrong_function": lambda heard: whole(heard)[7] == 4,
    "wrong_count": lambda heard: whole(heard)[8] != 6 or len(whole(heard)) != len(GOOD),
    "truncated": lambda heard: GOOD.startswith(whole(heard)) and len(whole(heard)) < len(GOOD),
    "exception": lambda heard: whole(heard)[7] == 0x83 and len(whole(heard)) == 9,
    "zeros": lambda heard: whole(heard) == GOOD[:9] + bytes(6),
    "sentinels": lambda heard: whole(heard) == GOOD[:9] + b"\x80\0" + GOOD[11:],
    "drip": lambda heard: len(heard) == len(GOOD) and whole(heard) == GOOD,
    "reset": lambda heard: heard[-1][1] == b"" or len(whole(heard)) < len(GOOD),
    "echo": lambda heard: whole(heard) == Mbap().frame(500, 7, ASKED) + GOOD,
    "crc": lambda heard: whole(heard) == GOOD,
    "noise": lambda heard: whole(heard) != GOOD,
    "swapped": lambda heard: whole(heard) == GOOD[:9] + bytes.fromhex("6400 1267 0000"),
    "lie": lambda heard: whole(heard)[:9] == GOOD[:9] and whole(heard)[11:] == GOOD[11:],
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seed", range(3))
def test_each_fault_does_what_it_says(fault: str, seed: int) -> None:
    options = {"seconds": 1.0} if fault == "drip" else {}
    heard, bus = heard_from(fault, seed=seed, options=options)
    assert CASES[fault](heard), heard
    assert [struck for _, struck in bus.struck] == [fault]


def test_an_old_reply_in_front_of_the_new_one() -> None:
    heard, _ = heard_from("held", asked=(ASKED, ASKED))
    first, second, third = (data[:2] for _, data in heard)
    assert (first, second, third) == (b"\x01\xf4", b"\x01\xf4", b"\x01\xf5")


def test_a_damaged_frame_on_a_serial_line() -> None:
    good, _ = heard_from(None, transport="rtu")
    bad, _ = heard_from("crc", transport="rtu")
    assert crc(whole(good)) == 0
    assert crc(whole(bad)) != 0
    assert len(whole(bad)) == len(whole(good))


def test_a_glitch_is_one_read() -> None:
    heard, _ = heard_from("zeros", asked=(ASKED,) * 6)
    blank = [data[9:] == bytes(6) for _, data in heard]
    assert blank == [True, False, False, True, False, False]


@pytest.mark.parametrize("fault", ["lie", "swapped"])
def test_a_lie_is_told_to_those_who_check(fault: str) -> None:
    _, bus = heard_from(fault)
    (excuse,) = bus.excused
    assert (excuse.unit, excuse.why, excuse.from_s) == (7, "lie", 0.0)


@pytest.mark.parametrize(("start", "excuses"), [(4711, 0), (10**6 - 20, 1)])
def test_a_zero_before_a_roll_over_is_told_to_those_who_check(start: int, excuses: int) -> None:
    total = METER.field("energy_kwh").total
    assert total is not None
    soon = replace(METER.field("energy_kwh"), total=replace(total, start=start))
    fields = tuple(soon if field.name == soon.name else field for field in METER.fields)
    _, bus = heard_from("zeros", devices=(replace(METER, fields=fields),))
    assert [excuse.why for excuse in bus.excused] == ["rollover"] * excuses


def test_an_old_reply_is_excused_where_nobody_could_tell() -> None:
    other = struct.pack(">BHH", 3, 1, 2)
    for second, transport, excuses in ((ASKED, "rtu", 1), (other, "rtu", 0), (ASKED, "tcp", 0)):
        _, bus = heard_from(
            "duplicate", asked=(ASKED, second), transport=transport, options={"delay_s": 1.995}
        )
        assert len(bus.excused) == excuses, (second, transport)
        assert all(excuse.why == "duplicate" for excuse in bus.excused)


def test_refused_and_back() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        bus = Bus([METER], loop.time, Schedule([Episode("refused", 1010.0, 1020.0)]))
        async with TcpLine(bus) as line:
            reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
            await asyncio.sleep(11.0)
            with pytest.raises(ConnectionResetError):
                await reader.read()
            writer.close()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", line.port)
            await asyncio.sleep(10.0)
            _, writer = await asyncio.open_connection("127.0.0.1", line.port)
            writer.close()
            assert line.connections == 2

    run(main())


def test_episodes_in_words() -> None:
    episode = episode_of("late:0.25@60-90.5/3")
    assert (episode.fault, episode.probability, episode.from_s) == ("late", 0.25, 60.0)
    assert (episode.to_s, episode.unit) == (90.5, 3)
    assert episode_of("silent") == Episode("silent")
    assert episode_of("refused@5-").to_s == float("inf")
    for wrong in ("late 5", "late@5", "tired", "late:x"):
        with pytest.raises(ValueError, match=r"write fault|is unknown"):
            episode_of(wrong)


def test_drawn_episodes_are_the_same_for_a_seed_and_apart_for_a_unit() -> None:
    episodes = drawn(3, (1, 2), tuple(FAULTS), 1000.0, 3000.0)
    assert episodes == drawn(3, (1, 2), tuple(FAULTS), 1000.0, 3000.0)
    assert episodes != drawn(4, (1, 2), tuple(FAULTS), 1000.0, 3000.0)
    for unit in (1, 2):
        own = [episode for episode in episodes if episode.unit == unit]
        assert {episode.fault for episode in own} == set(FAULTS)
        assert all(1000.0 < e.from_s < e.to_s < 3000.0 for e in own)
        assert all(a.to_s + 5.0 <= b.from_s for a, b in pairwise(own))


def test_frames_survive_any_pieces() -> None:
    for framing in (Mbap(), Rtu()):
        stream = b"".join(framing.frame(n, 7, ASKED) for n in (1, 2, 3))
        for size in (1, 3, 5, 11, 99):
            got = []
            for start in range(0, len(stream), size):
                got += framing.feed(stream[start : start + size])
            assert [(unit, pdu) for _, unit, pdu in got] == [(7, ASKED)] * 3


def test_noise_before_a_request_is_skipped_on_a_serial_line() -> None:
    framing = Rtu()
    got = framing.feed(b"\x55\xaa\x00\xff" + framing.frame(0, 7, ASKED))
    assert got == [(0, 7, ASKED)]
    with pytest.raises(ValueError, match="no Modbus TCP header"):
        Mbap().feed(b"GET / HTTP/1.1")
