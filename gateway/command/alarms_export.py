"""The alarm journal as a file for others."""

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.command.text_file import write_text
from gateway.command.words import out, progress
from gateway.config_file import load_config
from gateway.historian.reader import Reader
from gateway.paths import JOURNAL
from gateway.views.alarm_exports import Export, Format
from gateway.views.alarm_words import AlarmWords
from gateway.views.cards import CardRack
from gateway.views.periods import instant_us
from gateway.views.places import places


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events a person wants, and how.

    Args:
        kind: "csv", "jsonl" or "html".
        from_: From when on, as typed; the first ever where None.
        to: Up to when, as typed; the last where None.
        alarm: Only this alarm's, by its id.
        language: "en", "ja" or "zh-Hant"; the site's where None.
    """

    kind: Format
    from_: str | None
    to: str | None
    alarm: str | None
    language: str | None


def export_alarms(config: Path, asked: Asked, output: Path | None) -> None:
    """Write the alarm journal into a file, or print it where there is none.

    Raises:
        HinobanError: There are no such times or languages.
    """
    with ExitStack() as stack:
        site = load_config(config)
        zone = ZoneInfo(site.site.timezone)
        journal = site.storage.directory / JOURNAL
        words = AlarmWords(asked.language or site.site.language)
        reader = Reader(journal)
        total = reader.chain_link("end").id
        reader.close()
        passed = stack.enter_context(progress("writing alarm events", total))
        export = Export(
            journal=journal,
            from_us=None if asked.from_ is None else instant_us(asked.from_, zone),
            to_us=None if asked.to is None else instant_us(asked.to, zone),
            title=f"{words['journal']} – {site.site.name}",
            words=words,
            zone=zone,
            places=places(site),
            alarm=asked.alarm,
            card=None
            if asked.alarm is None
            else CardRack().guide(site, asked.alarm, words.language),
            passed=passed,
        )
        if output is None:
            sys.stdout.writelines(export.pieces(asked.kind))
        else:
            write_text(output, export.pieces(asked.kind))
    if output is not None:
        out.print(f"{output} is written", markup=False)
