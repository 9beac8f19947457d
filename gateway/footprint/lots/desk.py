"""What burns, as the accountant asks for it: made anew when somebody imported something."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Engine

from agent.cofiring.fuels import Tables
from agent.cofiring.lots import Burning, Lot
from agent.cofiring.plant import Plant
from gateway.config import Config
from gateway.footprint.gauges import Gauges
from gateway.footprint.lots.entries import Entries
from gateway.footprint.lots.supply import feeding_of, gauges_of, silos_of, told_of
from gateway.footprint.outflow import Outflow
from gateway.footprint.site import check_fuels
from gateway.footprint.writer import SlotInput


class LotDesk:
    """Lots of the site's file, entries of people and totals of outlets, put together.

    Args:
        config: The site.
        engine: Of the footprint database.
        unit: The name its slots are kept under.
    """

    def __init__(self, config: Config, engine: Engine, unit: str) -> None:
        self._config, self._engine, self._unit = config, engine, unit
        self._entries = Entries(engine)
        self.gauges = Gauges(gauges_of(config))
        self._read_n = -1
        self.begin(0)

    def begin(self, closed_until_us: int) -> None:
        """Forget what was learnt; slots that begin before `closed_until_us` are stored."""
        points = {silo.outlet_point for silo in silos_of(self._config) if silo.outlet_point}
        points |= gauges_of(self._config).keys()
        points |= {fuel.mass_total_kg for fuel in self._config.fuel}
        self._outflow = Outflow(sorted(points), self._engine, self._unit, closed_until_us)

    def forget(self) -> None:
        """What was asked last counts for nothing: ask anew."""
        self._read_n = -1

    def changed(self, connection: Connection) -> bool:
        """Whether somebody imported something since `burning` was asked."""
        return self._entries.last_seen(connection) != self._read_n

    def burning(self, plant: Plant, tables: Tables, lots: Iterable[Lot]) -> Burning:
        """What burns by all that is known now.

        Args:
            plant: The unit.
            tables: Reviewed tables.
            lots: Of the lots file.

        Raises:
            UnknownFuelError: Something of it cannot be counted.
            MixedBasisError: A factor and a calorific value are on different bases.
        """
        self._read_n = self._entries.last_n()
        told = told_of(lots, self._entries.newest())
        feeding = feeding_of(self._config, told)
        return check_fuels(plant, tables, told.lots.values(), feeding, self._outflow)

    def read_in(self, slot_us: int) -> Mapping[str, float]:
        """What was measured beside feeders in a slot: just now, or when it was closed."""
        return self.gauges.means(slot_us) or self._outflow.gauges(slot_us)

    def learn(self, slots: Iterable[SlotInput]) -> None:
        """Slots that are about to be stored."""
        self._outflow.learn(slots)
