"""What the board says about itself: parts register what they know, the session publishes it."""

import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class State:
    """The `state` message's further keys, asked of their owners when it is built."""

    def __init__(self) -> None:
        self.changed = False  # something worth telling before the next beat
        self._providers: "list[Callable[[], dict[str, object]]]" = []

    def add(self, provider: "Callable[[], dict[str, object]]") -> None:
        """Let a part tell its keys; the order of adding is the order of importance."""
        self._providers.append(provider)

    def touch(self) -> None:
        """Ask for a state message soon."""
        self.changed = True

    def extend(self, base: "dict[str, object]") -> "dict[str, object]":
        """A state message: the base, and every provider's keys as far as one message holds.

        Args:
            base: The keys of the session itself; they always go.

        Returns:
            ``base`` with the further keys. Where they did not fit, ``left_out`` counts them.
        """
        self.changed = False
        left_out = 0
        room = wire.MAX_BYTES - len(wire.encode(base)) - len(',"left_out":99')
        for provider in self._providers:
            for key, value in provider().items():
                size = len(wire.encode({key: value})) - 1
                if size > room:
                    left_out += 1
                else:
                    room -= size
                    base[key] = value
        if left_out:
            base["left_out"] = left_out
        return base
