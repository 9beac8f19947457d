"""Postings: which board watched which store when its alarms were judged last."""

import json
from collections.abc import Sequence

from agent.alarms.book import AlarmBook
from agent.alarms.registry import Registry
from agent.alarms.silence import BoardDuty


class Postings:
    """Boards that were moved, found when the state of before is taken over.

    A container keeps its history and its alarms, wherever it stands and whatever watches it. A
    board keeps its own: how long it has been silent, when it was lost, its calibrations. What is
    about the board is about its new store from then on; and of that store nothing is known before
    the board has told of it, however good its last values under another board were.

    Args:
        duties: What each board owes.
        book: Where the alarms stand.
        registry: The points of the stores.
    """

    def __init__(self, duties: Sequence[BoardDuty], book: AlarmBook, registry: Registry) -> None:
        self._stores = {duty.board: duty.store or "" for duty in duties}
        self._book = book
        self._registry = registry
        self._posted: dict[str, str] = {}
        self._dirty: set[str] = set()

    def heard(self, board: str) -> None:
        """A board was heard where it is now."""
        if board not in self._posted and board in self._stores:
            self._post(board)

    def _post(self, board: str) -> None:
        self._posted[board] = self._stores[board]
        self._dirty.add(board)

    def restore(self, rows: dict[str, str]) -> None:
        """Take over board -> store; to be called after book and registry have theirs."""
        known = {board: text for board, text in rows.items() if board in self._stores}
        self._posted = {board: json.loads(text) for board, text in known.items()}
        self._dirty.clear()
        for board in [b for b, store in self._posted.items() if store != self._stores[b]]:
            self._moved(board, self._stores[board])
            self._post(board)

    def _moved(self, board: str, store: str) -> None:
        for alarm in self._book:
            if alarm.source == board and alarm.store != store:
                alarm.store = store or None
                self._book.changed(alarm.id)
        for judge in self._registry.of_store(store):
            judge.known = False
            self._registry.changed(self._registry.points[judge.point][1])

    def touch(self) -> None:
        """Everything counts as changed."""
        self._dirty.update(self._posted)

    def dirty(self) -> dict[str, str | None]:
        """Board -> store, as JSON text, of what changed since the last call."""
        rows: dict[str, str | None] = {b: json.dumps(self._posted[b]) for b in self._dirty}
        self._dirty.clear()
        return rows
