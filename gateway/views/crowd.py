"""What the API shows of many alarms at once."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final

from gateway.http.crowd_views import FloodView, GroupView
from gateway.recording.desk import Desk

_LOOK_S: Final = 1.0


class CrowdView:
    """Groups and flood, as the desk's engine has them now.

    Args:
        desk: Holds the engine, another one after a reload.
        places: Path or store -> what people call it.
        changed: Called when a flood begins or ends.
    """

    def __init__(
        self, desk: Desk, places: Mapping[str, str], changed: Callable[[FloodView], None]
    ) -> None:
        self._desk = desk
        self._changed = changed
        self._told = False
        self.use(places)

    def use(self, places: Mapping[str, str]) -> None:
        """Call paths and stores by these names from now on."""
        self._places = places

    def groups(self) -> list[GroupView]:
        """Failed paths, and stores with more than one alarm."""
        engine = self._desk.alarms
        return [
            GroupView(**asdict(group), place=self._places.get(group.source, group.source))
            for group in engine.crowd.groups(engine.active())
        ]

    def flood(self) -> FloodView:
        """How many alarms people are told of."""
        fields = self._desk.alarms.crowd.flood().as_dict()
        window_us = fields.pop("window_us")
        return FloodView(**fields, window_s=window_us / 1e6)

    def look(self) -> None:
        """Tell of a flood that has begun or ended."""
        stands = self._desk.alarms.crowd.in_flood
        if stands != self._told:
            self._told = stands
            self._changed(self.flood())

    async def run(self) -> None:
        """Look every second until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_S)
