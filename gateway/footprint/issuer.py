"""The issuer: from slots to the records that rest on them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from agent.cofiring.balance import SLOT_US
from agent.cofiring.factor import Span, build
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import LotBook
from agent.cofiring.plant import Plant
from agent.cofiring.record import RULE_VERSION, FactorRecord
from agent.cofiring.rollup import add, minute
from gateway.footprint.canonical import digest_of
from gateway.footprint.writer import SlotInput

LATE: Final = "late data"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Computes records with given lots and tables.

    Args:
        code_version: Written into every record.
    """

    plant: Plant
    tables: Tables
    lots: LotBook
    code_version: str

    @property
    def unit(self) -> str:
        """The name its slots are kept under."""
        return f"{self.plant.plant_id}.{self.plant.unit_id}"

    def minutes(self, slots: Iterable[SlotInput]) -> Iterator[FactorRecord]:
        """One electricity record for each slot."""
        for slot in slots:
            span = Span("minute", slot.slot_us, slot.slot_us + SLOT_US)
            yield self._record(span, [slot], "electricity")

    def settlement(self, from_us: int, slots: Sequence[SlotInput]) -> Iterator[FactorRecord]:
        """The records of a settlement period: electricity, and steam where it is exported."""
        span = Span("settlement", from_us, from_us + self.plant.settlement_us)
        yield self._record(span, slots, "electricity")
        if self.plant.steam_point is not None:
            yield self._record(span, slots, "steam")

    def settlements_of(self, slots_us: Iterable[int], closed_until_us: int) -> list[int]:
        """Starts of the whole settlement periods that some slots lie in, in order."""
        length = self.plant.settlement_us
        starts = {slot_us - slot_us % length for slot_us in slots_us}
        return sorted(start for start in starts if start + length <= closed_until_us)

    def _record(self, span: Span, slots: Sequence[SlotInput], product: str) -> FactorRecord:
        computed = [
            minute(slot.slot_us, slot.meters, self.plant, self.lots, self.tables) for slot in slots
        ]
        record = build(span, add(computed, self.plant), self.plant, self.tables, product)
        return msgspec.structs.replace(
            record, code_version=self.code_version, inputs_digest=self._digest(span, slots)
        )

    def _digest(self, span: Span, slots: Sequence[SlotInput]) -> str:
        burning = {
            lot.id: lot.as_dict()
            for fuel in self.plant.fuels
            for slot in slots
            for lot, _ in self.lots.parts(fuel.id, slot.slot_us, slot.slot_us + SLOT_US)
            if lot is not None
        }
        return digest_of(
            {
                "period": [span.kind, span.from_us, span.to_us],
                "slots": [slot.digest for slot in slots],
                "lots": burning,
                "plant": self.plant.as_dict(),
                "tables": [[t.name, t.version, t.sha256] for t in self.tables.versions],
                "rule_version": RULE_VERSION,
            }
        )
