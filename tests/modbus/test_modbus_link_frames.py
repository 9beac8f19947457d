"""Laws of both framings: whatever bytes come, in whatever pieces, no wrong value comes of them."""

import struct
from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from scripted_bus import framed, other_bits

from gateway.modbus.errors import LinkError, MeterError, RefusedError, SilentUnitError
from gateway.modbus.frames import FUNCTIONS, Framing, Question
from gateway.modbus.mbap import Mbap
from gateway.modbus.rtu import NOISE, Rtu, checksum, reply_size

Outcome: TypeAlias = tuple[int, ...] | str | None

QUESTIONS = st.builds(
    Question,
    unit=st.integers(0, 255),
    function=st.sampled_from(sorted(FUNCTIONS.values())),
    address=st.integers(0, 65_535),
    count=st.integers(1, 40),
)
CUTS = st.lists(st.integers(0, 60), max_size=6)


def fed(framing: Framing, data: bytes, cuts: list[int]) -> Outcome:
    """What comes of these bytes in these pieces: values, the kind of error, or nothing yet."""
    ends = [*sorted(cut for cut in cuts if cut < len(data)), len(data)]
    start = 0
    for end in ends:
        try:
            if end > start and (values := framing.receive(data[start:end])) is not None:
                return values
        except MeterError as error:
            return str(error) if isinstance(error, RefusedError | SilentUnitError) else "broken"
        start = end
    return None


def data_of(draw: st.DrawFn, question: Question) -> bytes:
    return draw(st.binary(min_size=question.byte_count, max_size=question.byte_count))


def decoded(question: Question, data: bytes) -> tuple[int, ...]:
    """The values, by another road than the framings take."""
    if question.function > 2:
        return struct.unpack(f">{question.count}H", data)
    bits = int.from_bytes(data, "little")
    return tuple(int(digit) for digit in reversed(f"{bits:0{8 * len(data)}b}"))[: question.count]


@st.composite
def answered(draw: st.DrawFn) -> tuple[Question, bytes]:
    question = draw(QUESTIONS)
    return question, data_of(draw, question)


@given(answered(), CUTS)
def test_the_true_tcp_reply_gives_its_values(
    asked: tuple[Question, bytes], cuts: list[int]
) -> None:
    question, data = asked
    mbap = Mbap(65_535)
    request = mbap.ask(question)
    unit, function, count = question.unit, question.function, question.count
    assert request == struct.pack(">HHHBBHH", 1, 0, 6, unit, function, question.address, count)
    reply = request[:4] + struct.pack(">HBBB", 3 + len(data), unit, function, len(data)) + data
    assert fed(mbap, reply, cuts) == decoded(question, data)
    assert mbap.clean
    assert fed(mbap, reply, cuts) is None
    assert mbap.strays == 1


@given(answered(), CUTS, st.binary(max_size=NOISE), st.booleans())
def test_the_true_serial_reply_gives_its_values(
    asked: tuple[Question, bytes], cuts: list[int], noise: bytes, echo: bool
) -> None:
    question, data = asked
    rtu = Rtu()
    request = rtu.ask(question)
    assert request == framed(request[:6])
    reply = framed(bytes((question.unit, question.function, len(data))) + data)
    heard = request * echo + noise + reply
    # Noise that begins like the reply, the refusal or an echo may spoil the reply, not more.
    head = reply[:1]
    assume(head not in noise)
    assert not heard.startswith(request[: len(heard)]) or echo
    assert fed(rtu, heard, cuts) == decoded(question, data)


@given(QUESTIONS, st.sampled_from([Mbap, Rtu]), st.integers(0, 255), CUTS)
def test_a_refusal_is_a_refusal(
    question: Question, make: type[Mbap | Rtu], code: int, cuts: list[int]
) -> None:
    framing: Framing = Mbap(7) if make is Mbap else Rtu()
    request = framing.ask(question)
    pdu = bytes((question.unit, question.function | 0x80, code))
    reply = framed(pdu) if make is Rtu else request[:5] + b"\x03" + pdu
    outcome = fed(framing, reply, cuts)
    assert isinstance(outcome, str)
    assert outcome.startswith(f"exception {code} ")


@st.composite
def streams(draw: st.DrawFn, frame: Callable[[bytes], bytes]) -> tuple[Question, bytes]:
    """A question and what may come after it: replies to it and to others, broken ones, noise."""
    question = draw(QUESTIONS)
    near = st.builds(
        Question,
        unit=st.sampled_from([question.unit, question.unit ^ 1, 0]),
        function=st.sampled_from([question.function, question.function % 4 + 1]),
        address=st.just(question.address),
        count=st.sampled_from([question.count, question.count + 1, question.count + 8]),
    )
    parts = []
    for _ in range(draw(st.integers(0, 4))):
        other = draw(near)
        whole = frame(bytes((other.unit, other.function, other.byte_count)) + data_of(draw, other))
        parts.append(
            draw(
                st.one_of(
                    st.just(whole),
                    st.just(other_bits(whole)),
                    st.integers(1, len(whole)).map(lambda n, whole=whole: whole[:n]),
                    st.integers(1, len(whole)).map(lambda n, whole=whole: whole[n:]),
                    st.binary(max_size=12),
                )
            )
        )
    return question, b"".join(parts)


def tcp_frame(plain: bytes) -> bytes:
    return struct.pack(">HHH", 8, 0, len(plain)) + plain


@given(streams(framed), CUTS)
def test_serial_values_come_of_a_whole_true_frame_only(
    stream: tuple[Question, bytes], cuts: list[int]
) -> None:
    question, heard = stream
    rtu = Rtu()
    request = rtu.ask(question)
    outcome = fed(rtu, heard, cuts)
    size = reply_size(question)
    head = bytes((question.unit, question.function, question.byte_count))
    rest = heard.removeprefix(request)
    candidates = [
        decoded(question, rest[n + 3 : n + size - 2])
        for n in range(NOISE + 1)
        if rest[n:].startswith(head)
        and len(rest) >= n + size
        and framed(rest[n : n + size - 2]) == rest[n : n + size]
    ]
    assert not isinstance(outcome, tuple) or outcome in candidates
    again = Rtu()
    again.ask(question)
    assert fed(again, heard, list(range(61))) == outcome


@given(streams(tcp_frame), CUTS)
def test_tcp_values_come_of_a_whole_true_frame_only(
    stream: tuple[Question, bytes], cuts: list[int]
) -> None:
    question, heard = stream
    mbap = Mbap(7)
    assert mbap.ask(question)[:2] == b"\x00\x08"
    outcome = fed(mbap, heard, cuts)
    size = 6 + 3 + question.byte_count
    head = tcp_frame(bytes((question.unit, question.function, question.byte_count)))
    head = head[:4] + (size - 6).to_bytes(2, "big") + head[6:]
    candidates = [
        decoded(question, heard[n + 9 : n + size])
        for n in range(len(heard))
        if heard[n:].startswith(head) and len(heard) >= n + size
    ]
    assert not isinstance(outcome, tuple) or outcome in candidates


@given(QUESTIONS, st.sampled_from([Mbap, Rtu]), st.binary(max_size=300), CUTS)
def test_any_bytes_fail_cleanly_or_wait(
    question: Question, make: type[Mbap | Rtu], data: bytes, cuts: list[int]
) -> None:
    framing: Framing = Mbap(7) if make is Mbap else Rtu()
    framing.ask(question)
    assert not isinstance(fed(framing, data, cuts), tuple)
    assert isinstance(framing.missing(), str)


@given(st.lists(st.binary(max_size=20), max_size=4))
def test_what_comes_unasked_is_one_stray_and_nothing_more(bursts: list[bytes]) -> None:
    rtu = Rtu()
    for burst in bursts:
        assert rtu.receive(burst) is None
    rtu.ask(Question(1, 3, 0, 2))
    assert rtu.receive(framed(b"\x01\x03\x04\x00\x01\x00\x02")) == (1, 2)
    assert rtu.strays == min(len(bursts), 1)


@given(st.binary(max_size=300))
def test_checksum_agrees_with_another_library(plain: bytes) -> None:
    assert checksum(plain) == FramerRTU.compute_CRC(plain).to_bytes(2, "big")


@given(answered())
def test_another_library_reads_our_requests(asked: tuple[Question, bytes]) -> None:
    question, _ = asked
    used, unit, _, pdu = FramerRTU(DecodePDU(True)).decode(Rtu().ask(question))
    assert (used, unit) == (8, question.unit)
    assert pdu == struct.pack(">BHH", question.function, question.address, question.count)


@pytest.mark.parametrize("count", [17, 24])
def test_a_request_that_looks_like_its_reply_is_an_echo(count: int) -> None:
    """Coils from 0x300 on: the eight bytes sent are, byte for byte, a possible reply."""
    rtu = Rtu()
    request = rtu.ask(Question(1, 1, 0x0310, count))
    assert rtu.receive(request) is None
    reply = framed(b"\x01\x01\x03\x01\x00\x00")
    assert rtu.receive(reply) == (1, *[0] * (count - 1))


@given(st.integers(-1, 300))
def test_only_reads_can_be_asked(function: int) -> None:
    assert FUNCTIONS == {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
    assume(function not in FUNCTIONS.values())
    with pytest.raises(ValueError, match=f"function code {function} does not read"):
        Question(1, function, 0, 1)


def test_transaction_ids_go_round_without_zero() -> None:
    mbap = Mbap(65_533)
    sent = [mbap.ask(Question(1, 3, 0, 1))[:2] for _ in range(4)]
    assert sent == [b"\xff\xfe", b"\xff\xff", b"\x00\x01", b"\x00\x02"]


def test_half_a_frame_left_over_is_not_clean() -> None:
    mbap = Mbap(7)
    mbap.ask(Question(1, 3, 0, 1))
    assert mbap.receive(bytes.fromhex("0008 0000 0005 01 03 02 1234 0009 00")) == (0x1234,)
    assert not mbap.clean


def test_a_header_that_is_none() -> None:
    with pytest.raises(LinkError, match="48 54 54 50 2f 31 2e are no Modbus TCP header"):
        Mbap(7).receive(b"HTTP/1.1 400 Bad Request")
