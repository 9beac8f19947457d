"""Heartbeat: a service elsewhere that misses it raises the alarm this gateway no longer can."""

import asyncio
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from agent.errors import HinobanError
from gateway.config_notify import Heartbeat
from gateway.notify.addresses import AddressError, address_of
from gateway.notify.limited import HangingError, limited

_TIMEOUT_S: Final = 10.0


def check_beat(address: str) -> None:
    """Refuse an address that cannot be asked.

    Raises:
        AddressError: In words that do not hold the address.
    """
    if urlsplit(address).scheme not in {"http", "https"}:
        raise AddressError("the heartbeat's address begins with neither http:// nor https://; "
                           "write the ping address of the service")  # fmt: skip


class Beat:
    """Asks an address at regular times, only while everything an alarm needs is well.

    Args:
        settings: Where and how often; None where the site wants none.
        well: What must be well -> whether it is.
    """

    def __init__(self, settings: Heartbeat | None, well: Mapping[str, Callable[[], bool]]) -> None:
        self._settings = settings
        self._well = well
        self.beats = 0
        self.problem: str | None = None

    def use(self, settings: Heartbeat | None) -> None:
        """Beat so from now on."""
        self._settings = settings

    def problems(self) -> list[str]:
        """Why the last beat was not sent or not taken, in plain words."""
        return [] if self.problem is None else [self.problem]

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(60.0 if self._settings is None else self._settings.every_s)

    async def beat(self) -> None:
        """Beat once, or say why not."""
        settings = self._settings
        if settings is None:
            self.problem = None
            return
        if sick := [name for name, is_well in self._well.items() if not is_well()]:
            self.problem = f"no heartbeat is sent, because of: {', '.join(sick)}"
            return
        try:
            address = address_of(settings)
            check_beat(address)
            status = await limited(lambda: _asked(address), 2 * _TIMEOUT_S)
        except HangingError:
            self.problem = "the heartbeat's service hangs"
        except HinobanError as err:
            self.problem = f"heartbeat: {err}"
        else:
            if 200 <= status < 300:
                self.beats += 1
                self.problem = None
            else:
                self.problem = f"the heartbeat's service answers {status}; check the address"


def _asked(address: str) -> int:
    request = urllib.request.Request(address, headers={"User-Agent": "Hinoban"})  # noqa: S310 (checked above)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            answer.read(1024)
            return int(answer.status)
    except urllib.error.HTTPError as err:
        err.close()
        return err.code
    except (OSError, ValueError, http.client.HTTPException) as err:
        kind = type(getattr(err, "reason", err)).__name__
        raise AddressError(f"the service cannot be reached ({kind}); check network and address") \
            from err  # fmt: skip
