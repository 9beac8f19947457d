"""`hinoban alarms list|ack|reset|shelve|…`: what people do with alarms, in their own names."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer
from rich.table import Table

from gateway.command.session import GatewayError, signed_in
from gateway.command.words import ConfigPath, Json, out, plain_errors, print_table, say_line, shown
from gateway.config_file import load_config

Alarm = Annotated[
    str, typer.Argument(metavar="ALARM", help="The alarm's id, as `hinoban alarms list` shows it.")
]
Target = Annotated[
    str, typer.Argument(metavar="TARGET", help="The alarm's id, or a point, board or store.")
]
Name = Annotated[str | None, typer.Option(help="Yours, as you sign in; asked for if left out.")]
Comment = Annotated[str | None, typer.Option(help="Kept in the journal.")]
Why = Annotated[str | None, typer.Option("--comment", help="Why; kept in the journal.")]
Span = Annotated[str | None, typer.Option("--for", help="Such as 30m, 8h or 2d.")]
Agree = Annotated[
    bool, typer.Option("--agree", help="As the second person: agree to what the first asked for.")
]

_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?) ?([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def alarms_list(config: ConfigPath, name: Name = None, as_json: Json = False) -> None:
    """What stands or waits for a person, and what is hidden, by whom and until when."""
    with plain_errors(), signed_in(load_config(config).http, name) as session:
        alarms = session.ask("GET", "alarms")
        hidden = session.ask("GET", "alarms/hidden")
    if as_json:
        say_line(json.dumps({"alarms": alarms, "hidden": hidden}))
        return
    if alarms:
        print_table(_standing(alarms))
    else:
        out.print("no alarm stands, and none waits for a person")
    if hidden:
        print_table(_hidden(hidden))


def _saying(act: str, about: Any, words: str) -> Callable[..., None]:
    """A command that does one thing to what it is about; a comment may go with it.

    Args:
        act: As the API has it.
        about: What the command's argument is.
        words: For its help.
    """

    def command(
        about: str, config: ConfigPath, comment: Comment = None, name: Name = None,
        as_json: Json = False,
    ) -> None:  # fmt: skip
        _do(config, name, about, act, {"comment": comment}, as_json=as_json)

    return _told(command, about, words)


def _hiding(act: str, about: Any, words: str) -> Callable[..., None]:
    """A command that hides what it is about for a time and a reason, or agrees to that."""

    def command(
        about: str, config: ConfigPath, span: Span = None, comment: Why = None,
        agree: Agree = False, name: Name = None, as_json: Json = False,
    ) -> None:  # fmt: skip
        with plain_errors():
            body = _stay(span, comment, agree=agree)
        _do(config, name, about, act, body, as_json=as_json)

    return _told(command, about, words)


def _told(command: Callable[..., None], about: Any, words: str) -> Callable[..., None]:
    command.__doc__ = words
    command.__annotations__["about"] = about
    return command


COMMANDS: Final[Mapping[str, Callable[..., None]]] = {
    "list": alarms_list,
    "ack": _saying("ack", Alarm, "Acknowledge an alarm: you have seen it."),
    "reset": _saying(
        "reset", Alarm, "Reset a latched alarm that has returned and was acknowledged."
    ),
    "shelve": _hiding(
        "shelve",
        Alarm,
        "Do not show an alarm for a time; it is judged on, and comes back by itself.",
    ),
    "unshelve": _saying("unshelve", Alarm, "Show a shelved alarm before its time."),
    "out-of-service": _hiding(
        "out-of-service",
        Target,
        "Take an alarm, or all about a point, board or store, out of service until it is returned.",
    ),
    "return": _saying("return", Target, "Return an alarm or a source to service."),
}
"""Each command by its name."""


def seconds(span: str) -> float:
    """A time such as ``30m``, ``8h`` or ``2d`` [s].

    Raises:
        GatewayError: It is no such time.
    """
    found = _SPAN.fullmatch(span.strip())
    if found is None:
        raise GatewayError(f"{span!r} is no time; write it like 30m, 8h or 2d")
    return float(found[1]) * _SECONDS[found[2]]


def _stay(span: str | None, comment: str | None, *, agree: bool) -> dict[str, Any]:
    if agree:
        if span is not None or comment is not None:
            raise GatewayError(
                "time and reason are the first person's; give --agree alone, or ask anew without it"
            )
        return {"agree": True}
    if span is None or comment is None:
        raise GatewayError("say for how long and why: --for 8h --comment '…'")
    return {"for_s": seconds(span), "comment": comment}


def _do(
    config: Path, name: str | None, target: str, act: str, body: dict[str, Any], *, as_json: bool
) -> None:
    with plain_errors(), signed_in(load_config(config).http, name) as session:
        told = session.ask("POST", f"alarms/{quote(target, safe='')}/{act}", body)
    if as_json:
        say_line(json.dumps(told))
        return
    until = f", until {told['until_utc']}" if told["until_utc"] else ""
    out.print(
        f"{told['alarm_id']}: {told['edge']}, now {told['state']} and {told['visibility']}{until}",
        markup=False,
    )
    if told["edge"].endswith("_requested"):
        out.print(
            f"a second person has to agree: hinoban alarms {act} {target} --agree", markup=False
        )


def _standing(alarms: list[dict[str, Any]]) -> Table:
    table = Table("state", "priority", "class", "alarm", "place", "value", "limit", "since",
                  "seen by", "visibility")  # fmt: skip
    for alarm in alarms:
        unit = alarm["unit"] or ""
        table.add_row(
            alarm["state"],
            alarm["priority"],
            alarm["class"],
            alarm["id"],
            alarm["place"],
            f"{shown(alarm['value'], '')} {unit}".strip(),
            f"{shown(alarm['limit'], '')} {unit}".strip(),
            alarm["raised_utc"],
            alarm["acknowledged_by"] or "–",
            alarm["visibility"],
        )
    return table


def _hidden(hidden: list[dict[str, Any]]) -> Table:
    table = Table("hidden", "what", "by", "second", "since", "until", "why")
    for one in hidden:
        table.add_row(
            one["target"],
            one["what"],
            one["by"],
            one["second"] or "–",
            one["since_utc"],
            one["until_utc"] or "–",
            one["why"] or "–",
        )
    return table
