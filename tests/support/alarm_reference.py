"""What alarms should do, told a second time and otherwise: by four yes-or-no facts an alarm.

Nothing here knows the engine's tables. `up`: the condition stands. `owed`: somebody still has to
see it. `locked`: it waits for a reset. `quiet`: it rose under a cause and nobody was ever shown it.
"""

from dataclasses import dataclass, field

RANKS = {"fire": 0, "process": 1, "system": 2, "fault": 3, "advisory": 4}


@dataclass
class Facts:
    """One alarm."""

    klass: str
    locks: bool
    up: bool = False
    owed: bool = False
    locked: bool = False
    quiet: bool = False
    seen_s: float | None = None
    shelf: tuple[float, float] | None = None  # since, for how long [s]
    asked_s: float | None = None  # since when a second person may agree to a shelf
    out: bool = False
    causes: set[str] = field(default_factory=set)

    @property
    def word(self) -> str:
        """Its state, in the engine's words."""
        if self.up:
            return "unacknowledged" if self.owed else "acknowledged"
        if not self.there:
            return "normal"
        if self.locked:
            return "latched_" + ("unacknowledged" if self.owed else "acknowledged")
        return "returned_unacknowledged"

    @property
    def there(self) -> bool:
        """Whether it is not normal."""
        return self.up or self.owed or self.locked

    @property
    def seen_as(self) -> str:
        """How visible it is."""
        if self.out:
            return "out_of_service"
        if self.causes and self.klass != "fire":
            return "suppressed"
        return "shown" if self.shelf is None else "shelved"

    @property
    def in_reach(self) -> bool:
        """Whether a person may acknowledge or reset it."""
        return self.seen_as in {"shown", "suppressed"}

    def rises(self) -> None:
        """Its condition stands."""
        if self.up:
            return
        if not self.there:
            self.quiet = self.seen_as == "suppressed"
        self.up = self.owed = True
        self.locked = self.locks
        self.seen_s = None

    def falls(self) -> None:
        """Its condition is over."""
        if self.up and self.quiet and not self.locks:
            self.owed = False
        self.up, self.seen_s = False, None
        self.locked = self.locked and self.there

    def acknowledge(self, now_s: float) -> bool:
        """Whether a person may; then it is seen."""
        if not self.there or not self.in_reach:
            return False
        if self.owed:
            self.owed = False
            self.seen_s = now_s if self.up else None
        return True

    def reset(self) -> bool:
        """Whether a person may; then it is normal."""
        allowed = self.locked and not self.up and not self.owed and self.in_reach
        if allowed:
            self.locked = False
        return allowed

    def uncover(self) -> None:
        """Something that hid it is gone."""
        if not self.causes:
            self.quiet = False

    def remind(self) -> None:
        """It was acknowledged long ago and stands."""
        self.owed, self.seen_s = True, None

    def becomes(self, klass: str, *, locks: bool) -> None:
        """Its condition has another class now."""
        if not self.up or klass == self.klass:
            return
        worse = RANKS[klass] < RANKS[self.klass]
        if not worse and self.owed:
            return
        self.klass, self.locks, self.locked = klass, locks, locks
        if klass == "fire":
            self.quiet = False
        if worse:
            self.remind()
