"""The options of `hinoban import-lots` and `hinoban lots`."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.command.words import ConfigPath, Json, Yes, plain_errors

lots_app = typer.Typer(no_args_is_help=True, help="Lots: what was delivered, what stands where.")

_TOLD = "filling, discharge, empty, moisture, survey, loss, transfer, claim or price."

Person = Annotated[str, typer.Option("--name", help="Who answers for it; else this user.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]


def import_lots(
    file: Annotated[Path, typer.Argument(help="A .toml, .csv or .xlsx file.")],
    config: ConfigPath,
    accept_good: Annotated[
        bool, typer.Option("--accept-good", help="Keep good rows though others cannot be.")
    ] = False,
    encoding: Annotated[str, typer.Option(help="Of a text, such as cp932 or big5.")] = "",
    sheet: Annotated[str, typer.Option(help="Of a workbook; else its first.")] = "",
    name: Person = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Read deliveries, analyses and what happened to silos; what was known stays readable."""
    from gateway.command import import_lots as command  # noqa: PLC0415 -- loads the database

    with plain_errors():
        wish = command.Wish(name, dry_run, accept_good, yes, as_json)
        command.import_lots(config, file, wish, encoding=encoding, tab=sheet)


@lots_app.command("list")
def lots_list(
    config: ConfigPath,
    as_of: Annotated[
        str | None, typer.Option(help="As it was known then: 2026-10-01T00:00+09:00.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Every lot and event that counts, and who told of it."""
    from gateway.command import lots as command  # noqa: PLC0415

    with plain_errors():
        command.listed(config, as_of, as_json=as_json)


@lots_app.command("history")
def lots_history(
    key: Annotated[str, typer.Argument(help="The lot's or event's id.")],
    config: ConfigPath,
    as_json: Json = False,
) -> None:
    """Every version of a lot or event that was imported, with who told it and when."""
    from gateway.command import lots as command  # noqa: PLC0415

    with plain_errors():
        command.history(config, key, as_json=as_json)


@lots_app.command("tell")
def lots_tell(
    kind: Annotated[str, typer.Argument(help=_TOLD)],
    fields: Annotated[
        list[str],
        typer.Argument(help="Such as store=s1 lot=P-1 kg=25000 at_utc=2026-10-01T09:00+09:00."),
    ],
    config: ConfigPath,
    name: Person = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Tell of one event: of a silo, of a moisture, or for the books of stock and certificates."""
    from gateway.command import import_lots, lots  # noqa: PLC0415

    with plain_errors():
        lots.tell(config, kind, fields, import_lots.Wish(name, dry_run, False, yes, as_json))


@lots_app.command("withdraw")
def lots_withdraw(
    kind: Annotated[str, typer.Argument(help=f"lot, {_TOLD}")],
    key: Annotated[str, typer.Argument(help="Its id.")],
    config: ConfigPath,
    name: Person = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take back what was imported; it stays readable in its history."""
    from gateway.command import import_lots, lots  # noqa: PLC0415

    with plain_errors():
        lots.withdraw(config, kind, key, import_lots.Wish(name, dry_run, False, yes, as_json))


@lots_app.command("burn-first")
def lots_burn_first(
    config: ConfigPath,
    name: Annotated[
        str | None, typer.Option(help="Yours, as you sign in; asked for if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What to burn first, by alarms and age, as the running gateway knows them."""
    from gateway.command import lots as command  # noqa: PLC0415

    with plain_errors():
        command.burn_first(config, name, as_json=as_json)


@lots_app.command("quality")
def lots_quality(config: ConfigPath, as_json: Json = False) -> None:
    """Grade of RPF by its latest six tests (JIS Z 7311), class of SRF (ISO 21640)."""
    from gateway.command import lots as command  # noqa: PLC0415

    with plain_errors():
        command.quality(config, as_json=as_json)


@lots_app.command("silos")
def lots_silos(config: ConfigPath, as_json: Json = False) -> None:
    """What each traced silo holds by lot, by both ways of blending, and what its scales lost."""
    from gateway.command import lots as command  # noqa: PLC0415

    with plain_errors():
        command.silos(config, as_json=as_json)
