"""Lots as the API shows them, and what the API needs of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from agent.cofiring.burn_first import Risk
from gateway.http.moments import Moment, named


@dataclass(frozen=True, slots=True)
class VersionView:
    """A lot or an event as somebody told it.

    Args:
        kind: "lot", "filling", "discharge", "empty" or "moisture".
        person: Who told it; the lots file's name for a lot that stands there.
        body: Its fields; None where it was withdrawn.
        recorded_us: Since when it is known; None for the lots file.
    """

    kind: str
    id: str
    person: str
    source: str
    body: Mapping[str, Any] | None
    recorded_us: Annotated[Moment | None, named("recorded_utc")] = None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What an import says anew.

    Args:
        what: "new" or "changed".
        fields: By name, the value before and the value told.
    """

    kind: str
    id: str
    what: str
    fields: Mapping[str, tuple[Any, Any]]
    restates_from_us: Annotated[Moment | None, named("restates_from_utc")]
    restates_to_us: Annotated[Moment | None, named("restates_to_utc")]


@dataclass(frozen=True, slots=True)
class ImportView:
    """What became of an import.

    Args:
        changes: What is good and new.
        same: How many are known already.
        problems: What cannot be, each with its remedy.
        kept: How many were kept; 0 for a dry run.
    """

    changes: tuple[ChangeView, ...]
    same: int
    problems: tuple[str, ...]
    kept: int


@dataclass(frozen=True, slots=True)
class TurnView:
    """A store in the order of burning.

    Args:
        place: From 1; None for one that is to be handled before anything is moved.
        age_days: Since it was loaded; None where nobody told.
        risk: "handle", "warning", "unwatched" or "watched".
        why: The store's status as its alarms give it.
    """

    place: int | None
    store: str
    fuel: str
    lot: str
    age_days: float | None
    risk: Risk
    why: str


class Lots(Protocol):
    """What was delivered, what stands where, and what people tell of it."""

    async def versions(self, as_of_us: int | None) -> Sequence[VersionView]:
        """Every lot and event that counts, as it was known then; None for now."""
        ...

    async def history(self, kind: str, key: str) -> Sequence[VersionView]:
        """Every version of one lot or event, the oldest first."""
        ...

    async def take(
        self,
        documents: Mapping[str, Sequence[Mapping[str, Any]]],
        person: str,
        *,
        dry_run: bool,
        accept_good: bool,
    ) -> ImportView:
        """Check what a person tells, and keep it; return once it is on disk.

        Args:
            documents: Kind -> lots or events, in the fields of a lots file.
            person: Who tells it.
            dry_run: Only show what would change.
            accept_good: Keep what is good though the rest is not.
        """
        ...

    async def silos(self) -> Sequence[Mapping[str, Any]]:
        """What each traced silo holds."""
        ...

    async def quality(self) -> Sequence[Mapping[str, Any]]:
        """Grades and classes of waste-derived fuels."""
        ...

    async def burn_first(self) -> Sequence[TurnView]:
        """The order in which stores are to be burnt."""
        ...
