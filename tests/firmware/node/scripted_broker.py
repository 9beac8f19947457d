"""A broker and a gateway in the board's own process, which follow a script of outages.

The broker speaks MQTT over streams that need no socket. The gateway behind it takes each record
once, acknowledges what it has, and holds every record against the truth it is told.
"""

import asyncio
import json
import struct

_ACK_EVERY_MS = 1000
only = None  # the broker that was made last


class Pipe:
    """A connection: reader and writer in one, as the board sees them."""

    def __init__(self, broker):
        self._broker = broker
        self._arrived = asyncio.Event()
        self._coming = b""  # to the board
        self._going = b""  # from the board
        self.broken = None
        self.silent = False

    async def read(self, count):
        while not self._coming:
            if self.broken is not None:
                raise self.broken
            self._arrived.clear()
            await self._arrived.wait()
        data, self._coming = self._coming[:count], self._coming[count:]
        return data

    def write(self, data):
        if self.broken is None and not self.silent:
            self._going += data

    async def drain(self):
        if self.broken is not None:
            raise self.broken
        while True:
            packet = self._packet()
            if packet is None:
                return
            self._broker.take(self, packet[0], packet[1])

    def close(self):
        self.break_off(OSError(9, "closed"))

    async def wait_closed(self):
        pass

    def answer(self, data):
        if not self.silent:
            self._coming += data
            self._arrived.set()

    def break_off(self, error):
        if self.broken is None:
            self.broken = error
        self._arrived.set()

    def _packet(self):
        """The next whole packet of the board: kind and body."""
        data, length, shift, at = self._going, 0, 0, 1
        while at < len(data):
            byte = data[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if len(data) < at + length:
                    return None
                self._going = data[at + length :]
                return data[0], data[at : at + length]
        return None


class Broker:
    """One broker with one gateway behind it.

    Args:
        clock: Virtual time.
        outages: (from, to, kind) [ms]; ``refused``: no connection; ``hang``: a connect that never
            ends; ``mute``: connections stand and nobody answers; ``forgot``: as refused, and the
            session is lost.
        judge: Called with each new record (noun, payload); returns what is wrong with it or None.
    """

    def __init__(self, clock, outages, judge):
        self.clock = clock
        self.outages = outages
        self.judge = judge
        self.connects = 0
        self.sessions = [0, 0]  # connections to a lost session, and to a kept one
        self.pipes = []
        self.state = b"{}"  # as it came: what it takes is not the node's
        self.wrong = []
        self.repeats = 0
        self.records = 0
        self.stream = None
        self.watermark = 0
        self._above = set()
        self._acked = 0
        self._topic = ""
        self._known = False
        global only  # noqa: PLW0603, the board's own seam finds it here
        only = self

    def kind(self):
        """The outage that rules now, or None."""
        now_ms = self.clock.now_ms
        for start_ms, end_ms, kind in self.outages:
            if start_ms <= now_ms < end_ms:
                return kind
        return None

    async def open(self, *_args, **_options):
        """In place of `Session.dial`."""
        self.connects += 1
        kind = self.kind()
        while kind == "hang":
            await asyncio.sleep(3600)
            kind = self.kind()
        if kind is not None and kind != "mute":
            raise OSError(111, "refused")
        pipe = Pipe(self)
        pipe.silent = kind == "mute"
        self.pipes.append(pipe)
        return pipe, pipe

    async def live(self):
        """Break connections when an outage begins, and acknowledge what is on the disk."""
        before = None
        while True:
            await asyncio.sleep(_ACK_EVERY_MS / 1000)
            kind = self.kind()
            if kind != before:
                for pipe in self.pipes:
                    if kind == "mute":
                        pipe.silent = True
                    else:
                        pipe.break_off(EOFError())
                if kind == "forgot":
                    self._known = False
                before = kind
            self.pipes = [pipe for pipe in self.pipes if pipe.broken is None]
            if self._acked < self.watermark and kind is None:
                self._ack()

    def take(self, pipe, kind, body):
        """Answer one packet of the board."""
        if kind >> 4 == 1:
            self.sessions[self._known] += 1
            pipe.answer(b"\x20\x02" + bytes([self._known]) + b"\x00")
            self._known = True
        elif kind >> 4 == 8:
            pipe.answer(b"\x90\x03" + body[:2] + b"\x01")
            topic = body[4 : 4 + struct.unpack(">H", body[2:4])[0]].decode()
            if topic.endswith("/ack"):
                self._topic = topic
                if self._acked:
                    pipe.answer(self._ack_packet())
        elif kind >> 4 == 3:
            end = 2 + struct.unpack(">H", body[:2])[0]
            pipe.answer(b"\x40\x02" + body[end : end + 2])
            self._hear(body[2:end].decode(), body[end + 2 :])
        elif kind >> 4 == 12:
            pipe.answer(b"\xd0\x00")

    def _hear(self, topic, payload):
        """Take one message as the gateway does."""
        noun = topic.split("/", 4)[4]
        if noun == "state":
            self.state = payload
        if noun not in ("samples", "alarm"):
            return
        message = json.loads(payload)
        seq = message["seq"]
        if self.stream not in (None, message["stream"]):
            self.wrong.append("a second stream")
        self.stream = message["stream"]
        if seq <= self.watermark or seq in self._above:
            self.repeats += 1
            return
        self.records += 1
        fault = self.judge(noun, message)
        if fault is not None and len(self.wrong) < 20:
            self.wrong.append(f"{noun} {seq}: {fault}")
        self._above.add(seq)
        while self.watermark + 1 in self._above:
            self.watermark += 1
            self._above.remove(self.watermark)

    def _ack(self):
        self._acked = self.watermark
        for pipe in self.pipes:
            if self._topic:
                pipe.answer(self._ack_packet())

    def _ack_packet(self):
        text = json.dumps({"gateway": "gw1", "stream": self.stream, "seq": self._acked}).encode()
        body = struct.pack(">H", len(self._topic)) + self._topic.encode() + b"\x00\x01" + text
        return b"\x32" + _length(len(body)) + body


def _length(length):
    coded = b""
    while True:
        length, byte = length >> 7, length & 0x7F
        coded += bytes([byte | 0x80 if length else byte])
        if not length:
            return coded
