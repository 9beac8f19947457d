"""The gateway's own horn: quiet only while this program says so, every half second."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from agent.alarms.conditions import Klass
from agent.alarms.standing import AlarmView
from agent.alarms.visibility import Visibility
from gateway.clock import Clock
from gateway.config_notify import Horn
from gateway.notify.ledger import Ledger
from gateway.notify.pulses import HornError, Pulses, open_pulses

LOOK_S: Final = 2.0
"""How often standing alarms are looked at where nothing happens [s]."""

_REOPEN_S: Final = 5.0
_CLASSES: Final = [str(klass) for klass in Klass]  # the worst first


class Silenced(msgspec.Struct, frozen=True):
    """An alarm that somebody has heard.

    Args:
        raised_us: Which raising of it, UTC [µs]; a later one sounds again.
        person: Who.
        at_us: When, UTC [µs].
        klass: What it was about then; one that became worse sounds again.
    """

    raised_us: int
    person: str
    at_us: int
    klass: str = str(Klass.FIRE)

    def covers(self, view: AlarmView) -> bool:
        """Whether that person heard the alarm as it is now."""
        known = self.raised_us >= view.raised_us
        return known and _CLASSES.index(self.klass) <= _CLASSES.index(view.klass)


class HornDriver:
    """Pulses while nothing sounds. No pulse, for whatever reason, sounds the horn.

    Args:
        settings: The horn; None where the site has none.
        ledger: Keeps what was silenced.
        active: Every alarm that is not normal.
        clock: What time it is.
        opened: Opens the output.
    """

    def __init__(
        self,
        settings: Horn | None,
        ledger: Ledger,
        active: Callable[[], Sequence[AlarmView]],
        clock: Clock,
        opened: Callable[[Horn], Pulses] = open_pulses,
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._active = active
        self._clock = clock
        self._opened = opened
        self._output: Pulses | None = None
        self._again_us = self._look_us = 0
        self._silenced = ledger.memos("silenced", Silenced)
        self.sounding: tuple[str, ...] = ()
        self.problem: str | None = None

    @property
    def is_fitted(self) -> bool:
        """Whether the site has a horn."""
        return self._settings is not None

    def problems(self) -> list[str]:
        """Why the horn cannot be kept quiet, in plain words."""
        return [] if self.problem is None else [self.problem]

    def told(self) -> None:
        """Something happened: look at the next pulse."""
        self._look_us = 0

    async def run(self) -> None:
        """Pulse until cancelled; from then on the relay sounds."""
        if self._settings is None:
            return
        try:
            while True:
                self.step()
                await asyncio.sleep(self._settings.pulse_s)
        finally:
            if self._output is not None:
                self._output.close()

    def step(self) -> None:
        """Pulse once, unless an alarm sounds."""
        settings, mono_us = self._settings, self._clock.now().mono_us
        if settings is None:
            return
        if mono_us >= self._look_us:
            self._look_us = mono_us + round(LOOK_S * 1e6)
            self._look(settings)
        if self.sounding:
            return
        try:
            if self._output is None:
                if mono_us < self._again_us:
                    return
                self._output = self._opened(settings)
            self._output.pulse()
            self.problem = None
        except HornError as err:
            self.problem = f"horn: {err}; its relay sounds until that is mended"
            self._again_us = mono_us + round(_REOPEN_S * 1e6)
            if self._output is not None:
                self._output.close()
                self._output = None

    async def silence(self, person: str) -> tuple[str, ...]:
        """Somebody has heard what sounds; whatever is raised later sounds again.

        Returns:
            The alarms that no longer sound. They stand and wait as before.
        """
        if self._settings is not None:
            self._look(self._settings)
        heard, now_us = self.sounding, self._clock.now().utc_us
        views = {view.alarm_id: view for view in self._active()}
        for alarm_id in heard:
            view = views[alarm_id]
            silenced = Silenced(view.raised_us, person, now_us, view.klass)
            self._silenced[alarm_id] = silenced
            self._ledger.note("silenced", alarm_id, silenced)
        self.sounding = ()
        await self._ledger.kept()
        return heard

    def _look(self, settings: Horn) -> None:
        standing = {view.alarm_id: view for view in self._active() if _sounds(view, settings)}
        for alarm_id in [name for name in self._silenced if name not in standing]:
            del self._silenced[alarm_id]
            self._ledger.forget("silenced", alarm_id)
        self.sounding = tuple(
            view.alarm_id
            for view in standing.values()
            if (one := self._silenced.get(view.alarm_id)) is None or not one.covers(view)
        )


def _sounds(view: AlarmView, settings: Horn) -> bool:
    """Whether an alarm concerns the horn until somebody acknowledges it."""
    if view.visibility != Visibility.SHOWN or not view.unseen:
        return False
    if not view.in_alarm and not view.latching:
        return False
    return view.klass in settings.classes or view.priority in settings.priorities
