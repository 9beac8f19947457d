"""`hinoban board update`: boards fetch a release from the running gateway, a few at a time."""

import time
from collections.abc import Sequence
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
    """Bring boards up to date: one first, then some at a time; stops at the first that fails."""
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
            failed = rollout.run(chosen[:1]) or rollout.run(chosen[1:], at_once)
    if failed:
        out.print(f"{failed} is not up to date; the boards after it were left alone", markup=False)
        raise typer.Exit(REFUSED_BY_BOARD)
    out.print(f"{len(chosen)} boards run {release}", markup=False)


class Rollout:
    """An update of some boards, watched until each is healthy.

    Args:
        session: The person's.
        orders: Board -> its release.
        comment: Their words.
        wait_s: How long a board may take [s].
    """

    def __init__(
        self,
        session: GatewaySession,
        orders: dict[str, Release],
        comment: str | None,
        wait_s: float,
    ) -> None:
        self._session = session
        self._orders = orders
        self._comment = comment
        self._wait_s = wait_s
        self._last: dict[str, str] = {}

    def run(self, boards: Sequence[str], at_once: int = 1) -> str | None:
        """Update boards; the first that fails, or None."""
        waiting = list(boards)
        running: dict[str, tuple[int, float]] = {}
        while waiting or running:
            while waiting and len(running) < at_once:
                one = waiting.pop(0)
                if (n := self._order(one)) is not None:
                    running[one] = (n, time.monotonic() + self._wait_s)
            views = {view["id"]: view["state"] for view in self._session.ask("GET", "boards")}
            for one, (n, deadline) in list(running.items()):
                healthy, failure = self._look(one, n, views[one])
                if failure is None and not healthy and time.monotonic() > deadline:
                    failure = f"not healthy after {self._wait_s:g} s"
                if failure is not None:
                    self._tell(one, failure)
                    return one
                if healthy:
                    self._tell(one, f"runs {self._orders[one].manifest.version} and is healthy")
                    del running[one]
            if running:
                time.sleep(_LOOK_S)
        return None

    def _order(self, board: str) -> int | None:
        """Order the release; None where the board has it already."""
        release = self._orders[board]
        state = self._session.ask("GET", f"boards/{board}")["state"]
        if state.get("number") == release.manifest.number and not state.get("trial"):
            self._tell(board, f"has {release.manifest.version} already")
            return None
        body = {"op": "update", "release": release.digest, "comment": self._comment}
        sent = self._session.ask("POST", f"boards/{board}/commands", body)
        self._tell(board, f"is told to fetch {release.name}")
        return int(sent["n"])

    def _look(self, board: str, n: int, state: dict[str, Any]) -> tuple[bool, str | None]:
        """Whether a board is healthy with its release, or why it never will be."""
        number = self._orders[board].manifest.number
        told: list[dict[str, Any]] = next(
            (one["answers"] for one in self._session.ask("GET", f"boards/{board}/commands")
             if one["n"] == n), [],
        )  # fmt: skip
        if refused := [answer for answer in told if not answer["ok"]]:
            return False, f"refuses: {refused[0]['why']}"
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
