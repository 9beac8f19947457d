"""Is the alarm journal as it was written? The checks behind `hinoban verify alarms`."""

from typing import Final

from gateway.historian.chain import Chained, Link
from gateway.historian.errors import JournalError
from gateway.historian.reader import Reader

_PAGE: Final = 5_000
_MOST: Final = 20


class ChainCheck:
    """Follows the chain from its beginning.

    Args:
        reader: Of a journal, which may be in use.
        seen: An end that somebody noted earlier; it must lie on the chain.

    Attributes:
        problems: One sentence each; empty when all is well.
        events: How many there are.
        end: Where the chain ends.
        since: The last event that was there before the chain began.
    """

    def __init__(self, reader: Reader, seen: Link | None = None) -> None:
        self.problems: list[str] = []
        self.events = 0
        self.end = Link()
        self._row = 0
        # The end before the events: what is committed meanwhile may only add to it.
        told, self.since = reader.chain_link("end"), reader.chain_link("since")
        self._noted = [("the journal itself", told), ("the journal itself", self.since)]
        if seen is not None:
            self._noted.append(("somebody", seen))
        try:
            while page := reader.chained_alarms(self.end.id, _PAGE):
                for row in page:
                    self._take(row)
        except JournalError as error:
            self.problems.append(str(error))
            return
        self._look_at_end()

    def _take(self, row: Chained) -> None:
        before = self.end
        if row.id != before.id + 1:
            missing = _numbers(before.id + 1, row.id - 1)
            late = "" if row.id > self.since.id else "; it was so when the chain began"
            self._say(f"alarm event {missing} is missing{late}")
        if row.n < self._row:
            self._say(f"alarm event {row.id} stands in row {row.n}, before the one it follows")
        self._row = row.n
        self.events += 1
        made = before.next(row.id, row.n, row.at_us, row.text)
        if made.digest != row.digest:
            self._say(
                f"alarm event {row.id} is not what was written, or does not follow number "
                f"{before.id}: its digest is {_short(row.digest)}, the chain's {made.digest.hex()}"
            )
        # What stands on disk is followed, so that one alteration is one problem.
        self.end = Link(row.id, row.digest or made.digest)
        for who, link in self._noted:
            if row.id == link.id and self.end != link:
                self._say(
                    f"alarm event {row.id} has the digest {_short(row.digest)}, but {who} noted "
                    f"{link.digest.hex()}"
                )

    def _look_at_end(self) -> None:
        for who, link in self._noted:
            if link.id > self.end.id:
                missing = _numbers(self.end.id + 1, link.id)
                self._say(f"alarm event {missing} is missing: {who} noted {link.id} as the end")

    def _say(self, problem: str) -> None:
        if len(self.problems) < _MOST:
            self.problems.append(problem)
        elif len(self.problems) == _MOST:
            self.problems.append("… and more")


def _numbers(first: int, last: int) -> str:
    return f"{first}" if first >= last else f"{first}–{last}"


def _short(digest: bytes | None) -> str:
    return "missing" if digest is None else digest.hex()
