"""The options of `hinoban import-registers`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.command.words import Json, plain_errors


class RegisterKind(StrEnum):
    """Kinds of registers."""

    HOLDING = "holding"
    INPUT = "input"
    COIL = "coil"
    DISCRETE = "discrete"


def import_registers(
    table: Annotated[Path, typer.Argument(help="The vendor's register table, as CSV.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write, such as devices/maker_product.toml; else only shown."),
    ] = None,
    name: Annotated[str, typer.Option(help="The product, in words.")] = "",
    source: Annotated[str, typer.Option(help="Its manual with revision and page.")] = "",
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="What a column is: 'COLUMN=key', such as 'Offset=address'."),
    ] = None,
    max_rates: Annotated[
        list[str] | None,
        typer.Option("--max-rate", help="Fastest a total can run: so much a second, 'kwh=0.28'."),
    ] = None,
    one_based: Annotated[
        bool | None,
        typer.Option("--one-based/--zero-based", help="How plain addresses count; else detected."),
    ] = None,
    register: Annotated[
        RegisterKind, typer.Option(help="Where the table does not tell.")
    ] = RegisterKind.HOLDING,
    type_: Annotated[
        str, typer.Option("--type", help="Where the table does not tell, such as uint16.")
    ] = "",
    order: Annotated[str, typer.Option(help="Of several registers, such as CDAB.")] = "",
    encoding: Annotated[str, typer.Option(help="Of the file, such as cp932.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Turn a vendor's register table into a register map, and list what it cannot use."""
    from gateway.command import import_registers as command  # noqa: PLC0415 -- as `check`
    from gateway.modbus.register_table import Assumed, Options  # noqa: PLC0415

    with plain_errors():
        options = Options(
            table.name,
            command.mapping(columns or (), "--map"),
            one_based,
            Assumed(register.value, type_, order.upper(), command.rates(max_rates or ())),
        )
        target = command.Target(out, name, source, force)
        command.import_registers(table, options, target, encoding=encoding, as_json=as_json)
