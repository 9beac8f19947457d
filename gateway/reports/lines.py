"""Lines: where a text is broken so that no word is cut and no line begins with a full stop."""

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final

_CJK: Final = "\u2e80"
"""From here on characters stand without spaces between them."""

_TOGETHER: Final = "\u00a0"
"""No line ends before or after it."""

_CLOSING: Final = frozenset("、。，．,.：；:;！？!?）」』】〉》)]ー々％%")
_OPENING: Final = frozenset("（「『【〈《([")


def broken(text: str, room: float, width_of: Callable[[str], float]) -> str:
    """A text with line ends where it must be broken.

    Args:
        text: Of one paragraph.
        room: Width of a line.
        width_of: Width of a text, in the same unit.

    Returns:
        The text with line feeds; only a word wider than a line is cut.
    """
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if not line.strip() or width_of((line + word).rstrip()) <= room:
            line += word
        else:
            lines.append(line.rstrip())
            line = word.lstrip()
        while width_of(line.rstrip()) > room and len(line) > 1:
            widths = accumulate(width_of(one) for one in line)
            fits = max(1, sum(width <= room for width in widths))
            lines.append(line[:fits])
            line = line[fits:]
    return "\n".join([*lines, line.rstrip()])


def _words(text: str) -> Iterator[str]:
    """Pieces between which a line may end; spaces stay with the word before them."""
    word = ""
    for one in text:
        if word and _may_break(word[-1], one):
            yield word
            word = ""
        word += one
    if word:
        yield word


def _may_break(before: str, after: str) -> bool:
    if _TOGETHER in {before, after}:
        return False
    if after in _CLOSING or after == " " or before in _OPENING:
        return False
    return before == " " or before >= _CJK or after >= _CJK
