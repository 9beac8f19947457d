"""What to do when the broker stays silent: try again, restart the network, reset, hold.

| rung | when | what |
|---|---|---|
| reconnect | at once and always | after a back-off that doubles, with jitter |
| restart the network | silent for `restart_network_s`, and again each time as long | |
| reset the board | silent for `reset_s` | never while a local alarm stands |
| hold | two resets brought no connection | as before, without resets |

Resets without a connection between them are counted in flash: a site whose network is simply away
must not reset its boards for ever. A ladder lives from one connection to the next.
"""

import os

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from session import Session

RECONNECT, RESTART_NETWORK, RESET = "reconnects", "network_restarts", "resets"

_DATE_WORDS = ("expired", "future", "not yet valid")

_FIRST_BACK_OFF_MS = 500
_LONGEST_BACK_OFF_MS = 60000
_MOST_RESETS = 2
_BOUNDS = {"restart_network_s": (10, 86400), "reset_s": (60, 604800)}


class Ladder:
    """Which rung is due.

    Args:
        section: The config's ``net``.
        directory: Where the resets are counted.
        now_ms: Monotonic time [ms].
        silent_since_ms: When the broker last confirmed anything [ms].
        counts: Counts of the rungs by name, as the state tells them; filled in.
        random: Gives random bytes.
    """

    def __init__(
        self,
        section: "dict[str, object]",
        directory: str,
        now_ms: "Callable[[], int]",
        silent_since_ms: int,
        counts: "dict[str, object]",
        random: "Callable[[int], bytes]" = os.urandom,
    ) -> None:
        self._restart_ms = int(1000 * float(str(section.get("restart_network_s", 300))))
        self._reset_ms = int(1000 * float(str(section.get("reset_s", 1800))))
        self._path = directory + "/resets"
        self._now_ms = now_ms
        self._random = random
        self._counts = counts
        self._back_off_ms = _FIRST_BACK_OFF_MS
        self._silent_since_ms = self._restarted_ms = silent_since_ms
        kept = files.read_sealed(self._path)
        self._resets = kept if isinstance(kept, int) else 0
        counts[RESET] = self._resets
        counts["hold"] = self.holding()

    def marks(self) -> "tuple[int, int, int]":
        """Where it stands, for `go_on`: a ladder leaves the heap between two attempts."""
        return self._back_off_ms, self._silent_since_ms, self._restarted_ms

    def go_on(self, marks: "tuple[int, int, int]") -> None:
        """Go on where another one stood."""
        self._back_off_ms, self._silent_since_ms, self._restarted_ms = marks

    def holding(self) -> bool:
        """Whether resets have not helped, so that none is made."""
        return self._resets >= _MOST_RESETS

    def over(self) -> None:
        """A connection stands: the silence is over."""
        if self._resets:
            self._count(0)

    def failed(self, alarm: bool) -> "tuple[str, int]":
        """The connection ended or did not come about.

        Args:
            alarm: A local alarm stands, so that the board must not be reset.

        Returns:
            The rung, and how long to wait before the next attempt [ms].
        """
        now_ms = self._now_ms()
        wait_ms = self._back_off_ms
        wait_ms += wait_ms * self._random(1)[0] // 512  # up to half as long again
        self._back_off_ms = min(_LONGEST_BACK_OFF_MS, 2 * self._back_off_ms)
        rung = RECONNECT
        if now_ms - self._silent_since_ms >= self._reset_ms and not alarm and not self.holding():
            rung = RESET
            self._count(self._resets + 1)
            self._silent_since_ms = now_ms  # a board that cannot reset must not spin
        elif now_ms - self._restarted_ms >= self._restart_ms:
            rung = RESTART_NETWORK
            self._restarted_ms = now_ms
        if rung != RESET:
            self._counts[rung] = int(str(self._counts.get(rung, 0))) + 1
        return rung, wait_ms

    def _count(self, resets: int) -> None:
        """Keep how many resets brought no connection."""
        self._resets = resets
        try:
            files.write_sealed(self._path, resets)
        except OSError:
            self._resets = _MOST_RESETS if resets else 0  # uncounted resets would never end
        self._counts[RESET] = self._resets
        self._counts["hold"] = self.holding()


def of(talk: "Session") -> Ladder:
    """The ladder from the last connection to the next, where it stood."""
    settings = talk.settings
    section, since_ms = talk.section("net"), talk.client.acked_ms or 0
    ladder = Ladder(section, str(settings["ring"]), talk.now_ms, since_ms, talk.net)
    if talk.rungs is not None:
        ladder.go_on(talk.rungs)
    return ladder


def recover(talk: "Session", error: "Exception | None") -> int:
    """Do what the ladder says after a connection ended or failed; returns how long to wait [ms]."""
    if talk.clock is not None and any(word in str(error) for word in _DATE_WORDS):
        import clockwork

        clockwork.distrust(talk.clock)
    ladder = of(talk)
    rung, wait_ms = ladder.failed(talk.alarm())
    talk.rungs = ladder.marks()
    if rung == RESET:
        talk.say("the broker has been silent for too long; the board starts anew")
        talk.board.reset()
    elif rung == RESTART_NETWORK:
        talk.say("the broker is silent; the network starts anew")
        talk.board.restart_network()
    return wait_ms


def wrong(section: "dict[str, object]") -> "list[str]":
    """What is wrong with the config's section ``net``, in words."""
    found = []
    for key, value in section.items():
        if key == "dns":
            servers = value if isinstance(value, list) else [None]
            if not all(isinstance(server, str) and server for server in servers):
                found.append("dns is %r; give a list of addresses" % (value,))
        elif key in _BOUNDS:
            low, high = _BOUNDS[key]
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not low <= float(str(value)) <= high:
                found.append("%s is %r; give a number from %s to %s" % (key, value, low, high))
        else:
            found.append("%s is no setting; take it out" % key)
    return found
