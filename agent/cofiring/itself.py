"""Something that is equal to itself only, so that what follows from it is remembered cheaply."""

from dataclasses import dataclass
from typing import Generic, TypeVar

_What = TypeVar("_What")


@dataclass(frozen=True, slots=True, eq=False)
class Itself(Generic[_What]):
    """A key that stands for one object, which need not be compared by its parts."""

    what: _What

    def __hash__(self) -> int:
        return id(self.what)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self.what is other.what
