"""`hinoban alarms export`: the alarm journal as a file for others."""

import sys
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.command.text_file import write_text
from gateway.command.words import ConfigPath, out, plain_errors, progress
from gateway.config_file import load_config
from gateway.historian.reader import Reader
from gateway.paths import JOURNAL
from gateway.views.alarm_exports import Export
from gateway.views.alarm_words import AlarmWords
from gateway.views.cards import CardRack
from gateway.views.periods import instant_us
from gateway.views.places import places


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
    with plain_errors(), ExitStack() as stack:
        site = load_config(config)
        zone = ZoneInfo(site.site.timezone)
        journal = site.storage.directory / JOURNAL
        words = AlarmWords(language or site.site.language)
        reader = Reader(journal)
        total = reader.chain_link("end").id
        reader.close()
        passed = stack.enter_context(progress("writing alarm events", total))
        export = Export(
            journal=journal,
            from_us=None if from_ is None else instant_us(from_, zone),
            to_us=None if to is None else instant_us(to, zone),
            title=f"{words['journal']} – {site.site.name}",
            words=words,
            zone=zone,
            places=places(site),
            alarm=alarm,
            card=None if alarm is None else CardRack().guide(site, alarm, words.language),
            passed=passed,
        )
        if output is None:
            sys.stdout.writelines(export.pieces(kind.value))
        else:
            write_text(output, export.pieces(kind.value))
    if output is not None:
        out.print(f"{output} is written", markup=False)
