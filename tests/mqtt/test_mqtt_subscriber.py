import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.clock import Clock, SystemTime
from gateway.config import Mqtt
from gateway.mqtt.inbox import Arrival, Token
from gateway.mqtt.subscriber import Subscriber
from gateway.mqtt.wire import ack_topic, encode_ack

LIMIT_S = 15
PROCESS = """
import asyncio, sys
from gateway.clock import Clock, SystemTime
from gateway.config import Mqtt
from gateway.mqtt.subscriber import Subscriber

async def main(port, acknowledge):
    subscriber = Subscriber(Mqtt(port=port), "example", Clock(SystemTime("assume")).now)
    subscriber.start(asyncio.get_running_loop())
    while True:
        arrival = await subscriber.get()
        if acknowledge:
            subscriber.acknowledge(arrival.token)
        print(arrival.payload.decode(), flush=True)

asyncio.run(main(int(sys.argv[1]), sys.argv[2] == "yes"))
"""


@asynccontextmanager
async def subscribed(port: int, *, wait: bool = True, **options: Any) -> AsyncIterator[Subscriber]:
    now = Clock(SystemTime("assume")).now
    subscriber = Subscriber(Mqtt(port=port), "example", now, **options)
    subscriber.start(asyncio.get_running_loop())
    try:
        if wait:
            await eventually(lambda: subscriber.status().connected)
        yield subscriber
    finally:
        await asyncio.to_thread(subscriber.stop)


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - what is awaited happens in paho's thread
            await asyncio.sleep(0.01)


async def take(subscriber: Subscriber, count: int) -> list[Arrival]:
    async with asyncio.timeout(LIMIT_S):
        return [await subscriber.get() for _ in range(count)]


def numbers(arrivals: list[Arrival]) -> list[int]:
    return [int(arrival.payload) for arrival in arrivals]


def test_unconfirmed_messages_come_again_after_kill_9_and_confirmed_ones_do_not(
    broker: Any, publisher: Any
) -> None:
    def until_killed(acknowledge: str, expected: list[str], before: Callable[[], None]) -> None:
        process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(broker.port), acknowledge],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            before()
            assert [process.stdout.readline().strip() for _ in expected] == expected
        finally:
            process.kill()
            process.wait(10)
            process.stdout.close()

    def nothing() -> None:
        """The session is known to the broker from here on."""

    asyncio.run(_make_session(broker.port))
    publisher.send(3)
    until_killed("no", ["1", "2", "3"], nothing)
    publisher.send(1, first=4)
    asyncio.run(_confirm_all(broker.port, [1, 2, 3, 4]))
    publisher.send(1, first=5)
    until_killed("no", ["5"], nothing)
    until_killed("no", ["5"], nothing)


async def _make_session(port: int) -> None:
    async with subscribed(port):
        pass


async def _confirm_all(port: int, expected: list[int]) -> None:
    async with subscribed(port, wait=False) as subscriber:
        arrivals = await take(subscriber, len(expected))
        assert numbers(arrivals) == expected
        assert all(subscriber.acknowledge(arrival.token) for arrival in arrivals)
        # A broker may forget what comes just before a goodbye. It reads in order: what is said
        # after the confirmations is heard elsewhere only when they were read.
        topic = ack_topic("example", "b1")
        subscriber.publish_ack(topic, encode_ack("gw1", "s", len(expected)))
        await asyncio.to_thread(_read_retained, port, topic, [])


def test_a_full_queue_drops_nothing_and_keeps_the_order(broker: Any, publisher: Any) -> None:
    async def history() -> None:
        async with subscribed(broker.port, queue_limit=5) as subscriber:
            sending = asyncio.create_task(asyncio.to_thread(publisher.send, 60))
            await eventually(lambda: subscriber.status().stalls > 0)
            assert subscriber.status().waiting == 5
            received: list[int] = []
            while len(received) < 60:
                arrivals = await take(subscriber, 1) + subscriber.drain()
                for arrival in arrivals:
                    assert subscriber.acknowledge(arrival.token)
                received += numbers(arrivals)
            await sending
            assert received == list(range(1, 61))

    asyncio.run(history())


def test_a_message_at_qos_0_is_taken_and_the_connection_stays(broker: Any, publisher: Any) -> None:
    async def history() -> None:
        async with subscribed(broker.port) as subscriber:
            await asyncio.to_thread(publisher.send, 3, qos=0)
            for arrival in await take(subscriber, 3):
                assert subscriber.acknowledge(arrival.token)
            await asyncio.to_thread(publisher.send, 3, 4)
            assert numbers(await take(subscriber, 3)) == [4, 5, 6]
            assert subscriber.status().connections == 1

    asyncio.run(history())


def test_a_stop_frees_the_thread_that_waits_for_room(broker: Any, publisher: Any) -> None:
    async def history() -> None:
        async with subscribed(broker.port, queue_limit=1) as subscriber:
            await asyncio.to_thread(publisher.send, 5)
            await eventually(lambda: subscriber.status().stalls > 0)

    asyncio.run(history())


def test_a_cut_between_receipt_and_commit_brings_the_messages_again(
    broker: Any, link: Any, publisher: Any
) -> None:
    heard: list[bytes] = []
    topic = ack_topic("example", "b1")

    async def history() -> None:
        async with subscribed(link.port) as subscriber:
            await asyncio.to_thread(publisher.send, 3)
            first = await take(subscriber, 3)
            assert subscriber.acknowledge(first[0].token)
            # What was sent after the confirmation of the first has come: so has that.
            subscriber.publish_ack(topic, encode_ack("gw1", "s", 1))
            await asyncio.to_thread(_read_retained, broker.port, topic, heard)
            await asyncio.to_thread(publisher.send, 1, 4)
            fourth = await take(subscriber, 1)
            link.cut()
            again = await take(subscriber, 3)
            assert numbers(again) == [2, 3, 4]
            # A commit that ends now confirms nothing on the new connection …
            for arrival in (*first[1:], *fourth):
                assert not subscriber.acknowledge(arrival.token)
            assert subscriber.status().stale_acks == 3
            link.cut()
            again = await take(subscriber, 3)
            assert numbers(again) == [2, 3, 4]
            # … and one on its own connection does.
            assert all(subscriber.acknowledge(arrival.token) for arrival in again)
            await asyncio.to_thread(publisher.send, 1, 5)
            assert numbers(await take(subscriber, 1)) == [5]
            assert subscriber.status().resumed == 2

    asyncio.run(history())


def test_a_broker_that_was_killed_is_found_again_and_hears_the_acks_again(broker: Any) -> None:
    lost: list[int] = []
    heard: list[bytes] = []
    topic = ack_topic("example", "b1")

    async def history() -> None:
        async with subscribed(broker.port, on_session_lost=lambda: lost.append(1)) as subscriber:
            await eventually(lambda: len(lost) == 1)
            await asyncio.to_thread(broker.kill)
            await eventually(lambda: not subscriber.status().connected)
            assert subscriber.status().last_error is not None
            await asyncio.to_thread(broker.restart)
            await eventually(lambda: subscriber.status().connected)
            await eventually(lambda: len(lost) == 2)
            subscriber.publish_ack(topic, encode_ack("gw1", "s", 7))
            await asyncio.to_thread(_read_retained, broker.port, topic, heard)

    asyncio.run(history())
    assert json.loads(heard[0]) == {"gateway": "gw1", "stream": "s", "seq": 7}


def _read_retained(port: int, topic: str, heard: list[bytes]) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="reader")
    client.on_message = lambda _client, _data, message: heard.append(bytes(message.payload))
    client.connect("127.0.0.1", port)
    client.subscribe(topic, 1)
    while not heard:
        assert client.loop(1.0) == 0
    client.disconnect()


def test_no_broker_is_said_in_words(free_port: Callable[[], int]) -> None:
    async def history(port: int) -> None:
        async with subscribed(port, wait=False) as subscriber:
            words = f"no broker at 127.0.0.1:{port}; start it or correct [mqtt]"
            await eventually(lambda: subscriber.status().last_error == words)
            assert not subscriber.acknowledge(Token(0, 1))

    asyncio.run(history(free_port()))


def test_taking_before_the_start_is_an_error() -> None:
    subscriber = Subscriber(Mqtt(), "example", Clock(SystemTime("assume")).now)
    with pytest.raises(RuntimeError, match="not started"):
        subscriber.drain()
    subscriber.stop()
