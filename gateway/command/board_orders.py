"""`hinoban board command`: what a person tells a board through the running gateway."""

import json
import time
from typing import Annotated, Any, Final

import typer

from gateway.boards.commands import OPS
from gateway.boards.settings import find_board
from gateway.command.board import BoardName
from gateway.command.session import GatewayError, GatewaySession, signed_in
from gateway.command.words import ConfigPath, Json, out, plain_errors, say_line
from gateway.config_file import load_config
from gateway.problems import did_you_mean

REFUSED_BY_BOARD: Final = 1
"""Exit code where the board says no, or says nothing."""

_OPS: Final = {op.replace("reset_latch", "reset"): op for op in OPS}
"""As people type them -> as boards know them."""

_LOOK_S: Final = 0.5
_UNKNOWN: Final = "-"

Name = Annotated[str | None, typer.Option(help="Yours, as you sign in; asked for if left out.")]
Comment = Annotated[str | None, typer.Option(help="Why; kept in the journal.")]


def board_command(
    board: BoardName,
    command: Annotated[
        str,
        typer.Argument(help="silence MINUTES, test, reset, limits DEGC PPM, interval S or reboot."),
    ],
    config: ConfigPath,
    values: Annotated[
        list[str] | None, typer.Argument(help="Whole numbers; - leaves a limit as it is.")
    ] = None,
    comment: Comment = None,
    wait_s: Annotated[
        float, typer.Option("--wait", help="How long to wait for the board's answer [s].")
    ] = 15.0,
    name: Name = None,
    as_json: Json = False,
) -> None:
    """Tell a board something in your name; the board's own alarm never waits for it."""
    with plain_errors():
        site = load_config(config)
        find_board(site, board)
        if command not in _OPS:
            raise GatewayError(f"there is no command {command!r}. {did_you_mean(command, _OPS)}")
        body = {"op": _OPS[command], "args": [_number(text) for text in values or ()],
                "comment": comment}  # fmt: skip
        with signed_in(site.http, name) as session:
            sent = session.ask("POST", f"boards/{board}/commands", body)
            if not as_json:
                out.print(f"{board}: {command} is sent, number {sent['n']}", markup=False)
            told = _answers(session, board, sent["n"], 1, time.monotonic() + wait_s)
    done = bool(told) and told[0]["ok"]
    if as_json:
        say_line(json.dumps({**sent, "answers": told}))
    else:
        out.print(f"{board}: {_said(told)}", markup=False)
    if not done:
        raise typer.Exit(REFUSED_BY_BOARD)


def _answers(
    session: GatewaySession, board: str, n: int, least: int, deadline: float
) -> list[dict[str, Any]]:
    """What the board answered, once it said so often or the time is over."""
    while True:
        for one in session.ask("GET", f"boards/{board}/commands"):
            if one["n"] == n and len(one["answers"]) >= least:
                return list(one["answers"])
        if time.monotonic() > deadline:
            return []
        time.sleep(_LOOK_S)


def _said(answers: list[dict[str, Any]]) -> str:
    if not answers:
        return (
            "no answer yet; it may still obey within two minutes, or never if it is gone: look at "
            "it before you repeat this"
        )
    answer = answers[0]
    return "done" if answer["ok"] else f"refused: {_WORDS.get(answer['why'], answer['why'])}"


def _number(text: str) -> int | None:
    if text == _UNKNOWN:
        return None
    try:
        return int(text)
    except ValueError:
        raise GatewayError(f"{text!r} is no whole number; boards take no fractions") from None


_WORDS: Final = {
    "mac": "its command key is another: write its papers anew with `hinoban board flash`",
    "boot": "it has restarted meanwhile; give the command again in a minute",
    "replayed": "it has obeyed this number before; give the command again",
    "expired": "the command came too late; give it again",
}
