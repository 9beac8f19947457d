"""What a person types after `hinoban alarms export` and `hinoban alarms replay`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.command.words import ConfigPath, Json, plain_errors


class FileKind(StrEnum):
    """What the file is."""

    CSV = "csv"
    JSONL = "jsonl"
    HTML = "html"


def alarms_export(
    config: ConfigPath,
    *,
    kind: Annotated[FileKind, typer.Option("--format", help="csv, jsonl, or html to print.")],
    from_: Annotated[
        str | None, typer.Option("--from", help="Such as 2026-11-16T08:00; the first ever if none.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="Up to this instant.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; printed where left out.")
    ] = None,
    alarm: Annotated[
        str | None, typer.Option(help="Only this alarm's events, by its id; with its card in html.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="en, ja or zh-Hant, for html; the site's where left out.")
    ] = None,
) -> None:
    """Write the alarm journal, every event with its link of the chain."""
    from gateway.command.alarms_export import Asked, export_alarms  # noqa: PLC0415 -- reads much

    with plain_errors():
        export_alarms(config, Asked(kind.value, from_, to, alarm, language), output)


def alarms_replay(
    config: ConfigPath,
    *,
    from_: Annotated[str, typer.Option("--from", help="Such as 2026-11-16T08:00.")],
    to: Annotated[str, typer.Option("--to", help="Up to this instant.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A limit to try: co_high.limit=2500.")
    ] = None,
    limits: Annotated[
        Path | None, typer.Option(help="A file with [[alarm]] tables: ids and what changes.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="A condition to leave out.")] = None,
    as_json: Json = False,
) -> None:
    """Judge recorded samples again, under other limits or the same; nothing is written."""
    from gateway.command.alarms_replay import Asked, show_replay  # noqa: PLC0415 -- loads NumPy

    with plain_errors():
        asked = Asked(from_, to, set_ or (), limits, without or ())
        show_replay(config, asked, as_json=as_json)
