"""What is sent next, and which acknowledgement counts: the session's rules without a network."""

import json

import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ring import Ring


class Outbox:
    """Walks through the ring: alarm edges first, then everything in the order of seqs.

    Args:
        ring: The store.
        gateway: The one gateway whose acks count.
        resend_ms: Start again above the ack when it has not moved for so long [ms].
        window: How many samples may be sent beyond the ack; alarm edges are not limited.
    """

    def __init__(self, ring: "Ring", gateway: str, resend_ms: int, window: int) -> None:
        self.ring = ring
        self.gateway = gateway
        self.resend_ms = resend_ms
        self.window = window
        self.ignored_acks = 0
        self.resends = 0
        self._sent = ring.acked
        self._sent_alarm = ring.acked
        self._waiting_since: "int | None" = None

    def restart(self) -> None:
        """Send everything above the ack again, as after each connect."""
        self._sent = self._sent_alarm = self.ring.acked
        self._waiting_since = None

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
        self._sent = max(self._sent, seq)
        self._sent_alarm = max(self._sent_alarm, seq)
        self._waiting_since = None
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
        elif now_ms - self._waiting_since >= self.resend_ms:
            self.restart()
            self.resends += 1
            return True
        return False

    def next(self) -> "tuple[str, dict[str, object]] | None":
        """The noun and payload of the next message, or None when all is sent that may be."""
        ring = self.ring
        edge = ring.alarms.after(self._sent_alarm)
        if edge is not None:
            self._sent_alarm = edge.seq
            return wire.message(ring.stream, ring.oldest(), edge)
        while self._sent < ring.acked + self.window:
            following = ring.after(self._sent)
            if following is None:
                return None
            self._sent, item = following
            if item is None:
                return wire.lost(ring.stream, self._sent)
            if item.alarm is None:
                return wire.message(ring.stream, ring.oldest(), item)
        return None
