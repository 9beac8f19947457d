"""Expiry: which certificates end soon, looked up once an hour, so that none ends unnoticed."""

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Final

from agent.errors import HinobanError
from gateway.boards.identity import papers
from gateway.boards.keyring import Keyring
from gateway.clock import Now

_LOOK_S: Final = 3600.0
_OF_ALL: Final = ("authority", "broker", "gateway")


class Expiry:
    """Certificates of the site's boards, broker, gateway and authority.

    Args:
        ring: Where they lie; a gateway that holds none finds nothing.
        boards: Ids of the site's boards; papers of others are passed over.
        now: The instant.
    """

    def __init__(self, ring: Keyring, boards: Collection[str], now: Callable[[], Now]) -> None:
        self._ring = ring
        self._owners = {*_OF_ALL, *boards}
        self._now = now
        self.words: tuple[str, ...] = ()

    async def run(self) -> None:
        """Look every hour until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> None:
        """Look once. Without a clock that can be believed nothing is said, and nothing unsaid."""
        now = self._now()
        if now.synchronised:
            self.words = await asyncio.to_thread(self._ending, now)

    def _ending(self, now: Now) -> tuple[str, ...]:
        instant = datetime.fromtimestamp(now.utc_us / 1e6, UTC)
        try:
            found = [paper for paper in papers(self._ring, instant) if paper.ends_soon]
        except HinobanError as err:
            return (str(err),)
        return tuple(
            f"the certificate of {paper.owner} "
            + (
                f"ended {-paper.days_left} days ago"
                if paper.days_left < 0
                else f"ends in {paper.days_left} days"
            )
            + f": {paper.renewal}"
            for paper in sorted(found, key=lambda paper: paper.days_left)
            if paper.owner in self._owners
        )
