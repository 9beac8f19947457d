"""Which lot a container holds: the one delivered to it last, or as the site's file says."""

from bisect import bisect_right
from collections.abc import Iterable

from agent.cofiring.lots import Lot
from gateway.config import Config


class Holding:
    """What containers hold; each holds one lot.

    Args:
        config: The site; a store may name its lot.
        lots: All that are known, with where they were delivered to.
    """

    def __init__(self, config: Config, lots: Iterable[Lot]) -> None:
        known = {lot.id: lot for lot in lots}
        self._named = {
            store.id: known[store.lot] for store in config.stores() if store.lot in known
        }
        self._delivered: dict[str, list[tuple[int, str, Lot]]] = {}
        for lot in known.values():
            if lot.delivery is not None and lot.delivery.store:
                since_us = lot.delivery.delivered_us or lot.from_us
                into = self._delivered.setdefault(lot.delivery.store, [])
                into.append((since_us, lot.id, lot))
        for into in self._delivered.values():
            into.sort(key=lambda one: one[:2])

    def lot(self, store: str, t_us: int) -> Lot | None:
        """The lot in a store at an instant, UTC [µs]; None where nobody told."""
        into = self._delivered.get(store, [])
        index = bisect_right(into, t_us, key=lambda one: one[0])
        return into[index - 1][2] if index else self._named.get(store)
