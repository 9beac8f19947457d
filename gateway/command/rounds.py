"""`hinoban rounds`: handheld rounds, listed, walked and closed through the running gateway."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from gateway.command.session import signed_in
from gateway.command.words import ConfigPath, Json, out, plain_errors, say_line
from gateway.config_file import load_config

rounds_app = typer.Typer(no_args_is_help=True, help="Containers measured by hand.")

RoundId = Annotated[str, typer.Argument(help="The round's id, such as r3.")]
Name = Annotated[str | None, typer.Option(help="Yours, as you sign in; asked for if left out.")]
Comment = Annotated[str | None, typer.Option(help="In your words; kept in the journal.")]

_LISTED = 20


@rounds_app.command("list")
def rounds_list(
    config: ConfigPath,
    all_: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    name: Name = None,
    as_json: Json = False,
) -> None:
    """Show what is to be measured, and how much of the yard no board watches."""
    with plain_errors(), signed_in(load_config(config).http, name) as session:
        yard = session.ask("GET", "yard")
        rounds = [one for one in session.ask("GET", "rounds") if all_ or one["open"]]
    if as_json:
        say_line(json.dumps({"yard": yard, "rounds": rounds}))
        return
    out.print(_coverage(yard), markup=False)
    for one in rounds[:_LISTED]:
        out.print(_line(one), markup=False)
    if not rounds:
        out.print("no round is open", markup=False)


@rounds_app.command("open")
def rounds_open(
    store: Annotated[str, typer.Argument(help="The store to walk around.")],
    config: ConfigPath,
    comment: Comment = None,
    name: Name = None,
    as_json: Json = False,
) -> None:
    """Open a round around a store: itself, what stands beside it, and all it speaks for."""
    with plain_errors(), signed_in(load_config(config).http, name) as session:
        one = session.ask("POST", "rounds", {"store": store, "comment": comment})
    _say(one, as_json=as_json)


@rounds_app.command("enter")
def rounds_enter(
    round_id: RoundId,
    store: Annotated[str, typer.Argument(help="The container or silo.")],
    config: ConfigPath,
    co: Annotated[float | None, typer.Option(help="CO at its seals or vent [ppm].")] = None,
    temp: Annotated[float | None, typer.Option(help="Temperature of its wall [°C].")] = None,
    o2: Annotated[float | None, typer.Option(help="Oxygen at the same place [%].")] = None,
    sign: Annotated[
        list[str] | None,
        typer.Option(help="smell, smoke, steam, hot_wall, bulge or condensate; may be repeated."),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="When, such as 2026-04-01T00:00+09:00; else just now.")
    ] = None,
    comment: Comment = None,
    name: Name = None,
    as_json: Json = False,
) -> None:
    """Enter what was measured at one store, from outside; it is judged as any other value."""
    body = {
        "store": store,
        "co_ppm": co,
        "temp_degc": temp,
        "o2_percent": o2,
        "signs": sign or [],
        "comment": comment,
        "t_utc": at,
    }
    with plain_errors(), signed_in(load_config(config).http, name) as session:
        one = session.ask("POST", f"rounds/{round_id}/entries", body)
    _say(one, as_json=as_json)


@rounds_app.command("close")
def rounds_close(
    round_id: RoundId,
    config: ConfigPath,
    comment: Comment = None,
    name: Name = None,
    as_json: Json = False,
) -> None:
    """Close a round in your name; what was not measured needs a comment, and stays unknown."""
    with plain_errors(), signed_in(load_config(config).http, name) as session:
        one = session.ask("POST", f"rounds/{round_id}/close", {"comment": comment})
    _say(one, as_json=as_json)


def _say(one: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_line(json.dumps(one))
    else:
        out.print(_line(one), markup=False)


def _line(one: Mapping[str, Any]) -> str:
    done = len(one["stores"]) - len(one["missing"])
    measured = f"{done} of {len(one['stores'])} measured"
    if not one["open"]:
        return f"{one['id']} around {one['store']}: {measured}, closed by {one['closed_by']}"
    late = "OVERDUE, " if one["overdue"] else ""
    missing = _first(one["missing"])
    return f"{one['id']} around {one['store']}: {late}{measured}, due {one['due_utc']}{missing}"


def _first(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    shown = ", ".join(missing[:_LISTED])
    more = len(missing) - _LISTED
    return f"; next {shown}" + (f" and {more} more" if more > 0 else "")


def _coverage(yard: Mapping[str, Any]) -> str:
    share = yard["detection_share"]
    if share is None:
        return "no containers"
    return (
        f"{yard['watched']} of {yard['containers']} containers carry a board: one hotspot has one"
        f" in its own container with a probability of {share:.1%}. The other {yard['unwatched']}"
        " are known by hand only."
    )
