"""A scenario: what happens to plant, yard and boards, read from one TOML file."""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Outage:
    """A feeder that gives nothing for a while.

    Args:
        fuel: Which one.
        from_s: When it begins to stop, after the start of the plant [s].
        to_s: When it is back at its full flow [s].
    """

    fuel: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Stop:
    """The whole unit without output, while some coal still burns.

    Args:
        from_s: When the unit begins to go down, after the start of the plant [s].
        to_s: When it is back at its load [s].
        coal_kg_per_s: Coal for ignition and banking meanwhile [kg/s].
    """

    from_s: float
    to_s: float
    coal_kg_per_s: float = 0.4


@dataclass(frozen=True, slots=True)
class PlantPart:
    """What the plant does.

    Args:
        speed: Seconds of the daily curves per second; mass and energy run in real time.
        day_start_h: Hour of the day at which the curves begin [h].
        outage: Feeders that stop.
        stop: Stops of the unit.
    """

    speed: float = 60.0
    day_start_h: float = 8.0
    outage: tuple[Outage, ...] = ()
    stop: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A nest of smouldering fuel near a sensor.

    Args:
        store: Which store.
        onset_s: When it begins, after the start of the yard [s].
        doubling_days: Simulated days in which its CO and its heat double [d].
        nitrogen_s: When nitrogen is let in from the bottom, or None [s].
    """

    store: str
    onset_s: float
    doubling_days: float
    nitrogen_s: float | None = None


@dataclass(frozen=True, slots=True)
class SensorFault:
    """A sensor that stops giving values.

    Args:
        board: Which board.
        value: Which of its values, such as ``temp_2_degc``.
        reason: How it fails: ``sensor_open``, ``sensor_short`` or ``crc``.
        from_s: When, after the start of the yard [s].
        to_s: When it is well again, or None [s].
    """

    board: str
    value: str
    reason: str
    from_s: float
    to_s: float | None = None


@dataclass(frozen=True, slots=True)
class YardPart:
    """What the yard does.

    Args:
        speed: Simulated seconds per second.
        ambient_degc: Mean air temperature [°C].
        ambient_swing_k: Half the difference of day and night [K].
        air_exchange_per_day: Least and most changes of a store's air [1/d].
        co_mg_per_t_day: Least and most CO a tonne of pellets gives at 25 °C [mg/(t·d)].
        spent: Part of the oxidation pool that the pellets have behind them, 0 to 1.
        hotspot: Stores that smoulder.
        fault: Sensors that fail.
    """

    speed: float = 600.0
    ambient_degc: float = 18.0
    ambient_swing_k: float = 5.0
    air_exchange_per_day: tuple[float, float] = (0.3, 0.5)
    co_mg_per_t_day: tuple[float, float] = (100.0, 250.0)
    spent: float = 0.9
    hotspot: tuple[Hotspot, ...] = ()
    fault: tuple[SensorFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Kill:
    """A board that is killed.

    Args:
        board: Which board.
        at_s: When, after the start of the boards [s].
        restart_s: When it is started again, or None [s].
    """

    board: str
    at_s: float
    restart_s: float | None = None


@dataclass(frozen=True, slots=True)
class BoardsPart:
    """What happens to the boards."""

    kill: tuple[Kill, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario; see `simulators/scenarios/`.

    Args:
        name: Its file's name without ending.
        title: One sentence for the page and the console.
        plant: What the plant does.
        yard: What the yard does.
        boards: What happens to the boards.
    """

    name: str
    title: str
    plant: PlantPart
    yard: YardPart
    boards: BoardsPart


def names() -> list[str]:
    """The scenarios that come with the simulators."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Scenario:
    """Read a scenario.

    Args:
        name: One of `names`, or the path of a TOML file.

    Raises:
        ValueError: There is no such scenario, or it holds an unknown key.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not path.is_file():
        raise ValueError(f"scenario {name!r} is unknown; use one of {', '.join(names())}")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    plant, yard = tables.get("plant", {}), tables.get("yard", {})
    try:
        return Scenario(
            name=path.stem,
            title=tables["title"],
            plant=PlantPart(**_filled(plant, {"outage": Outage, "stop": Stop})),
            yard=YardPart(**_filled(yard, {"hotspot": Hotspot, "fault": SensorFault})),
            boards=BoardsPart(**_filled(tables.get("boards", {}), {"kill": Kill})),
        )
    except (KeyError, TypeError) as wrong:
        raise ValueError(f"{path}: {wrong}") from wrong


def with_stop(part: PlantPart, from_s: float, to_s: float) -> PlantPart:
    """The same plant with one more stop of the unit."""
    return dataclasses.replace(part, stop=(*part.stop, Stop(from_s, to_s)))


def _filled(table: Mapping[str, Any], lists: Mapping[str, type]) -> dict[str, Any]:
    filled: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    for key, kind in lists.items():
        filled[key] = tuple(kind(**entry) for entry in table.get(key, ()))
    return filled
