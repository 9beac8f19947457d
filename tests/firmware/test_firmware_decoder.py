"""Whatever a broker, a name server or a time server sends, a board reads on or says why not."""

import contextlib
import importlib
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

FIRMWARE = Path(__file__).parents[2] / "firmware"
NAMES = (
    "config",
    "datagram",
    "dial",
    "files",
    "greet",
    "hail",
    "ladder",
    "link",
    "packets",
    "parting",
    "resolver",
    "wallclock",
    "clockwork",
    "ntp",
    "stamps",
)


@pytest.fixture(scope="module")
def firmware() -> Iterator[dict[str, ModuleType]]:
    """The board's modules, which bear names of their own only on a board."""
    before = {name: sys.modules.pop(name, None) for name in NAMES}
    sys.path.insert(0, str(FIRMWARE))
    try:
        yield {name: importlib.import_module(name) for name in NAMES}
    finally:
        sys.path.remove(str(FIRMWARE))
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module


def read_all(packets: ModuleType, size: int, portions: list[bytes]) -> list[tuple[int, bytes]]:
    """All packets of some portions; ends by itself whatever they hold."""
    decoder = packets.Decoder(size)
    found = []
    for portion in portions:
        rest = portion
        while rest:
            space = decoder.space()
            assert len(space) > 0
            count = min(len(space), len(rest))
            space[:count] = rest[:count]
            decoder.arrived(count)
            rest = rest[count:]
            while (packet := decoder.next()) is not None:
                found.append((packet[0], bytes(packet[1])))
    return found


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(16, 200))
def test_any_bytes_are_packets_or_refused(
    firmware: dict[str, ModuleType], portions: list[bytes], size: int
) -> None:
    packets = firmware["packets"]
    try:
        found = read_all(packets, size, portions)
    except packets.RefusedError:
        return
    assert sum(len(body) + 2 for _, body in found) <= sum(map(len, portions))
    for kind, body in found:
        for parse in (firmware["hail"].check_connack, packets.parse_publish):
            with contextlib.suppress(packets.RefusedError):
                parse(kind, body)
        if len(body) < 2:
            with pytest.raises(packets.RefusedError):
                packets.packet_id(body)


MESSAGES = st.lists(
    st.tuples(
        st.text("abcü/", min_size=1, max_size=40),
        st.binary(max_size=400),
        st.integers(1, 65535),
        st.booleans(),
    ),
    max_size=8,
)


@given(MESSAGES, st.data())
def test_messages_come_back_however_they_are_cut(
    firmware: dict[str, ModuleType],
    messages: list[tuple[str, bytes, int, bool]],
    data: st.DataObject,
) -> None:
    packets = firmware["packets"]
    stream = b""
    for topic, payload, number, retain in messages:
        stream += packets.publish(topic.encode(), len(payload), number, retain) + payload
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    edges = [0, *cuts, len(stream)]
    portions = [stream[a:b] for a, b in itertools.pairwise(edges)]

    found = read_all(packets, 600, portions)
    read = [packets.parse_publish(kind, body) for kind, body in found]
    assert read == [(topic, payload, number) for topic, payload, number, _ in messages]


SHORT = st.tuples(st.text("abc/", min_size=1, max_size=20), st.binary(max_size=40))


@given(
    st.lists(SHORT, max_size=8), st.integers(0, 8), st.integers(100, 3000), st.integers(1, 65535)
)
def test_a_message_too_long_is_confirmed_and_the_others_are_read(
    firmware: dict[str, ModuleType],
    messages: list[tuple[str, bytes]],
    at: int,
    length: int,
    number: int,
) -> None:
    packets = firmware["packets"]
    parts = [
        packets.publish(topic.encode(), len(payload), 7) + payload for topic, payload in messages
    ]
    packets.BUFFER_BYTES = 4096  # type: ignore[attr-defined]  # as a broker may send
    parts.insert(at, packets.publish(b"t", length, number) + b"x" * length)
    stream = b"".join(parts)

    decoder = packets.Decoder(100)
    read = 0
    while stream:
        space = decoder.space()
        count = min(len(space), len(stream), 37)
        space[:count] = stream[:count]
        decoder.arrived(count)
        stream = stream[count:]
        while decoder.next() is not None:
            read += 1
    assert (read, decoder.too_long, decoder.skipped) == (len(messages), 1, [number])


@given(st.binary(max_size=200), st.binary(max_size=120))
def test_any_answer_of_a_name_server_gives_addresses_or_a_reason(
    firmware: dict[str, ModuleType], noise: bytes, tail: bytes
) -> None:
    resolver, datagram = firmware["resolver"], firmware["datagram"]
    asked = resolver.query("broker.site", 7)
    head = asked[:2] + b"\x81\x80\x00\x01\x00\x05\x00\x00\x00\x00" + asked[12:]
    for answer in (noise, head + tail):
        try:
            addresses = resolver.read(answer, asked)
        except ValueError:
            continue
        assert addresses
        assert all(datagram.is_number(address) for address in addresses)


@given(st.binary(max_size=80), st.binary(min_size=8, max_size=8))
def test_any_answer_of_a_time_server_gives_a_time_or_a_reason(
    firmware: dict[str, ModuleType], noise: bytes, nonce: bytes
) -> None:
    stamps = firmware["stamps"]
    for answer in (noise, b"\x24\x02" + noise[:22].ljust(22, b"\x00") + nonce + noise):
        try:
            utc_us, took_us = stamps.read(answer, nonce)
        except ValueError:
            continue
        assert utc_us > 0
        assert took_us >= 0
