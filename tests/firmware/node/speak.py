"""A board without sensors or network: says what its ring has to send, hears what it is told.

Usage: speak.py <firmware directory> <directory>

Reads a JSON list a line and answers each with one: ["append", kinds], ["next", now_ms],
["ack", payload], ["flip", seq], ["start"], ["cut"], ["state"].
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

import outbox
import ramflash
import support
import telling
import wire
from journal import HEADER


class Speaker:
    def __init__(self, directory):
        self.directory, self.boot = directory, 0
        self.flash = ramflash.RamFlash(8, size=512)
        self.start()

    def start(self):
        """Open the ring after a start."""
        self.boot += 1
        self.ring = support.open_raw(self.flash, self.directory, boot=self.boot)
        self.out = outbox.Outbox(self.ring, "gw1", 60000, 20)

    def append(self, kinds):
        """Keep a record for each letter, a for an alarm edge, s for a sample."""
        for kind in kinds:
            number = self.ring.newest
            self.ring.append(support.edge() if kind == "a" else support.sample(number))
        return self.ring.newest

    def next(self, now_ms):
        """The topic and payload of the next message, or null."""
        self.out.tick(now_ms)
        message = self.out.next()
        if message is None:
            return None
        return [wire.topic("example", "b0150", message[0]), wire.encode(message[1]).decode()]

    def ack(self, payload):
        """Hear an ack."""
        return self.out.take_ack(payload.encode())

    def flip(self, seq):
        """Let the flash lose a bit of a record."""
        for lane in (self.ring.samples, self.ring.alarms):
            item = lane.after(seq - 1)
            if item is not None and item.seq == seq:
                at = lane._index * self.flash.size + HEADER + lane._at * lane.slot
                self.flash.data[at + 7] ^= 0x20
                return True
        return False

    def cut(self):
        """Lose power in the middle of a record, and start again."""
        self.flash.cut_after, self.flash.cut_bytes = 0, 150
        try:
            while True:
                self.ring.append(support.sample(1))
        except ramflash.PowerCutError:
            self.flash.cut_after = None
        self.start()
        return self.ring.newest

    def state(self):
        """What the ring says of itself."""
        return telling.store(self.ring, 60)


speaker = Speaker(sys.argv[2])
while True:
    line = sys.stdin.readline()
    if not line:
        break
    asked = json.loads(line)
    sys.stdout.write(json.dumps(getattr(speaker, asked[0])(*asked[1:])) + "\n")
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()
