"""The yard of the site's file, as the alarm engine and the pages take it."""

from agent.alarms.conditions import WORKPLACE
from agent.alarms.exposure import CO, MEAN
from agent.alarms.round_book import RoundSettings
from agent.alarms.yard import Place, Yard
from gateway.config import Config
from gateway.config_rules import board_points, meter_points


def yard_of(config: Config) -> Yard:
    """What stands where, and which stores a board speaks for."""
    first = {row.row: row.first for row in config.store_row}
    places = [
        Place(
            id=store.id,
            row=store.row,
            position=store.position,
            tier=store.tier,
            column=store.position - first.get(store.row, 0),
            neighbours=store.neighbours,
            covers=store.covers,
        )
        for store in config.stores()
    ]
    watched = [board.store for board in config.board if board.store is not None]
    yard = Yard(places, watched, {row.row: row.beside for row in config.store_row})
    yard.settle()
    return yard


def means_of(config: Config) -> list[str]:
    """The points of eight-hour means that the engine makes of the air of workplaces."""
    fed = [*board_points(config), *meter_points(config)]
    airs = [p for p in fed if p.startswith(WORKPLACE) and p.rpartition(".")[2] == CO]
    return [air.removesuffix(CO) + MEAN for air in airs]


def rounds_of(config: Config) -> RoundSettings:
    """How handheld rounds are walked."""
    return RoundSettings(within_s=config.rounds.within_minutes * 60)
