"""A board that publishes what a test tells it to, once, and notes what the gateway acknowledges."""

import json
import time
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion


class LoneBoard:
    """One board's stream of samples; nothing of it is ever sent again.

    Args:
        port: The broker's, on loopback.
        site: Id of the site.
        board: The board's table in the site's file.

    Attributes:
        seq: Number of the newest record.
        acked: What the gateway says is on its disk.
        acked_s: When it said so first, by number [s, monotonic].
    """

    def __init__(self, port: int, site: str, board: dict[str, Any]) -> None:
        self.seq = self.acked = 0
        self.acked_s: dict[int, float] = {}
        self.store = board["store"]
        self._values = board["values"]
        self._root = f"hinoban/1/{site}/{board['id']}"
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="lone-board")
        self._client.on_message = self._told
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(f"{self._root}/ack", qos=1)
        self._client.loop_start()

    def _told(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        self.acked = json.loads(message.payload)["seq"]
        self.acked_s.setdefault(self.acked, time.monotonic())

    def report(self, temp_degc: float = 20.0) -> float:
        """Publish one record; all temperatures the same. Returns when [s, monotonic]."""
        self.seq += 1
        values = {name: 300.0 if name == "co_ppm" else temp_degc for name in self._values}
        body = {
            "stream": "5eed0001", "boot": 1, "seq": self.seq, "oldest": 1,
            "up_ms": time.monotonic_ns() // 1_000_000, "t_us": time.time_ns() // 1000,
            "v": values, "bad": {},
        }  # fmt: skip
        at_s = time.monotonic()
        self._client.publish(f"{self._root}/samples", json.dumps(body), qos=1).wait_for_publish(10)
        return at_s

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()
