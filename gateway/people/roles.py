"""Roles, and what each may do."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a user is to the plant."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    VERIFIER = "verifier"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What a role may allow."""

    READ = "read"
    READ_RECIPE = "read fuel recipes"
    HANDLE_ALARMS = "acknowledge, shelve and reset alarms"
    TAKE_OUT_OF_SERVICE = "take alarms out of service"
    SWAP_METERS = "tell of the exchange of a meter"
    SILENCE_BOARDS = "silence, test and reset boards"
    COMMAND_BOARDS = "set, restart and update boards"
    TELL_LOTS = "tell of lots and silos"


BY_PERSONS: Final = {
    Action.HANDLE_ALARMS,
    Action.TAKE_OUT_OF_SERVICE,
    Action.SWAP_METERS,
    Action.SILENCE_BOARDS,
    Action.COMMAND_BOARDS,
    Action.TELL_LOTS,
}
"""What somebody answers for, so that no machine may do it."""


_ALLOWED: Final = {
    Role.VIEWER: {Action.READ},
    Role.OPERATOR: {
        Action.READ,
        Action.HANDLE_ALARMS,
        Action.SILENCE_BOARDS,
        Action.TELL_LOTS,
    },
    Role.ENGINEER: {
        Action.READ,
        Action.READ_RECIPE,
        Action.HANDLE_ALARMS,
        Action.TAKE_OUT_OF_SERVICE,
        Action.SWAP_METERS,
        Action.SILENCE_BOARDS,
        Action.COMMAND_BOARDS,
        Action.TELL_LOTS,
    },
    # A verifier sees everything and touches nothing.
    Role.VERIFIER: {Action.READ, Action.READ_RECIPE},
    Role.ADMINISTRATOR: set(Action),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks.

    Args:
        name: Of the user, or of the machine token.
        machine: A token's bearer: it may read, but it is nobody who could answer for an alarm,
            a meter or a board.
    """

    name: str
    role: Role
    machine: bool = False

    def may(self, action: Action) -> bool:
        """Whether the role, and being a person, allows it."""
        if self.machine and action in BY_PERSONS:
            return False
        return action in _ALLOWED[self.role]
