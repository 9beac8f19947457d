"""The response card of an alarm, with the steps that people have ticked."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from agent.alarms import guidance
from agent.alarms.cards import Tick
from agent.alarms.conditions import OF_SYSTEM
from agent.alarms.guidance import Guidance, Guide
from gateway.config import Config
from gateway.config_alarm_rules import condition
from gateway.http.card_views import CardView, StepView

_TABLE: Final = Path(guidance.__file__).parents[1] / "tables" / "guidance.toml"


class CardRack:
    """The reviewed catalogue that comes with the program."""

    def __init__(self) -> None:
        self._guidance = Guidance(tomllib.loads(_TABLE.read_text(encoding="utf-8")))

    def guide(self, site: Config, alarm_id: str, language: str) -> Guide | None:
        """The texts for an alarm that stands or not; None where the site has no such condition.

        Args:
            site: Whose conditions count.
            alarm_id: The alarm.
            language: Of the reader.
        """
        name = alarm_id.partition(":")[0]
        own = {alarm.id: condition(alarm).guidance for alarm in site.alarm}
        key = name if name in OF_SYSTEM else own.get(name)
        return None if key is None else self._guidance.text(key, language)

    def card(self, alarm_id: str, key: str, language: str, ticks: Iterable[Tick]) -> CardView:
        """The card of an alarm.

        Args:
            alarm_id: The alarm.
            key: Of its texts in the catalogue.
            language: Of the reader; English where it is not served.
            ticks: The steps that were ticked.
        """
        guide = self._guidance.text(key, language)
        done = {tick.step: tick for tick in ticks}
        return CardView(
            alarm_id=alarm_id,
            title=guide.title,
            meaning=guide.meaning,
            consequence=guide.consequence,
            steps=tuple(
                StepView(
                    step=number,
                    text=text,
                    done_by=done[number].person if number in done else None,
                    done_us=done[number].at_us if number in done else None,
                )
                for number, text in enumerate(guide.steps, 1)
            ),
        )
