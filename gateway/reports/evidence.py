"""What a verifier looks at first: data quality, editions, the chain, and who signs."""

import math

from gateway.footprint.canonical import hash_of, record_text
from gateway.footprint.moments import us_of
from gateway.footprint.site_key import fingerprint
from gateway.reports.cells import KG_PER_T, listed, number, percent
from gateway.reports.document import NONE, Cell, Column, Part, Table, Unknown
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
        [
            words["of_what"].format(what=words["pedigree"], said=words.get(name)),
            number(score, 2),
            words["pedigree_scale"],
        ]
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
    flags += [[words["contradiction"], text] for text in over_delivered(month, words)]
    if record.no_interval_reason:
        reason = said(record.no_interval_reason, month, words)
        flags.append([words["interval"], Unknown(reason)])
    heads = [Column(words["kind"]), Column(words["text"], 5)]
    contributors: list[list[Cell]] = [
        [
            _figure(month, str(one["figure"]), words),
            said(str(one["source"]), month, words),
            words.get(str(one["quantity"])),
            words["comma"].join(month.fuel_name(f, words.language) for f in one["fuels"]) or NONE,
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
            _leaning(month, words),
            listed("flags", words["flags"], heads, flags, words, [words["flags_note"]]),
            listed("contributors", words["contributors"], columns, contributors, words),
        ],
    )


def _leaning(month: Month, words: Words) -> Table:
    """Figures of the month as far as estimates may lean against the claim, beside the best ones."""
    record, lean = month.record, month.record.conservative
    columns = [
        Column(words["figure"], 2.4),
        Column(words["best_value"], 1.2),
        Column(words["conservative_value"], 1.2),
        Column(words["unit"]),
    ]
    if lean is None:
        heads = [Column(words["result"])]
        return Table("leaning", words["leaning"], heads, [[words["nothing_estimated"]]])
    why = words["source_unknown"]
    pairs = (
        (words["fossil_co2_kg"], record.fossil_co2_kg, lean["fossil_co2_kg"], 1, "kg"),
        (words["net_kwh"], record.net_kwh, lean["net_kwh"], 0, "kWh"),
        (words["fossil_co2_kg_per_kwh"], record.fossil_co2_kg_per_kwh,
         lean["fossil_co2_kg_per_net_kwh"], 6, "kg/kWh"),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [name, number(best, digits, why), number(leaning, digits, why), unit]
        for name, best, leaning, digits, unit in pairs
    ]
    shares = lean["share_heat"] or {}
    for line in month.plant.fuels:
        name = month.fuel_name(line.id, words.language)
        best = (record.share_heat or {}).get(line.id)
        cells = [percent(share, 4, why) for share in (best, shares.get(line.id))]
        rows.append([words["share_heat_of"].format(fuel=name), *cells, "%"])
    notes = [words["leaning_note"].format(sigmas=f"{lean['sigmas']:g}")]
    return Table("leaning", words["leaning"], columns, rows, notes)


def _figure(month: Month, name: str, words: Words) -> str:
    kind, _, fuel = name.partition(".")
    if not fuel:
        return words.get(name)
    return words["comma"].join((words.get(kind), month.fuel_name(fuel, words.language)))


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


def over_delivered(month: Month, words: Words) -> list[str]:
    """Lots of which more is counted as burnt, since the first survey, than was delivered."""
    burnt: dict[tuple[str, str], list[float]] = {}
    for record in month.earlier.values():
        for one in record.fuels:
            if one.get("lot") and one.get("kg"):
                burnt.setdefault((one["fuel"], one["lot"]), []).append(one["kg"])
    scales = {line.id: month.plant.accuracy.get(line.mass_point) for line in month.plant.fuels}
    found = []
    for (fuel, key), parts in burnt.items():
        lot, scale, kg = month.lots.get(key), scales.get(fuel), math.fsum(parts)
        if lot is None or lot.delivery is None or lot.delivery.mass_kg is None:
            continue
        delivered = lot.delivery.mass_kg
        doubt = kg * (scale.scale if scale else 0.0) + (lot.delivery.mass_half95_kg or 0.0)
        if kg - delivered > doubt:
            shown = {"burnt": f"{kg / KG_PER_T:,.3f}", "delivered": f"{delivered / KG_PER_T:,.3f}"}
            found.append(words["over_delivered"].format(lot=key, **shown))
    return found


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
