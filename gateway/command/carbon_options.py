"""The options of `hinoban fuels` and `hinoban schemes`."""

from typing import Annotated

import typer

from gateway.command.words import ConfigPath, Json, plain_errors

Period = Annotated[str, typer.Option(help="settlement, day, month or fiscal_year.")]


def fuels(
    config: ConfigPath,
    on: Annotated[str, typer.Option(help="A day, such as 2026-10-01; else today.")] = "",
    as_json: Json = False,
) -> None:
    """Every value by which each fuel is counted, where it is from and what was passed over."""
    from gateway.command import carbon_values as command  # noqa: PLC0415 -- loads the database

    with plain_errors():
        command.fuels(config, on, as_json=as_json)


def schemes(config: ConfigPath, period: Period = "month", as_json: Json = False) -> None:
    """What each declared scheme would be told of closed periods, rounded as it asks."""
    from gateway.command import carbon_values as command  # noqa: PLC0415

    with plain_errors():
        command.schemes(config, period, as_json=as_json)
