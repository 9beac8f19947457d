"""The issuer: from slots to sums, and from sums to the records that rest on them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import msgspec

from agent.cofiring.balance import SLOT_US
from agent.cofiring.factor import Span, build
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import Burning
from agent.cofiring.plant import Plant
from agent.cofiring.record import RULE_VERSION, FactorRecord
from agent.cofiring.rollup import Sums, add, minute, sums_of
from gateway.footprint.canonical import digest_of
from gateway.footprint.sums_shelf import Summed
from gateway.footprint.writer import SlotInput

LATE: Final = "late data"

Known = dict[str, Sums]
"""Sums of slots by their digest, while neither lots nor tables nor totals of outlets move."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Computes records with given lots and tables.

    Args:
        code_version: Written into every record.
    """

    plant: Plant
    tables: Tables
    lots: Burning
    code_version: str
    _choices: str = field(init=False, repr=False, compare=False)
    _lots: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        choices = {
            "plant": self.plant.as_dict(),
            "tables": [[t.name, t.version, t.sha256] for t in self.tables.versions],
            "rule_version": RULE_VERSION,
        }
        object.__setattr__(self, "_choices", digest_of(choices))

    @property
    def unit(self) -> str:
        """The name its slots are kept under."""
        return f"{self.plant.plant_id}.{self.plant.unit_id}"

    def minutes(self, slots: Iterable[SlotInput], known: Known) -> Iterator[FactorRecord]:
        """One electricity record for each slot; what is `known` of slots is added to."""
        for slot in slots:
            span = Span("minute", slot.slot_us, slot.slot_us + SLOT_US)
            yield self._record(span, self.summed(span, [slot], known), "electricity")

    def summed(self, span: Span, slots: Sequence[SlotInput], known: Known | None = None) -> Summed:
        """The sums of some slots, of which those `known` are not computed again."""
        known = {} if known is None else known
        for slot in slots:
            if slot.digest not in known:
                known[slot.digest] = self._computed(slot)
        sums = add((known[slot.digest] for slot in slots), self.plant)
        inputs = {"slots": [slot.digest for slot in slots], "burnt": self._burnt(sums)}
        return Summed(sums, self._digest(span, inputs))

    def joined(self, span: Span, parts: Sequence[Summed]) -> Summed:
        """The sums of a period that consists of others, in time order."""
        sums = add((part.sums for part in parts), self.plant)
        return Summed(sums, self._digest(span, {"parts": [part.digest for part in parts]}))

    def records(self, span: Span, summed: Summed) -> Iterator[FactorRecord]:
        """The records of a period: electricity, and steam where it is exported."""
        yield self._record(span, summed, "electricity")
        if self.plant.steam_point is not None:
            yield self._record(span, summed, "steam")

    def _computed(self, slot: SlotInput) -> Sums:
        meters, fills = slot.meters, slot.fills
        made = minute(slot.slot_us, meters, self.plant, self.lots, self.tables, fills)
        return sums_of(made, self.plant)

    def _record(self, span: Span, summed: Summed, product: str) -> FactorRecord:
        record = build(span, summed.sums, self.plant, self.tables, product)
        return msgspec.structs.replace(
            record, code_version=self.code_version, inputs_digest=summed.digest
        )

    def _burnt(self, sums: Sums) -> list[list[Any]]:
        """What burnt of which lot, with all that is known of the lot."""
        return [
            [
                *(p.fuel, self._lot(p.lot), p.burnt.kg, p.other_kg, p.dry_kg, p.substituted_kg),
                p.properties.moisture and p.properties.moisture.as_dict(),
                *([[asdict(each) for each in p.beyond]] if p.beyond else []),
            ]
            for p in sums.everything.portions
        ]

    def _lot(self, lot_id: str | None) -> Any:
        if lot_id is None:
            return None
        if lot_id not in self._lots:
            self._lots[lot_id] = digest_of(self.lots[lot_id].as_dict())
        return [lot_id, self._lots[lot_id]]

    def _digest(self, span: Span, inputs: dict[str, Any]) -> str:
        period = [span.kind, span.from_us, span.to_us]
        return digest_of({"period": period, **inputs, "choices": self._choices})


def code_version() -> str:
    """The program's version, as records carry it."""
    try:
        return version("hinoban")
    except PackageNotFoundError:
        return "unpackaged"
