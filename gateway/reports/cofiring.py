"""The report of a month of co-firing, put together."""

from collections.abc import Callable

from gateway.footprint.moments import us_of
from gateway.reports.books import certificates_part, life_cycle_part, quality_part
from gateway.reports.cells import floored
from gateway.reports.cost_part import cost_part
from gateway.reports.document import NONE, Document
from gateway.reports.evidence import (
    origin_part,
    over_delivered,
    quality_of_data,
    restatement_due,
    signatures_part,
)
from gateway.reports.figures import month_part, schemes_part
from gateway.reports.mix_part import mix_part
from gateway.reports.month import UNMEASURED, Month
from gateway.reports.stock_part import stock_part
from gateway.reports.words import Words

_PARTS = (
    month_part,
    mix_part,
    schemes_part,
    life_cycle_part,
    stock_part,
    certificates_part,
    quality_part,
    cost_part,
    quality_of_data,
    origin_part,
)

STEPS = len(_PARTS) + 1
"""How many parts are made."""


def cofiring_report(
    month: Month, words: Words, passed: Callable[[int], None] = lambda _: None
) -> Document:
    """The report of a month in one language.

    Args:
        month: As it was read.
        words: Of the language.
        passed: Called with how many more parts are done.
    """
    record = month.record
    site = month.config.site
    start, end = (month.local(t_us) for t_us in month.span)
    lines = [
        words["about"].format(site=site.name, unit=month.plant.unit_id, month=month.name),
        words["period"].format(start=start, end=end, zone=site.timezone),
        words["state"].format(
            status=words[record.status],
            revision=record.revision,
            recorded=_recorded(month),
            coverage=floored(record.coverage),
            estimated=f"{100.0 * record.estimated_fraction:.2f}",
        ),
        words["known"].format(
            when=words["now"] if month.as_of_us is None else month.local(month.as_of_us),
            made=month.local(month.now_us),
        ),
        words["rounding"],
    ]
    parts = []
    for part in _PARTS:
        parts.append(part(month, words))
        passed(1)
    parts.append(signatures_part(words))
    passed(1)
    return Document(
        name=f"cofiring-{month.name}-{words.language}",
        place=f"{site.name}, {month.plant.unit_id}",
        language=words.language,
        title=words["title"].format(month=month.name),
        lines=lines,
        warning=_warning(month, words),
        unknown=words["unknown"],
        page=words["page"],
        parts=parts,
        notes=words["notes"],
    )


def _warning(month: Month, words: Words) -> str:
    said = [words["provisional_page"]] if month.record.status != "validated" else []
    if any(mark.startswith(UNMEASURED) for mark in month.record.marks):
        said.append(words["coverage_page"].format(coverage=floored(month.record.coverage)))
    if over_delivered(month, words):
        said.append(words["over_page"])
    if restatement_due(month):
        said.append(words["restate_page"])
    return " ".join(said)


def _recorded(month: Month) -> str:
    """When the record was made, as the site's clocks showed it."""
    told = month.record.recorded_at_utc
    return month.local(us_of(told)) if told else NONE
