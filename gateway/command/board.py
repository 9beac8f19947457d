"""`hinoban board`: boards are made, written, listed; `board_orders` holds what they are told."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.boards import identity
from gateway.boards.keyring import CA_CERTIFICATE, Keyring
from gateway.boards.settings import board_settings, find_board, judged
from gateway.clock import Clock, SystemTime
from gateway.command.board_site import add_board
from gateway.command.session import signed_in
from gateway.command.words import (
    ConfigPath,
    Json,
    Yes,
    out,
    plain_errors,
    print_table,
    say_line,
)
from gateway.config import Config
from gateway.config_file import load_config

board_app = typer.Typer(no_args_is_help=True, help="Make, write, list, update and command boards.")

BoardName = Annotated[str, typer.Argument(help="The board's id.")]
Keys = Annotated[
    Path | None, typer.Option(help="Folder of the keys; that of the site's file where left out.")
]


@board_app.command("ca")
def board_ca(config: ConfigPath, keys: Keys = None) -> None:
    """Make the site's authority, once: every board, the broker and the gateway are known by it."""
    with plain_errors():
        site = load_config(config)
        _make_authority(keyring(site, keys), site)


@board_app.command("new")
def board_new(
    board: BoardName,
    config: ConfigPath,
    store: Annotated[
        str | None, typer.Option(help="The store it watches; adds it to the site's file.")
    ] = None,
    report_s: Annotated[float, typer.Option(help="Seconds between its reports.")] = 60.0,
    values: Annotated[
        str, typer.Option(help="What it measures, where it is added.")
    ] = "temp_1_degc,temp_2_degc,co_ppm",
    keys: Keys = None,
) -> None:
    """Make a board's identity: key, certificate, command key and config.json."""
    with plain_errors():
        site = load_config(config)
        if store is not None:
            site = add_board(config, site, board, store, report_s, values.split(","))
        ring = keyring(site, keys)
        now = present(site)
        # Judged first: nothing is made of a board that could not be written.
        judged(board_settings(site, find_board(site, board), now))
        if not ring.has(CA_CERTIFICATE):
            _make_authority(ring, site)
        made = identity.make_identity(ring, board, now)
    ends = made.certificate.not_valid_after_utc
    out.print(f"{board} has its papers, until {ends:%Y-%m-%d}. Write them to the board with:")
    out.print(f"  hinoban board flash {board} --port /dev/ttyUSB0 --config {config}", markup=False)


@board_app.command("renew")
def board_renew(board: BoardName, config: ConfigPath, keys: Keys = None, yes: Yes = False) -> None:
    """Give a board a new key and certificate; they hold once they are written to it."""
    with plain_errors():
        site = load_config(config)
        ring = keyring(site, keys)
        find_board(site, board)
        identity.command_key(ring, board)
        if not yes:
            typer.confirm(f"Make a new key for {board}? It must then be written to it", abort=True)
        made = identity.renew_identity(ring, board, present(site))
    ends = made.certificate.not_valid_after_utc
    out.print(f"{board} has new papers, until {ends:%Y-%m-%d}. Until they are written to it with")
    out.print(f"`hinoban board flash {board}` it goes on with its old ones.", markup=False)


@board_app.command("list")
def board_list(
    config: ConfigPath,
    papers: Annotated[
        bool, typer.Option("--papers", help="Certificates only; the gateway is not asked.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="Yours, as you sign in; asked for if left out.")
    ] = None,
    keys: Keys = None,
    as_json: Json = False,
) -> None:
    """Every board: its certificate, and what the running gateway heard of it."""
    with plain_errors():
        site = load_config(config)
        found = {
            paper.owner: paper for paper in identity.papers(keyring(site, keys), present(site))
        }
        heard: Mapping[str, Any] = {}
        if not papers:
            with signed_in(site.http, name) as session:
                heard = {view["id"]: view for view in session.ask("GET", "boards")}
    owners = [board.id for board in site.board]
    others = [owner for owner in found if owner not in owners]
    rows = [_row(owner, found.get(owner), heard.get(owner)) for owner in (*others, *owners)]
    if as_json:
        say_line(json.dumps(rows))
        return
    _print(rows, with_heard=not papers)
    for paper in found.values():
        if paper.ends_soon:
            word = "has ended" if paper.days_left < 0 else f"ends in {paper.days_left} days"
            out.print(f"The certificate of {paper.owner} {word}: {paper.renewal}", style="bold red")


def keyring(site: Config, keys: Path | None) -> Keyring:
    """The site's keys, or those of a folder that was named instead."""
    return Keyring(keys or site.keyring())


def present(site: Config) -> datetime:
    """What this machine's clock says."""
    now = Clock(SystemTime(site.clock.synchronised_by)).now()
    return datetime.fromtimestamp(now.utc_us / 1e6, UTC)


def _make_authority(ring: Keyring, site: Config) -> None:
    made = identity.make_authority(ring, site.site.id, present(site))
    ends = made.certificate.not_valid_after_utc
    out.print(f"Made the authority of {site.site.id} in {ring.directory}, until {ends:%Y-%m-%d}.")
    out.print("Keep a copy of ca.key where only you can get it: without it no board can be made.")


def _row(owner: str, paper: identity.Paper | None, heard: Any) -> dict[str, Any]:
    state = heard["state"] if heard else {}
    dues = [sensor.get("due") for sensor in (heard or {}).get("sensors", {}).values()]
    return {
        "id": owner,
        "certificate_ends_utc": None if paper is None else paper.ends_utc.isoformat(),
        "certificate_days_left": None if paper is None else paper.days_left,
        "online": heard["online"] if heard else None,
        "heard_utc": heard["heard_utc"] if heard else None,
        "release": (heard and heard["release"]) or state.get("firmware"),
        "slot": heard and heard["slot"],
        "trial": heard and heard["trial"],
        "status": heard and heard["status"],
        "calibration_due": min((due for due in dues if isinstance(due, str)), default=None),
    }


def _print(rows: list[dict[str, Any]], *, with_heard: bool) -> None:
    table = Table(title="Boards", title_justify="left")
    for heading in ("id", "certificate ends"):
        table.add_column(heading)
    for heading in ("status", "runs", "slot", "heard", "calibration due") if with_heard else ():
        table.add_column(heading)
    for row in rows:
        ends = row["certificate_ends_utc"]
        cells = [row["id"], ends[:10] if ends else "none: hinoban board new"]
        if with_heard:
            slot = row["slot"] or "–"
            cells += [
                row["status"] or "–",
                row["release"] or "–",
                f"{slot}, on trial" if row["trial"] else slot,
                row["heard_utc"] or ("never" if row["status"] else "–"),
                row["calibration_due"] or "–",
            ]
        table.add_row(*cells)
    print_table(table)
