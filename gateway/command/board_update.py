"""`hinoban board update`: boards fetch a release from the running gateway, a few at a time."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.boards import shelf
from gateway.boards.keyring import Keyring
from gateway.boards.release import Release
from gateway.boards.settings import find_board
from gateway.command.board import Keys, keyring
from gateway.command.board_orders import REFUSED_BY_BOARD, Comment, Name
from gateway.command.session import GatewayError, GatewaySession, signed_in
from gateway.command.words import ConfigPath, Yes, out, plain_errors
from gateway.config_file import load_config

_LOOK_S: Final = 1.0


def board_update(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[BOARD]... RELEASE", help="Boards; then a file or a version."),
    ],
    config: ConfigPath,
    all_boards: Annotated[bool, typer.Option("--all", help="Every board of the site.")] = False,
    at_once: Annotated[
        int, typer.Option(min=1, max=20, help="Boards at a time, once the first is healthy.")
    ] = 4,
    wait_s: Annotated[
        float, typer.Option("--wait", help="How long a board may take until it is healthy [s].")
    ] = 1800.0,
    comment: Comment = None,
    name: Name = None,
    keys: Keys = None,
    yes: Yes = False,
) -> None:
    """Bring boards up to date: one first, then some at a time; ends at the first that fails."""
    with plain_errors():
        *boards, release = words
        if bool(boards) == all_boards:
            raise GatewayError("name boards before the release, or all of them with --all")
        site = load_config(config)
        chosen = [find_board(site, one).id for one in boards]
        chosen = chosen or [one.id for one in site.board]
        ring = keyring(site, keys)
        if release.endswith(".hbr") or "/" in release:
            given = shelf.load(Path(release))
            shelf.shelve(ring, given)
            release = given.manifest.version
        with signed_in(site.http, name) as session:
            views = {view["id"]: view for view in session.ask("GET", "boards")}
            orders = {one: _release_for(views[one], release, ring, one) for one in chosen}
            _show(orders, views)
            if not yes:
                typer.confirm("Update them?", abort=True)
            rollout = Rollout(session, orders, comment, wait_s)
            rollout.run(at_once)
    for line in rollout.summary():
        out.print(line, markup=False)
    if rollout.failed or rollout.untold:
        raise typer.Exit(REFUSED_BY_BOARD)


@dataclass(frozen=True, slots=True)
class _Begun:
    """An update that a board was told of: number and time of the order, and when patience ends."""

    n: int
    sent_utc: str
    deadline_s: float


class Rollout:
    """An update of some boards, watched until each is healthy.

    Args:
        session: The person's.
        orders: Board -> its release.
        comment: Their words.
        wait_s: How long a board may take [s].

    Attributes:
        healthy: Boards that run the release, those that did before included.
        failed: The board that ended it.
        untold: Boards that could not be told, which says nothing about the release.
    """

    def __init__(
        self,
        session: GatewaySession,
        orders: Mapping[str, Release],
        comment: str | None,
        wait_s: float,
    ) -> None:
        self._session = session
        self._orders = orders
        self._comment = comment
        self._wait_s = wait_s
        self._waiting = list(orders)
        self._begun: dict[str, _Begun] = {}
        self._last: dict[str, str] = {}
        self.healthy: list[str] = []
        self.failed: str | None = None
        self.untold: list[str] = []

    def run(self, at_once: int) -> None:
        """Update boards, one until the first is healthy and then some at a time.

        The first that fails ends it: boards that are told already go on by themselves.
        """
        proven = False
        while self._waiting or self._begun:
            while self._waiting and len(self._begun) < (at_once if proven else 1):
                self._order(self._waiting.pop(0))
            views = {view["id"]: view for view in self._session.ask("GET", "boards")}
            for board, begun in list(self._begun.items()):
                healthy, failure = self._look(board, begun, views[board])
                if failure is None and not healthy and time.monotonic() > begun.deadline_s:
                    failure = f"is not healthy after {self._wait_s:g} s"
                if failure is not None:
                    self._tell(board, failure)
                    del self._begun[board]
                    self.failed = board
                    return
                if healthy:
                    self._tell(board, f"runs {self._orders[board].manifest.version} and is healthy")
                    del self._begun[board]
                    self.healthy.append(board)
                    proven = True
            if self._begun:
                time.sleep(_LOOK_S)

    def summary(self) -> Iterator[str]:
        """How it ended, in words."""
        yield f"{len(self.healthy)} of {len(self._orders)} boards are up to date and healthy"
        if self.untold:
            yield f"could not be told: {', '.join(self.untold)}"
        if self.failed is not None:
            yield f"ended by {self.failed}"
        if self._begun:
            yield f"told and going on by themselves: {', '.join(self._begun)}"
        if self._waiting:
            yield f"left alone: {', '.join(self._waiting)}"

    def _order(self, board: str) -> None:
        """Order the release, unless the board has it already or cannot be told."""
        release = self._orders[board]
        body = {"op": "update", "release": release.digest, "comment": self._comment}
        try:
            state = self._session.ask("GET", f"boards/{board}")["state"]
            if state.get("number") == release.manifest.number and not state.get("trial"):
                self._tell(board, f"has {release.manifest.version} already")
                self.healthy.append(board)
                return
            sent = self._session.ask("POST", f"boards/{board}/commands", body)
        except GatewayError as err:
            self._tell(board, f"cannot be told: {err}")
            self.untold.append(board)
            return
        self._tell(board, f"is told to fetch {release.name}")
        deadline_s = time.monotonic() + self._wait_s
        self._begun[board] = _Begun(int(sent["n"]), sent["sent_utc"], deadline_s)

    def _look(self, board: str, begun: _Begun, view: Mapping[str, Any]) -> tuple[bool, str | None]:
        """Whether a board is healthy with its release, or why it never will be."""
        number, state = self._orders[board].manifest.number, view["state"]
        told: list[dict[str, Any]] = next(
            (one["answers"] for one in self._session.ask("GET", f"boards/{board}/commands")
             if one["n"] == begun.n), [],
        )  # fmt: skip
        if refused := [answer for answer in told if not answer["ok"]]:
            return False, f"refuses: {refused[0]['why']}"
        if not _later(view["told_utc"], begun.sent_utc):
            return False, None  # what it said before may be about an earlier attempt
        failed = state.get("failed")
        if isinstance(failed, list) and failed[:1] == [number] and not state.get("trial"):
            return False, f"went back to {state.get('release')}: {failed[-1]}"
        if state.get("number") == number:
            if not state.get("trial"):
                return True, None
            self._tell(board, f"runs {state.get('release')} on trial")
        elif isinstance(state.get("update"), str):
            self._tell(board, str(state["update"]))
        return False, None

    def _tell(self, board: str, words: str) -> None:
        if self._last.get(board) != words:
            self._last[board] = words
            out.print(f"{board} {words}", markup=False)


def _later(told_utc: str | None, sent_utc: str) -> bool:
    """Whether a board spoke after it was told."""
    return told_utc is not None and datetime.fromisoformat(told_utc) > datetime.fromisoformat(
        sent_utc
    )


def _release_for(view: dict[str, Any], name: str, ring: Keyring, board: str) -> Release:
    port = view["state"].get("port")
    if not isinstance(port, str):
        raise GatewayError(
            f"{board} has not said what it runs on; update it once it is heard, or over its cable"
        )
    return shelf.choose(ring, name, port, board)


def _show(orders: dict[str, Release], views: dict[str, dict[str, Any]]) -> None:
    for board, release in orders.items():
        state = views[board]["state"]
        out.print(
            f"{board}: {state.get('release') or 'unknown'} -> {release.manifest.version} "
            f"({release.manifest.port}, {len(release.packed):,} bytes)",
            markup=False,
        )
