"""A point under other and other sites, for histories in which the configuration changes."""

from dataclasses import replace

from agent.alarms.conditions import Condition
from agent.alarms.handling import Handling

S = 1_000_000
H = 3600.0
TEMP = "yard.c1.temp_1_degc"
HIGH = Condition("high", "high", TEMP, "fire", "critical", limit=50.0, unit="degc")
PRE = Condition("pre", "high", TEMP, "advisory", "medium", limit=45.0, unit="degc")
BAD = Condition("bad", "bad", TEMP, "fault", "high")
SITES = {
    "whole": (HIGH, PRE, BAD),
    "no fire": (PRE, BAD),
    "only fire": (HIGH,),
    "worse": (HIGH, replace(PRE, klass="process"), BAD),
    "bare": (),
}
DISK = "disk:journal"
IDS = {name: f"{name}:{TEMP}" for name in ("high", "pre", "bad")} | {"disk": DISK}
SHELF_S, REMIND_S, AGREE_S = H, 4 * H, 600.0
HANDLING = Handling(
    longest_shelf_us=8 * 3600 * S,
    agree_within_us=round(AGREE_S) * S,
    second_person=frozenset({"fire"}),
    realarm_after_us={"fire": round(REMIND_S) * S, "process": round(REMIND_S) * S},
)
