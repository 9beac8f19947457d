"""The files between yard and boards: readings out, horns back."""

import json
from pathlib import Path
from typing import Any

from simulators.shell import write_whole
from simulators.yard.sensors import Shown


class Feed:
    """The two files of one board.

    Args:
        folder: Where they lie: ``<board>.json`` and ``<board>.out``.
        board: Whose they are.
    """

    def __init__(self, folder: Path, board: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._readings = folder / f"{board}.json"
        self._horn = folder / f"{board}.out"
        # A board that outlives the yard must not take new readings for old ones.
        self._n = int(_load(self._readings).get("n", 0))
        self._last: tuple[int, str | None] = (0, None)

    def write(self, shown: Shown) -> None:
        """Give the board a new reading, in one step."""
        self._n += 1
        write_whole(self._readings, {"n": self._n, "v": shown.values, "bad": shown.bad})

    def horn_change(self) -> tuple[int, str | None] | None:
        """Horn (0 or 1) and its condition if either changed since the last call."""
        state = _load(self._horn)
        if "horn" not in state:
            return None
        now = (int(state["horn"]), state.get("condition"))
        if now == self._last:
            return None
        self._last = now
        return now


def _load(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # not written yet
    return loaded if isinstance(loaded, dict) else {}
