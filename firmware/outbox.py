"""What is sent next, and which acknowledgement counts: the session's rules without a network."""

import json

import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from record import Record
    from ring import Ring

_LONGEST_RESEND = 16  # times the first wait


class Outbox:
    """Walks through the ring: alarm edges first, then what is new, then history.

    History is what the ring held when the connection began, except its newest record. A sample that
    was kept, be it for a moment because a newer one is there already, says so with ``hist``: its
    arrival tells nothing about its capture. A record that the ring no longer has is told as lost,
    or by ``oldest``.

    Args:
        ring: The store.
        gateway: The one gateway whose acks count.
        resend_ms: Start again above the ack when it has not moved for so long [ms]; each time in
            vain doubles it, to 16 times as long.
        window: How many samples of each walk may be sent beyond the ack; edges are not limited.
    """

    def __init__(self, ring: "Ring", gateway: str, resend_ms: int, window: int) -> None:
        self.ring = ring
        self.gateway = gateway
        self.resend_ms = resend_ms
        self.window = window
        self.ignored_acks = 0
        self.resends = 0
        self.in_vain = 0  # since the ack last moved
        self._wait_ms = resend_ms
        self._waiting_since: "int | None" = None
        self.restart()

    def restart(self) -> None:
        """Send everything above the ack again, as after each connect."""
        ring = self.ring
        self._edges = self._history = ring.acked  # each walk's last seq
        self._new = max(ring.acked, ring.newest - 1)
        self._began = self._history_end = self._new
        self._gap = False
        self.in_vain = 0
        self._waiting_since = None
        self._wait_ms = self.resend_ms

    def take_ack(self, payload: bytes) -> bool:
        """Obey an ack of the board's own gateway; ignore and count every other.

        Returns:
            Whether the ack moved.
        """
        try:
            ack = json.loads(payload)
            gateway, stream, seq = ack["gateway"], ack["stream"], ack["seq"]
        except (ValueError, KeyError, TypeError):
            self.ignored_acks += 1
            return False
        ours = gateway == self.gateway and stream == self.ring.stream
        if not ours or not isinstance(seq, int) or isinstance(seq, bool) or seq > self.ring.newest:
            self.ignored_acks += 1
            return False
        if seq <= self.ring.acked:
            return False
        self.ring.free(seq)
        self._edges = max(self._edges, seq)
        self._history = max(self._history, seq)
        self._new = max(self._new, seq)
        # The gateway waits for seqs that were given up: a record must say where it goes on.
        self._gap = self.ring.oldest() > seq + 1
        self.in_vain = 0
        self._waiting_since = None
        self._wait_ms = self.resend_ms
        return True

    def tick(self, now_ms: int) -> bool:
        """Start again when the ack has stood still for too long.

        Returns:
            Whether it did.
        """
        if self.ring.held() == 0:
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now_ms
        elif now_ms - self._waiting_since >= self._wait_ms:
            self._edges = self._history = self.ring.acked
            self._history_end = self._new
            self._waiting_since = now_ms
            self._wait_ms = min(2 * self._wait_ms, _LONGEST_RESEND * self.resend_ms)
            self.resends += 1
            self.in_vain += 1
            return True
        return False

    def urgent(self) -> bool:
        """Whether an alarm edge waits to be sent."""
        return self.ring.alarms.after(self._edges) is not None

    def next(self) -> "tuple[str, dict[str, object]] | None":
        """The noun and payload of the next message, or None when all is sent that may be."""
        ring = self.ring
        edge = ring.alarms.after(self._edges)
        if edge is not None:
            self._edges = edge.seq
            return self._message(edge)
        if self._gap:
            self._gap = False
            following = ring.after(ring.oldest() - 1)
            if following is not None and following[1] is not None:
                return self._message(following[1], kept=following[1].seq < ring.newest)
        return self._next_new() or self._next_old()

    def _next_new(self) -> "tuple[str, dict[str, object]] | None":
        """The next message of what came since the connection began."""
        while self._new - max(self.ring.acked, self._began) < self.window:
            following = self.ring.after(self._new)
            if following is None:
                break
            self._new, item = following
            if item is None or item.alarm is None:
                return self._message(item, self._new, self._new < self.ring.newest)
        return None

    def _next_old(self) -> "tuple[str, dict[str, object]] | None":
        """The next message of history, or of what is sent again."""
        end = min(self._history_end, self.ring.acked + self.window)
        while self._history < end:
            following = self.ring.after(self._history)
            if following is None or following[0] > self._history_end:
                break
            self._history, item = following
            if item is None or item.alarm is None:
                return self._message(item, self._history, True)
        return None

    def _message(
        self, item: "Record | None", seq: int = 0, kept: bool = False
    ) -> "tuple[str, dict[str, object]]":
        """A record's message; a sample that was kept says so."""
        if item is None:
            return wire.lost(self.ring.stream, seq)
        noun, payload = wire.message(self.ring.stream, self.ring.oldest(), item)
        if item.alarm is None and kept:
            payload["hist"] = 1
        return noun, payload
