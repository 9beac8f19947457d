"""The yard of the site's file, as the alarm engine and the pages take it."""

from agent.alarms.round_book import RoundSettings
from agent.alarms.yard import Place, Yard
from gateway.config import Config


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
    return Yard(places, watched, {row.row: row.beside for row in config.store_row})


def rounds_of(config: Config) -> RoundSettings:
    """How handheld rounds are walked."""
    return RoundSettings(within_s=config.rounds.within_minutes * 60)
