"""What became of each board record in a journal, beside what was sent and when in truth."""

import contextlib
import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from gateway.historian.reader import Reader
from gateway.historian.rows import Basis, Batch

Key = tuple[str, str, int]
"""Board, stream, seq."""

SECOND_US = 1_000_000


class Witness:
    """Hears every record that reaches the broker, as a client of its own.

    Attributes:
        records: Payloads as first heard.
        times: How often each was heard.
    """

    def __init__(self, port: int) -> None:
        self.records: dict[Key, dict[str, Any]] = {}
        self.times: defaultdict[Key, int] = defaultdict(int)
        self._heard = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="witness")
        self._client.on_message = self._note
        self._client.on_subscribe = lambda *_: self._heard.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("hinoban/1/+/+/samples", qos=1)
        self._client.loop_start()
        assert self._heard.wait(10)

    def publish(self, topic: str, payload: Mapping[str, Any]) -> None:
        self._client.publish(topic, json.dumps(payload), qos=1).wait_for_publish(10)

    def newest(self) -> dict[str, int]:
        """Board -> highest seq heard."""
        newest: dict[str, int] = {}
        for board, _, seq in list(self.records):
            newest[board] = max(newest.get(board, 0), seq)
        return newest

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _note(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        payload = json.loads(message.payload)
        key = (message.topic.split("/")[3], payload["stream"], payload["seq"])
        self.records.setdefault(key, payload)
        self.times[key] += 1


@dataclass(frozen=True)
class Told:
    """What the journal says of one record to a reader who has read it to its end."""

    batch: Batch
    boot: int
    up_ms: int

    @property
    def is_good(self) -> bool:
        """Whether its time is known: that a sensor told nothing then says nothing of it."""
        known = self.batch.basis is not Basis.SPAN and not self.batch.waits
        return known and all(s.reason != "clock_unsynced" for s in self.batch.samples)

    @property
    def values(self) -> dict[str, float | None]:
        return {s.point.rpartition(".")[2]: s.value for s in self.batch.samples}

    @property
    def t_us(self) -> int:
        (t_us,) = {sample.t_us for sample in self.batch.samples}
        return t_us


def records_of(journal: Path) -> dict[Key, Told]:
    """Every record with samples; one that is good twice is an error."""
    told: dict[Key, Told] = {}
    with contextlib.closing(Reader(journal)) as reader:
        for row in reader.rows(0, 10**9):
            for batch in (*row.resolved, *row.batches):
                origin = batch.origin
                if origin.kind != "board" or not batch.samples:
                    continue
                key = (origin.name, str(origin.stream), origin.seq or 0)
                before = told.get(key)
                assert before is None or not before.is_good, f"{key} is good twice"
                told[key] = Told(batch, origin.boot or 0, origin.up_ms or 0)
    return told


def starts_of(diary: Path) -> dict[tuple[str, int], int]:
    """(board, boot) -> when its process was started, UTC [µs], from the supervisor's diary."""
    starts: dict[tuple[str, int], int] = {}
    boots: defaultdict[str, int] = defaultdict(int)
    for line in diary.read_text().splitlines():
        entry = json.loads(line)
        if entry["kind"] == "started":
            boots[entry["board"]] += 1
            at = datetime.fromisoformat(entry["utc"])
            starts[entry["board"], boots[entry["board"]]] = round(at.timestamp() * SECOND_US)
    return starts


def wrong_times(
    told: Mapping[Key, Told], starts: Mapping[tuple[str, int], int], within_us: int
) -> Iterable[str]:
    """Good records with a wrong time, and doubtful ones whose interval does not hold the truth."""
    for key, one in told.items():
        truth_us = starts[key[0], one.boot] + one.up_ms * 1000
        off_us = one.t_us - truth_us
        if one.is_good:
            if abs(off_us) > within_us:
                yield f"{key}, boot {one.boot}: off by {off_us / SECOND_US:.3f} s"
            continue
        reasons = {sample.reason for sample in one.batch.samples}
        if reasons != {"clock_unsynced"}:
            yield f"{key}: {reasons}"
        earliest_us = one.batch.t_earliest_us
        if off_us < -within_us or (earliest_us or 0) > truth_us + within_us:
            yield f"{key}, boot {one.boot}: not in [{earliest_us}, {one.t_us}], but {truth_us}"


def wrong_values(told: Mapping[Key, Told], sent: Mapping[Key, Mapping[str, Any]]) -> list[str]:
    """Records that say something else than what was sent, or are missing.

    What a board does not know it may leave out; it is told as unknown.
    """
    return [
        f"{key}: sent {payload['v']}, told {told[key].values if key in told else None}"
        for key, payload in sent.items()
        if key not in told or _known(told[key].values) != _known(payload["v"])
    ]


def _known(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}
