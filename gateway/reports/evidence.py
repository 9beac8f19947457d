"""What a verifier looks at first: data quality, editions, the chain, and who signs."""

from gateway.footprint.canonical import hash_of, record_text
from gateway.footprint.moments import us_of
from gateway.footprint.site_key import fingerprint
from gateway.reports.cells import listed, number, percent
from gateway.reports.document import Cell, Column, Part, Table, Unknown
from gateway.reports.month import Month
from gateway.reports.said import said
from gateway.reports.words import Words

_KINDS = ("lot", "filling", "discharge", "empty", "moisture")


def quality_of_data(month: Month, words: Words) -> Part:
    """How much was measured, what stands in, what is owed, and how sure the figures are."""
    record = month.record
    figure = [Column(words["figure"], 3), Column(words["value"]), Column(words["unit"])]
    figures: list[list[Cell]] = [
        [words["coverage"], percent(record.coverage, 3), "%"],
        [words["estimated"], percent(record.estimated_fraction, 3), "%"],
        [words["primary_data"], percent(record.primary_data_share, 2), "%"],
    ]
    pedigree = record.pedigree or {}
    figures += [
        [f"{words['pedigree']}: {words.get(name)}", number(score, 2), "1–5"]
        for name, score in pedigree.items()
        if isinstance(score, int | float)
    ]
    flagged = (
        ("mark", record.marks),
        ("substitution", record.substitutions),
        ("not_restated", restatement_due(month)),
    )
    flags: list[list[Cell]] = [
        [words[kind], said(text, month, words)] for kind, texts in flagged for text in texts
    ]
    if record.no_interval_reason:
        reason = said(record.no_interval_reason, month, words)
        flags.append([words["interval"], Unknown(reason)])
    heads = [Column(words["kind"]), Column(words["text"], 5)]
    contributors: list[list[Cell]] = [
        [
            _figure(month, str(one["figure"]), words),
            said(str(one["source"]), month, words),
            words.get(str(one["quantity"])),
            ", ".join(month.fuel_name(fuel, words.language) for fuel in one["fuels"]) or "–",
            percent(one["share"], 1),
            words["yes" if one["assumed"] else "no"],
        ]
        for one in record.contributors or ()
    ]
    columns = [
        Column(words["figure"], 2),
        Column(words["source"], 2),
        Column(words["quantity"], 1.3),
        Column(words["fuel"], 1.3),
        Column(words.head("variance_share", "%")),
        Column(words["assumed"]),
    ]
    return Part(
        words["part_data"],
        [
            Table("data_quality", "", figure, figures),
            listed("flags", words["flags"], heads, flags, words, [words["flags_note"]]),
            listed("contributors", words["contributors"], columns, contributors, words),
        ],
    )


def _figure(month: Month, name: str, words: Words) -> str:
    kind, _, fuel = name.partition(".")
    return (
        f"{words.get(kind)}, {month.fuel_name(fuel, words.language)}" if fuel else words.get(name)
    )


def restatement_due(month: Month) -> list[str]:
    """Lots and events that burnt in the month and were told of after its record was made."""
    recorded_us = us_of(month.record.recorded_at_utc) if month.record.recorded_at_utc else 0
    burnt = {one["lot"] for one in month.record.fuels if one.get("lot")}
    return [
        f"{v.kind} {v.key} ({v.person}, {month.local(v.recorded_at_us)})"
        for v in month.told
        if v.kind in _KINDS and v.recorded_at_us > recorded_us
        if v.kind != "lot" or v.key in burnt
    ]


def origin_part(month: Month, words: Words) -> Part:
    """Which record, tables, rules and program the figures are of, and where the chain ended."""
    record = month.record
    rows: list[list[Cell]] = []
    for one in filter(None, (record, month.steam)):
        rows += [
            [words["record_id"], one.record_id],
            [words["revision"], f"{one.revision} {one.revision_reason or ''}".strip()],
            [words["recorded"], one.recorded_at_utc],
            [words["record_hash"], hash_of(record_text(one))],
            [words["before_hash"], one.prev_hash or "–"],
            [words["inputs_digest"], one.inputs_digest],
        ]
    rows += [
        [words["rule_version"], record.rule_version],
        [words["code_version"], record.code_version or "–"],
    ]
    tables: list[list[Cell]] = [[t["name"], t["version"], t["sha256"]] for t in record.tables]
    seals: list[list[Cell]] = [
        [seal.series_id, str(seal.length), seal.head_hash, seal.signed_at_utc, seal.signature]
        for seal in month.seals
    ]
    columns = [
        Column(words["series"], 1.6),
        Column(words["length"], 0.6),
        Column(words["head_hash"], 2.2),
        Column(words["signed_at"], 1.2),
        Column(words["signature_text"], 3),
    ]
    key = fingerprint(month.public_key) if month.public_key else words["no_key"]
    notes = [words["site_key"].format(fingerprint=key), words["chain_note"]]
    if not month.seals:
        notes = [words["not_sealed"].format(day=month.last_day().isoformat()), *notes]
    heads = [Column(words["figure"]), Column(words["value"], 3)]
    editions = [Column(words["table"]), Column(words["version"]), Column("SHA-256", 4)]
    return Part(
        words["part_origin"],
        [
            Table("record", words["record"], heads, rows),
            Table("tables", words["editions"], editions, tables),
            listed("seals", words["seals"], columns, seals, words, notes),
        ],
    )


def signatures_part(words: Words) -> Part:
    """Where people sign."""
    columns = [
        Column(words["role"], 1.2),
        Column(words["name"], 1.6),
        Column(words["date"]),
        Column(words["signature"], 2.4),
    ]
    rows: list[list[Cell]] = [
        [words[role], None, None, None] for role in ("prepared", "checked", "approved")
    ]
    table = Table("signatures", "", columns, rows, [words["signature_note"]])
    return Part(words["part_signatures"], [table])
