"""`hinoban meter`: what a person tells the running gateway of a meter."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.command.session import GatewayError, GatewaySession, signed_in
from gateway.command.words import ConfigPath, Json, Yes, out, plain_errors, say_line
from gateway.config_file import load_config
from gateway.problems import did_you_mean

meter_app = typer.Typer(no_args_is_help=True, help="Tell the running gateway of a meter.")

_Counts = Annotated[
    list[str] | None,
    typer.Option(help="In the totaliser's unit; POINT=COUNT where the meter has several."),
]


@meter_app.callback()
def _meter() -> None:
    """Keeps `swap` a word of its own while it is the only one."""


@meter_app.command("swap")
def meter_swap(
    meter: Annotated[str, typer.Argument(help="The meter's id.")],
    config: ConfigPath,
    point: Annotated[
        str | None, typer.Option(help="The totaliser that --final and --initial are of.")
    ] = None,
    final: _Counts = None,
    initial: _Counts = None,
    comment: Annotated[str | None, typer.Option(help="Why; kept in the journal.")] = None,
    amend: Annotated[
        bool, typer.Option("--amend", help="It was booked as a reset already: tell what it was.")
    ] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Take back an announcement nothing came of yet.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(help="Yours, as you sign in; asked for if left out.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """A meter is exchanged: --final is what the old one showed last, --initial the new one first.

    With both, the total stays exact; without, what is not known is booked as unknown. Your
    password is asked for, or read from a pipe: its first line is your name unless --name gives it,
    the next one the password.
    """
    with plain_errors():
        if cancel and (amend or final or initial):
            raise GatewayError("--cancel goes alone: it takes back what was announced")
        if as_json and not yes:
            raise GatewayError("--json cannot ask back: add --yes")
        settings = _settings(config, meter)
        with signed_in(settings, name) as session:
            views = session.ask("GET", f"meters/{meter}/swap")
            told = {} if cancel else _told(meter, views, point, final or (), initial or ())
            if not as_json:
                _show(meter, views, told, amend=amend, cancel=cancel)
            if not yes:
                typer.confirm("Is that so?", abort=True)
            done = _send(session, meter, told, comment, amend=amend, cancel=cancel)
    if as_json:
        say_line(json.dumps(done))
    else:
        word = "taken back" if cancel else "told" if amend else "announced"
        out.print(f"{word} for {', '.join(view['point'] for view in done)}", markup=False)


def _settings(config: Path, meter: str) -> Any:
    loaded = load_config(config)
    ids = [one.id for one in loaded.meter]
    if meter not in ids:
        raise GatewayError(f"there is no meter {meter!r}. {did_you_mean(meter, ids)}")
    return loaded.http


def _send(
    session: GatewaySession,
    meter: str,
    told: Mapping[str, Mapping[str, float]],
    comment: str | None,
    *,
    amend: bool,
    cancel: bool,
) -> list[dict[str, Any]]:
    path = f"meters/{meter}/swap"
    if cancel:
        return list(session.ask("DELETE", path))
    return list(session.ask("POST", path, {"points": told, "comment": comment, "amend": amend}))


def _told(
    meter: str,
    views: Sequence[Mapping[str, Any]],
    point: str | None,
    final: Sequence[str],
    initial: Sequence[str],
) -> dict[str, dict[str, float]]:
    """Totaliser -> what was told of it."""
    points = [view["point"] for view in views]
    told: dict[str, dict[str, float]] = {}
    for what, texts in (("final", final), ("initial", initial)):
        for text in texts:
            named, _, number = text.rpartition("=")
            owner = named or point or (points[0] if len(points) == 1 else "")
            if not owner:
                raise GatewayError(
                    f"--{what} {text}: meter {meter} has several totalisers; write POINT={text} "
                    f"with one of {', '.join(points)}"
                )
            try:
                told.setdefault(owner, {})[what] = float(number)
            except ValueError:
                raise GatewayError(
                    f"--{what} {text}: {number!r} is no number; give the count as displayed"
                ) from None
    return told


def _show(
    meter: str,
    views: Sequence[Mapping[str, Any]],
    told: Mapping[str, Mapping[str, float]],
    *,
    amend: bool,
    cancel: bool,
) -> None:
    out.print(f"Exchange of meter {meter}", style="bold", markup=False)
    for view in views:
        words = _outcome(view, told.get(view["point"]), amend=amend, cancel=cancel)
        shown = f"{view['shown']:,.10g} {view['unit']} at {view['shown_utc']}"
        out.print(f"{view['point']} showed {shown}\n  {words}", markup=False)
    if not (amend or cancel):
        out.print("The first confirmed read that does not go on from there is the new device's")


def _outcome(
    view: Mapping[str, Any], told: Mapping[str, float] | None, *, amend: bool, cancel: bool
) -> str:
    unit = view["unit"]
    if cancel:
        return "waits no longer for a new device" if view["pending"] else "nothing"
    if amend:
        return f"{_interval(view)} gets its amount" if told else "nothing"
    parts = [f"{what} {value:,.10g} {unit}" for what, value in (told or {}).items()]
    match parts:
        case [_, _]:
            words = f"{' and '.join(parts)}: counted exactly"
        case [one]:
            words = f"{one}: counted as far as that goes, the rest is unknown"
        case _:
            words = "what is counted between the last read and the first new one is unknown"
    if view["lost_kind"] == "reset":
        words += f". {_interval(view)} is booked as unknown; was it this exchange, use --amend"
    return words


def _interval(view: Mapping[str, Any]) -> str:
    if view["lost_kind"] is None:
        return "no interval of unknown amount"
    return f"The {view['lost_kind']} of {view['lost_from_utc']} to {view['lost_to_utc']}"
