"""`hinoban notify`: who was told what, and whether they can be."""

import json
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from gateway.command.session import GatewayError, GatewaySession, signed_in
from gateway.command.words import ConfigPath, Json, out, plain_errors, say_line
from gateway.config import Http
from gateway.config_file import load_config
from gateway.problems import did_you_mean

NOT_SENT: Final = 1
"""Exit code where a test message was not taken."""

notify_app = typer.Typer(no_args_is_help=True, help="Who is told of alarms, and how that went.")

_LOOK_S: Final = 0.3
_DONE: Final = frozenset({"sent", "refused", "doubtful", "withdrawn"})
_Name = Annotated[str | None, typer.Option(help="Yours, as you sign in; asked for if left out.")]


@notify_app.command("test")
def notify_test(
    recipient: Annotated[str, typer.Argument(help="The recipient's id.")],
    config: ConfigPath,
    wait_s: Annotated[
        float, typer.Option("--wait", help="How long to wait for the result [s].")
    ] = 45.0,
    name: _Name = None,
    as_json: Json = False,
) -> None:
    """Send a test message through the running gateway, as an alarm would go."""
    with plain_errors(), signed_in(_settings(config, recipient), name) as session:
        sent = session.ask("POST", "notifications/test", {"recipient": recipient})
        told = _result(session, sent["number"], time.monotonic() + wait_s) or sent
    if as_json:
        say_line(json.dumps(told))
    else:
        out.print(f"#{told['number']} to {recipient}: {_words(told)}", markup=False)
    if told["progress"] != "sent":
        raise typer.Exit(NOT_SENT)


@notify_app.command("list")
def notify_list(
    config: ConfigPath,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    name: _Name = None,
    as_json: Json = False,
) -> None:
    """What was sent to whom with what result, the newest first."""
    with plain_errors(), signed_in(load_config(config).http, name) as session:
        told = session.ask("GET", f"notifications?limit={limit}")
    if as_json:
        say_line(json.dumps(told))
        return
    table = Table("number", "made", "to", "why", "title", "result", box=None)
    for one in told:
        table.add_row(
            f"#{one['number']}",
            one["made_utc"],
            one["recipient"],
            one["kind"],
            one["title"],
            _words(one),
        )
    out.print(table)


def _settings(config: Path, recipient: str) -> Http:
    loaded = load_config(config)
    known = [one.id for one in loaded.recipient]
    if recipient not in known:
        raise GatewayError(f"there is no recipient {recipient!r}. {did_you_mean(recipient, known)}")
    return loaded.http


def _result(session: GatewaySession, number: int, deadline: float) -> dict[str, Any] | None:
    """The message once it was tried, or as it is when the time is over."""
    while True:
        (one,) = session.ask("GET", f"notifications?limit=1&before={number + 1}")
        if one["progress"] in _DONE or time.monotonic() > deadline:
            return dict(one)
        time.sleep(_LOOK_S)


def _words(one: dict[str, Any]) -> str:
    match one["progress"]:
        case "sent":
            words = "sent"
        case "waiting" | "trying":
            return "not tried to the end yet"
        case "withdrawn":
            words = "given up"
        case progress:
            words = f"{progress}, tried again"
    times = f", {one['attempts']} attempts" if one["attempts"] > 1 else ""
    return f"{words}{times}" + (f": {one['why']}" if one["why"] else "")
