"""How traced silos stand: what they hold by lot, and what their scales got wrong."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from agent.cofiring.blending import OTHER, Trace
from agent.cofiring.feeding import Silo
from agent.cofiring.fuels import Tables
from agent.cofiring.lots import Lot
from agent.cofiring.tracing import Supply
from gateway.config import Config
from gateway.footprint.lots.desk import LotDesk
from gateway.footprint.moments import utc_text
from gateway.footprint.site import plant_of
from gateway.footprint.store import FootprintStore


@dataclass(frozen=True, slots=True)
class SiloState:
    """A silo by its ledger.

    Args:
        model: How it blends, as declared.
        as_of_utc: Of the newest closed minute.
        held: By lot [kg]; negative where more came out than went in.
        held_other: The same by the other way of blending.
        in_kg: All that went in.
        written_off_kg: What the ledger held when it was found empty.
        overdrawn_kg: What came out beyond what went in.
    """

    silo: str
    fuel: str
    model: str
    as_of_utc: str
    held: dict[str, float]
    held_other: dict[str, float]
    in_kg: float
    written_off_kg: float
    overdrawn_kg: float

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready fields."""
        return asdict(self)


def silo_states(
    config: Config, tables: Tables, lots: Iterable[Lot], store: FootprintStore
) -> list[SiloState]:
    """Every traced silo and feed line as the newest closed minute left it."""
    plant = plant_of(config, tables)
    unit = f"{plant.plant_id}.{plant.unit_id}"
    desk = LotDesk(config, store.engine, unit)
    _, state = store.progress(unit)
    until_us = int(state.get("next_us") or 0)
    desk.begin(until_us)
    burning = desk.burning(plant, tables, lots)
    if not isinstance(burning, Supply) or not until_us:
        return []
    return [_state(burning, silo, until_us) for silo in burning.silos()]


def _state(supply: Supply, silo: Silo, until_us: int) -> SiloState:
    total = supply.total(silo, until_us)
    trace, other = supply.traced(silo), supply.traced(silo, OTHER[silo.model])
    return SiloState(
        silo.id,
        silo.fuel,
        silo.model,
        utc_text(until_us),
        _held(trace, total),
        _held(other, total),
        trace.in_kg,
        trace.written_off_kg,
        trace.overdrawn_kg + max(-trace.held_kg(total), 0.0) if total is not None else 0.0,
    )


def _held(trace: Trace, total: float | None) -> dict[str, float]:
    """What is left of each lot once the meter stands at a total."""
    held = {str(lot): kg for lot, kg in trace.held}
    if total is None or total <= trace.held_at:
        return held
    out_kg = min(total - trace.held_at, sum(held.values()))
    for lot, part in trace.parts(trace.held_at, trace.held_at + out_kg):
        if isinstance(lot, str):
            held[lot] = held.get(lot, 0.0) - part * out_kg
    return {lot: kg for lot, kg in held.items() if kg > 1e-6}
