"""`hinoban report cofiring`: a month of co-firing as a workbook, on paper and as lists."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.command.words import ConfigPath, Json, out, plain_errors, progress, say_line

Month = Annotated[str, typer.Option(help="Such as 2026-10, a month that is over.")]
Language = Annotated[str | None, typer.Option(help="en, ja or zh-Hant; the site's where left out.")]
Out = Annotated[Path, typer.Option("--out", help="Where the files are written.")]
AsOf = Annotated[str | None, typer.Option(help="As it was known then: 2026-11-05T00:00+09:00.")]


def report_cofiring(
    config: ConfigPath,
    month: Month,
    *,
    language: Language = None,
    directory: Out = Path(),
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Biomass share, schemes, lots, stock, certificates, costs, data quality and the chain."""
    with plain_errors():
        written = _written(config, month, language, directory, as_of)
    if as_json:
        say_line(json.dumps([str(path) for path in written]))
        return
    for path in written:
        out.print(f"{path} is written", markup=False)


def _written(
    config: Path, month: str, language: str | None, directory: Path, as_of: str | None
) -> list[Path]:
    # Loads the database, the spreadsheet and the PDF writer: no other report needs them.
    from gateway.command.month import read_site_month  # noqa: PLC0415
    from gateway.command.text_file import FileError  # noqa: PLC0415
    from gateway.reports.cofiring import STEPS, cofiring_report  # noqa: PLC0415
    from gateway.reports.files import FILES, write_files  # noqa: PLC0415
    from gateway.reports.words import Words  # noqa: PLC0415
    from gateway.site import load_site  # noqa: PLC0415

    site = load_site(config)
    words = Words(language or site.config.site.language)
    with progress(f"report of {month}", STEPS + FILES + 1) as passed:
        read = read_site_month(site, month, as_of)
        passed(1)
        document = cofiring_report(read, words, passed)
        try:
            return write_files(document, directory, passed)
        except OSError as err:
            where = err.filename or directory
            raise FileError(f"{where}: {err.strerror}; name another folder with --out") from err
