"""The real program against a real broker."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.debian


def seqs(messages: list[dict[str, Any]]) -> set[int]:
    return {message["seq"] for message in messages}


def test_200_records_arrive_over_a_broker_that_dies_and_none_is_freed_before_the_ack(
    mosquitto: Any,
    listener: Any,
    new_board: Callable[..., Any],
    run_node: Callable[..., str],
    firmware_directory: Path,
    tmp_path: Path,
    until: Callable[..., Any],
) -> None:
    run_node("fill.py", firmware_directory, tmp_path / "ring", 200, 1)
    board = new_board(mosquitto.port, resend_s=600)
    board.start()
    until(lambda: len(listener.said("samples")) > 40)
    mosquitto.kill()
    heard_before = len(listener.said("samples"))
    mosquitto.start()
    wanted = set(range(1, 201))
    until(lambda: wanted <= seqs(listener.said("samples")) | seqs(listener.said("alarm")))

    assert heard_before < len(listener.said("samples"))
    stream = listener.said("samples")[0]["stream"]
    assert {message["oldest"] for message in listener.said("samples")} == {1}
    listener.ack("00000000", 200)
    listener.ack(stream, 10_000)
    listener.ack(stream, 200, gateway="gw2")
    newest = max(seqs(listener.said("samples")))
    until(lambda: max(seqs(listener.said("samples"))) > newest + 2)
    assert listener.said("samples")[-1]["oldest"] == 1

    listener.ack(stream, 200)
    until(lambda: listener.said("samples")[-1]["oldest"] == 201)
    board.kill()
    until(lambda: listener.said("state")[-1] == {"online": False})


def test_after_an_outage_edges_come_first_then_live_samples_then_marked_history(
    mosquitto: Any,
    listener: Any,
    new_board: Callable[..., Any],
    run_node: Callable[..., str],
    firmware_directory: Path,
    tmp_path: Path,
    until: Callable[..., Any],
) -> None:
    run_node("fill.py", firmware_directory, tmp_path / "ring", 100, 1)
    new_board(mosquitto.port, resend_s=1).start()
    until(lambda: {40, 80} <= seqs(listener.said("alarm")))
    until(lambda: set(range(1, 100)) - {40, 80} <= seqs(listener.said("samples")))
    records = [(noun, message["seq"]) for noun, message in listener.heard if "seq" in message]
    assert records[:2] == [("alarm", 40), ("alarm", 80)]
    assert records[2][1] > 99
    history = {message["seq"] for message in listener.said("samples") if message.get("hist") == 1}
    assert set(range(1, 100)) - {40, 80} <= history
    assert not {message["seq"] for message in listener.said("samples") if "hist" not in message} & (
        history
    )

    until(lambda: [m["seq"] for m in listener.said("samples")].count(1) > 1)


def test_a_record_damaged_in_the_middle_is_told_as_lost(
    mosquitto: Any,
    listener: Any,
    new_board: Callable[..., Any],
    run_node: Callable[..., str],
    firmware_directory: Path,
    tmp_path: Path,
    until: Callable[..., Any],
) -> None:
    run_node("fill.py", firmware_directory, tmp_path / "ring", 30, 1)
    block = next((tmp_path / "ring").glob("b*"))
    data = bytearray(block.read_bytes())
    data[data.index(struct.pack("<I", 10_000))] ^= 0x40  # in the uptime of the eleventh
    block.write_bytes(data)
    new_board(mosquitto.port).start()
    until(lambda: 30 in seqs(listener.said("samples")))

    lost = [message for message in listener.said("samples") if "lost" in message]
    stream = listener.said("samples")[0]["stream"]
    assert lost[0] == {"stream": stream, "seq": 11, "lost": "crc"}
    assert seqs(lost) == {11}


def test_a_restarted_board_keeps_its_stream_and_counts_its_boots(
    mosquitto: Any,
    listener: Any,
    new_board: Callable[..., Any],
    until: Callable[..., Any],
) -> None:
    board = new_board(mosquitto.port, clock="host")
    for _ in range(2):
        board.start()
        seen = len(listener.said("samples"))
        until(lambda seen=seen: len(listener.said("samples")) > seen + 2)
        board.kill()

    messages = {(m["boot"], m["seq"]): m for m in listener.said("samples")}
    assert len({seq for _, seq in messages}) == len(messages)
    assert {boot for boot, _ in messages} == {1, 2}
    assert len({message["stream"] for message in messages.values()}) == 1
    assert all(message["t_us"] > 1_700_000_000_000_000 for message in messages.values())
    states = [state for state in listener.said("state") if state["online"]]
    assert [state["reset_cause"] for state in states] == ["power_on", "restart"]
