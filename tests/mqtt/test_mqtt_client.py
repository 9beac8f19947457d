"""What is put on top of paho: reading ahead, one bell for many packets, acks a few at a time."""

import asyncio
import gc
import socket
import threading
from collections import deque

import pytest
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from virtual_time import VirtualLoop

from gateway.mqtt.ack_post import AT_ONCE, PAUSE_S, AckPost
from gateway.mqtt.client import Bell, Buffered, QuietClient, join


def test_reads_ahead_and_says_what_it_holds():
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        ahead = Buffered(here)
        with pytest.raises(BlockingIOError):
            ahead.recv(1)
        assert ahead.pending() == 0
        there.sendall(b"abcdef")
        assert ahead.recv(1) == b"a"
        assert ahead.pending() == 5
        there.sendall(b"gh")
        assert ahead.recv(100) == b"bcdef"
        assert ahead.pending() == 0
        assert ahead.recv(2) == b"gh"
        there.close()
        assert ahead.recv(1) == b""


def test_one_ring_for_all_that_is_put_before_it_is_heard():
    listening, calling = socket.socketpair()
    listening.setblocking(False)
    bell = Bell(listening, calling)
    for _ in range(3):
        assert bell.send(b"0") == 1
    assert bell.recv(100) == b"0"
    with pytest.raises(BlockingIOError):
        listening.recv(100)
    bell.send(b"0")
    assert bell.recv(100) == b"0"
    bell.close()
    bell.close()


def test_nothing_that_is_put_stays_unheard():
    """The listener takes everything once it has heard the bell, as paho does."""
    listening, calling = socket.socketpair()
    listening.settimeout(10)
    bell = Bell(listening, calling)
    put: list[int] = []
    taken: list[int] = []

    def take() -> None:
        while len(taken) < 20_000:
            bell.recv(100)
            taken.extend(put[len(taken) :])

    listener = threading.Thread(target=take)
    listener.start()
    for number in range(20_000):
        put.append(number)
        bell.send(b"0")
    listener.join(30)
    bell.close()
    assert taken == put


def test_confirmations_and_what_is_confirmed_itself_go_out_together():
    def packet(command: int, data: bytes, qos: int = 1, pos: int = 0) -> dict[str, object]:
        return {"command": command, "qos": qos, "pos": pos, "packet": data,
                "to_process": len(data) - pos, "info": None}  # fmt: skip

    begun = packet(0x40, b"abcd", pos=1)
    told = packet(0x30, b"told", qos=0)
    packets = deque(
        [begun, packet(0x40, b"ack1"), packet(0x32, b"message"), packet(0x40, b"ack2"),
         told, packet(0x40, b"ack3"), packet(0xE0, b"end")]
    )  # fmt: skip
    join(packets)
    assert [one["packet"] for one in packets] == [
        b"abcd", b"ack1messageack2", b"told", b"ack3", b"end",
    ]  # fmt: skip
    assert [one["to_process"] for one in packets] == [3, 15, 4, 4, 3]
    assert packets[0] is begun
    assert packets[2] is told


def test_a_message_leaves_no_garbage():
    heard: list[bytes] = []
    client = QuietClient(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _userdata, message: heard.append(message.payload)
    message = MQTTMessage(topic=b"hinoban/1/t/b1/samples")
    message.payload = b"body"
    gc.collect()
    gc.disable()
    try:
        for _ in range(100):
            client._handle_on_message(message)
        assert gc.collect() == 0
    finally:
        gc.enable()
    assert heard == [b"body"] * 100


def test_each_board_is_told_its_newest_in_turn():
    told: list[tuple[float, str, int]] = []

    async def report() -> None:
        loop = asyncio.get_running_loop()
        post = AckPost(lambda board, _stream, seq: told.append((loop.time(), board, seq)))
        begun_s = loop.time()
        for seq in (1, 2, 3):
            for n in range(AT_ONCE + 5):
                post.put(f"b{n:03d}", "s", seq)
        await asyncio.sleep(PAUSE_S * 4)
        post.put("b000", "s", 9)
        await asyncio.sleep(PAUSE_S)
        told[:] = [(round(at - begun_s, 3), board, seq) for at, board, seq in told]

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(report())
    assert [(board, seq) for _, board, seq in told] == [
        *((f"b{n:03d}", 3) for n in range(AT_ONCE + 5)),
        ("b000", 9),
    ]
    assert [at for at, _, _ in told] == [0.0] * AT_ONCE + [PAUSE_S] * 5 + [PAUSE_S * 4]
