"""How people handle alarms: the reviewed table, and what the site sets otherwise."""

import tomllib
from pathlib import Path
from typing import Final

from agent.alarms.handling import Handling, read_handling
from gateway.config_handling import AlarmHandling

TABLE: Final = Path(__file__).resolve().parents[1] / "agent" / "tables" / "alarm_handling.toml"


def handling_of(settings: AlarmHandling, path: Path = TABLE) -> Handling:
    """What people of this site may do with alarms."""
    usual = read_handling(tomllib.loads(path.read_text(encoding="utf-8")))
    shelf_s, agree_s = settings.longest_shelf_s, settings.agree_within_s
    again_us = dict(usual.realarm_after_us)
    again_us |= {str(k): round(s * 1e6) for k, s in settings.realarm_after_s.items()}
    second = settings.second_person
    return Handling(
        longest_shelf_us=usual.longest_shelf_us if shelf_s is None else round(shelf_s * 1e6),
        agree_within_us=usual.agree_within_us if agree_s is None else round(agree_s * 1e6),
        second_person=usual.second_person if second is None else frozenset(second),
        realarm_after_us={k: us for k, us in again_us.items() if us > 0},
    )
