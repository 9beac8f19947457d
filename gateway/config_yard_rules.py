"""Rules of the yard: what it names exists, and each thing stands in a place of its own."""

from collections.abc import Iterator

from agent.alarms.conditions import WORKPLACE
from gateway.config import Config
from gateway.config_broken import Broken, unknown


def broken_workplaces(config: Config, points: set[str]) -> Iterator[Broken]:
    """Points of workplaces that nobody declared: limits for people would judge them unseen."""
    known = {place.id for place in config.workplace}
    for n, meter in enumerate(config.meter):
        for field, one in meter.points.items():
            if one.point.startswith(WORKPLACE) and one.point.split(".")[1] not in known:
                path = ("meter", n, "points", field)
                yield unknown(path, one.point.split(".")[1], "workplace", known)
    for n, place in enumerate(config.workplace):
        if not any(point.startswith(f"{WORKPLACE}{place.id}.") for point in points):
            yield Broken(
                ("workplace", n, "id"),
                repr(place.id),
                "nothing measures there, so no limit for people is watched",
                f"Feed a point {WORKPLACE}{place.id}.co_ppm from a board or meter, or remove it",
            )


def broken_yard(config: Config) -> Iterator[Broken]:
    """What the yard names and nobody has."""
    yield from _named_again(config)
    yield from _shared_spots(config)
    stores = {store.id for store in config.stores()}
    rows = {store.row for store in config.stores() if store.row}
    watched = {board.store for board in config.board}
    for n, row in enumerate(config.store_row):
        for other in row.beside:
            if other not in rows:
                yield unknown(("store_row", n, "beside"), other, "row", rows)
    for n, store in enumerate(config.store):
        for other in store.neighbours:
            if other not in stores:
                yield unknown(("store", n, "neighbours"), other, "store", stores)
        for other in store.covers:
            if other not in stores | rows:
                yield unknown(("store", n, "covers"), other, "store or row", stores | rows)
        if store.blending is not None and store.kind != "silo":
            yield Broken(
                ("store", n, "blending"),
                repr(store.blending),
                "a container holds one lot: nothing blends in it",
                'Remove it, or write kind = "silo"',
            )
        if store.outlet_by_hand and store.outlet_total_kg is not None:
            yield Broken(
                ("store", n, "outlet_by_hand"),
                "true",
                f"its outlet is counted by {store.outlet_total_kg} already",
                "Remove one of the two",
            )
        if store.covers and store.id not in watched:
            yield Broken(
                ("store", n, "covers"),
                repr(store.id),
                "no board watches it, so it stands for no other",
                "Give it a board, or remove 'covers'",
            )


def _named_again(config: Config) -> Iterator[Broken]:
    """A store is named once; a container of a row once more, to say more of it."""
    in_rows = {store.id for row in config.store_row for store in row.stores()}
    named: set[str] = set()
    for n, one in enumerate(config.store):
        if one.id in named or (one.id in in_rows and one.kind != "container"):
            yield Broken(
                ("store", n, "id"),
                repr(one.id),
                "another store has this id already",
                "Give each its own id",
            )
        named.add(one.id)


def _shared_spots(config: Config) -> Iterator[Broken]:
    spots: dict[tuple[str, int, int], str] = {}
    numbers = {store.id: n for n, store in enumerate(config.store)}
    for one in config.stores():
        if not one.row:
            continue
        other = spots.setdefault((one.row, one.position, one.tier), one.id)
        n = numbers.get(one.id, numbers.get(other))
        # Two rows of one name are told of as such; here it is about what was moved.
        if other != one.id and n is not None:
            yield Broken(
                ("store", n, "position"),
                str(one.position),
                f"{other} and {one.id} stand in row {one.row} at one place, tier {one.tier}",
                "Give each its own position or tier",
            )
