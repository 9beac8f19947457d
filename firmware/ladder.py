"""What to do when the broker stays silent: try again, restart the network, reset, hold.

| rung | when | what |
|---|---|---|
| reconnect | at once and always | after a back-off that doubles, with jitter |
| restart the network | silent for `restart_network_s`, and again each time as long | |
| reset the board | silent for `reset_s` | never while a local alarm stands |
| hold | two resets brought no connection | as before, without resets |

Resets without a connection between them are counted in flash: a site whose network is simply away
must not reset its boards for ever.
"""

import os

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

RECONNECT, RESTART_NETWORK, RESET = "reconnect", "restart_network", "reset"

_FIRST_BACK_OFF_MS = 500
_LONGEST_BACK_OFF_MS = 60000
_STOOD_MS = 5000
_MOST_RESETS = 2
_BOUNDS = {"restart_network_s": (10, 86400), "reset_s": (60, 604800)}
_DEFAULTS = {"restart_network_s": 300, "reset_s": 1800}


class Ladder:
    """Which rung is due.

    Args:
        section: The config's ``net``.
        directory: Where the resets are counted.
        now_ms: Monotonic time [ms].
        random: Gives random bytes.
    """

    def __init__(
        self,
        section: "dict[str, object]",
        directory: str,
        now_ms: "Callable[[], int]",
        random: "Callable[[int], bytes]" = os.urandom,
    ) -> None:
        limits = dict(_DEFAULTS)
        for key, default in _DEFAULTS.items():
            limits[key] = int(float(str(section.get(key, default))))
        self._restart_ms = 1000 * limits["restart_network_s"]
        self._reset_ms = 1000 * limits["reset_s"]
        self._path = directory + "/resets"
        self._now_ms = now_ms
        self._random = random
        kept = files.read_sealed(self._path)
        self.resets = kept if isinstance(kept, int) else 0
        self.reconnects = 0
        self.network_restarts = 0
        self._back_off_ms = _FIRST_BACK_OFF_MS
        self._silent_since_ms = self._restarted_ms = now_ms()
        self._connected_ms: "int | None" = None

    def holding(self) -> bool:
        """Whether resets have not helped, so that none is made."""
        return self.resets >= _MOST_RESETS

    def heard(self) -> None:
        """The broker confirmed something: a connection stands."""
        now_ms = self._now_ms()
        if self._connected_ms is None:
            self._connected_ms = now_ms
        if now_ms - self._connected_ms >= _STOOD_MS:
            self._back_off_ms = _FIRST_BACK_OFF_MS
        self._silent_since_ms = self._restarted_ms = now_ms
        if self.resets:
            self._count(0)

    def failed(self, alarm: bool) -> "tuple[str, int]":
        """The connection ended or did not come about.

        Args:
            alarm: A local alarm stands, so that the board must not be reset.

        Returns:
            The rung, and how long to wait before the next attempt [ms].
        """
        now_ms = self._now_ms()
        self._connected_ms = None
        wait_ms = self._back_off_ms
        wait_ms += wait_ms * self._random(1)[0] // 512  # up to half as long again
        self._back_off_ms = min(_LONGEST_BACK_OFF_MS, 2 * self._back_off_ms)
        if now_ms - self._silent_since_ms >= self._reset_ms and not alarm and not self.holding():
            self._count(self.resets + 1)
            self._silent_since_ms = now_ms  # a board that cannot reset must not spin
            return RESET, wait_ms
        if now_ms - self._restarted_ms >= self._restart_ms:
            self._restarted_ms = now_ms
            self.network_restarts += 1
            return RESTART_NETWORK, wait_ms
        self.reconnects += 1
        return RECONNECT, wait_ms

    def state(self) -> "dict[str, object]":
        """What the board's state says of its network."""
        return {
            "reconnects": self.reconnects,
            "network_restarts": self.network_restarts,
            "resets": self.resets,
            "hold": self.holding(),
        }

    def _count(self, resets: int) -> None:
        """Keep how many resets brought no connection."""
        self.resets = resets
        try:
            files.write_sealed(self._path, resets)
        except OSError:
            self.resets = _MOST_RESETS if resets else 0  # uncounted resets would never end


def wrong(section: "dict[str, object]") -> "list[str]":
    """What is wrong with the config's section ``net``, in words."""
    found = []
    for key, value in section.items():
        if key == "dns":
            servers = value if isinstance(value, list) else [None]
            if not all(isinstance(server, str) and server for server in servers):
                found.append("net.dns is %r; give a list of addresses" % (value,))
        elif key in _BOUNDS:
            low, high = _BOUNDS[key]
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not low <= float(str(value)) <= high:
                found.append("net.%s is %r; give a number from %s to %s" % (key, value, low, high))
        else:
            found.append("net.%s is no setting; take it out" % key)
    return found
