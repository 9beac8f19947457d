"""Commands to a board: what may be asked, the text its key signs, and the number that only rises.

The key never leaves the gateway and the board. A command counts once: its number is on disk before
it is sent, and the board keeps the highest it obeyed.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from agent.errors import NotAllowedError

KIND: Final = "command"
"""The kind of this room's rows in the journal's state tables."""

Argument = int | str | None

VALID_MS: Final = 120_000
"""How long after its making a command may still be obeyed, on the board's own uptime [ms]."""

MOST_SILENCE_MIN: Final = 240


@dataclass(frozen=True, slots=True)
class Given:
    """An argument of a command: its name and the least and most it may be."""

    name: str
    least: int
    most: int
    optional: bool = False


OPS: Final[Mapping[str, tuple[Given, ...]]] = {
    "silence": (Given("minutes", 1, MOST_SILENCE_MIN),),
    "test": (),
    "reset_latch": (),
    "limits": (Given("temp_degc", 30, 80, True), Given("co_ppm", 50, 20_000, True)),
    "interval": (Given("report_s", 1, 86_400),),
    "reboot": (),
}
"""What a person may ask of a board; the board holds each against the site's own bounds."""

UPDATE: Final = "update"
"""The op that a release is ordered with; its arguments are made of the release, not by people."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was ordered of one board: the highest number, and the release it is to have."""

    n: int = 0
    release: str | None = None


class CommandBook:
    """Numbers of commands by board, and which release each was told to fetch. Pure."""

    def __init__(self) -> None:
        self._boards: dict[str, Ledger] = {}
        self._dirty: set[str] = set()

    def next(self, board: str, obeyed: int, release: str | None) -> int:
        """The number of a new command; it is spent, whatever becomes of the command.

        Args:
            board: Who is told.
            obeyed: The highest number the board says it obeyed, for a gateway that lost its disk.
            release: Digest of the release it is told to fetch, None for other commands.
        """
        known = self._boards.get(board, Ledger())
        n = max(known.n, obeyed) + 1
        known = replace(known, n=n)
        self._boards[board] = known if release is None else replace(known, release=release)
        self._dirty.add(board)
        return n

    def release(self, board: str) -> str | None:
        """Digest of the release a board was told to fetch last; None where it never was."""
        return self._boards.get(board, Ledger()).release

    def restore(self, rows: Mapping[str, str]) -> None:
        """Start from the rows on disk, forgetting all that was not committed."""
        self._boards = {}
        for board, text in rows.items():
            n, release = json.loads(text)
            self._boards[board] = Ledger(n, release)
        self._dirty = set()

    def dirty(self) -> dict[str, str]:
        """Rows changed since the last call."""
        changed, self._dirty = self._dirty, set()
        known = {board: self._boards[board] for board in sorted(changed)}
        return {board: json.dumps([one.n, one.release]) for board, one in known.items()}


def check(op: str, args: Sequence[Argument]) -> None:
    """Whether a command can be asked at all.

    Raises:
        NotAllowedError: There is no such command, or an argument cannot be.
    """
    if op not in OPS:
        raise NotAllowedError(f"no board knows the command {op!r}; use one of {', '.join(OPS)}")
    wanted = OPS[op]
    names = ", ".join(given.name for given in wanted) or "nothing"
    if len(args) != len(wanted):
        raise NotAllowedError(f"{op} takes {names}; {len(args)} values were given")
    for given, value in zip(wanted, args, strict=True):
        if value is None and given.optional:
            continue
        if type(value) is not int or not given.least <= value <= given.most:
            raise NotAllowedError(
                f"{op}: {given.name} is {value!r}; give a whole number from {given.least} to "
                f"{given.most}"
            )
    if wanted and all(value is None for value in args):
        raise NotAllowedError(f"{op}: give at least one of {names}")


def canonical(
    site: str, board: str, n: int, op: str, args: Sequence[Argument], boot: int, exp_up_ms: int
) -> bytes:
    """The text that is signed: it binds a command to one boot of one board, and to an end."""
    told = [site, board, n, op, list(args), boot, exp_up_ms]
    return json.dumps(told, separators=(",", ":")).encode()


def encode(
    key: bytes,
    site: str,
    board: str,
    n: int,
    op: str,
    args: Sequence[Argument],
    boot: int,
    exp_up_ms: int,
) -> bytes:
    """A signed command.

    Args:
        key: The board's command key.
        site: Id of the site.
        board: Who is told.
        n: Its number.
        op: What to do.
        args: With what.
        boot: The boot of the board for which it holds.
        exp_up_ms: The board's uptime after which it is void [ms].
    """
    text = canonical(site, board, n, op, args, boot, exp_up_ms)
    mac = hmac.new(key, text, hashlib.sha256).hexdigest()
    told = {"n": n, "op": op, "args": list(args), "exp_up_ms": exp_up_ms, "mac": mac}
    return json.dumps(told, separators=(",", ":")).encode()
