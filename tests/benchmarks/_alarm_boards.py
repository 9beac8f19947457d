"""Boards for the latency of alarms: a process that publishes at a rate and says when it did.

python _alarm_boards.py PORT BOARDS MESSAGES_A_SECOND SECONDS
"""

import json
import sys
import time
from typing import Final

from paho.mqtt.enums import CallbackAPIVersion

from gateway.mqtt.client import QuietClient

CONNECTIONS: Final = 4
STEP_S: Final = 0.002
WARM_S: Final = 3.0
EDGES_A_SECOND: Final = 10


class Boards:
    """Messages of boards in turn; now and then a sensor of one fails, and comes back.

    Args:
        port: The broker's on loopback.
        count: How many boards.
    """

    def __init__(self, port: int, count: int) -> None:
        self._count = count
        self._seq = [0] * (count + 1)
        self._bad: set[int] = set()
        self._began = time.monotonic()
        self.published: dict[str, list[float]] = {}
        self._clients = []
        for n in range(CONNECTIONS):
            client = QuietClient(CallbackAPIVersion.VERSION2, client_id=f"boards{n}")
            client.max_inflight_messages_set(0xFFFF)
            client.max_queued_messages_set(0)
            client.connect("127.0.0.1", port)
            client.loop_start()
            self._clients.append(client)

    def report(self, n: int, *, turn: bool) -> None:
        """Publish a board's next message; with `turn` its first sensor fails, or is well again."""
        self._seq[n] += 1
        values, bad = {"temp_1_degc": 21.5, "temp_2_degc": 22.0, "co_ppm": 210.0}, {}
        if turn:
            self._bad ^= {n}
        if n in self._bad:
            del values["temp_1_degc"]
            bad["temp_1_degc"] = "sensor_open"
        body = {
            "stream": "9f3a12c4", "boot": 1, "seq": self._seq[n], "oldest": 1,
            "up_ms": round((time.monotonic() - self._began) * 1000) + 1,
            "t_us": time.time_ns() // 1000, "v": values, "bad": bad,
        }  # fmt: skip
        if turn:
            edge = "raised" if n in self._bad else "cleared"
            key = f"sensor_fault:yard.c{n:04d}.temp_1_degc {edge}"
            self.published.setdefault(key, []).append(time.monotonic())
        self._clients[n % CONNECTIONS].publish(
            f"hinoban/1/bench/b{n:04d}/samples", json.dumps(body), qos=1
        )

    def run(self, rate: int, seconds: float) -> int:
        """Publish so many messages a second in even steps; returns how many."""
        begun, sent, turned = time.monotonic(), 0, 0
        while (passed := time.monotonic() - begun) < seconds:
            while sent < passed * rate:
                due = passed > WARM_S and turned < (passed - WARM_S) * EDGES_A_SECOND
                turned += due
                self.report(sent % self._count + 1, turn=due)
                sent += 1
            time.sleep(STEP_S)
        return sent

    def stop(self) -> None:
        """Wait until the broker has all of it."""
        for client in self._clients:
            deadline = time.monotonic() + 10
            while client._out_messages and time.monotonic() < deadline:
                time.sleep(0.05)
            client.disconnect()
            client.loop_stop()


def main() -> None:
    """Publish, then say what was published when, by the clock all processes share."""
    port, count, rate, seconds = (int(argument) for argument in sys.argv[1:])
    boards = Boards(port, count)
    for n in range(1, count + 1):  # every board is known before it counts
        boards.report(n, turn=False)
    sent = boards.run(rate, seconds)
    boards.stop()
    json.dump({"sent": sent, "published": boards.published}, sys.stdout)


if __name__ == "__main__":
    main()
