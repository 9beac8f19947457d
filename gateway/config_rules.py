"""Rules that no single key can break: duplicates, references, units and what a kind needs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.alarms.exposure import MEAN
from agent.alarms.foresight import is_derived
from agent.alarms.rounds import is_by_hand
from gateway.config import Config, MeterTables
from gateway.config_alarm_rules import broken_alarms
from gateway.config_balance_rules import broken_balances
from gateway.config_broken import Broken, unknown
from gateway.config_cofiring_rules import broken_cofiring
from gateway.config_footprint import broken_footprint
from gateway.config_path_rules import broken_paths
from gateway.config_yard_rules import broken_workplaces, broken_yard
from gateway.toml_lines import Path
from gateway.units import UNITS

GATEWAY_PREFIX: Final = "gateway-"
"""How a gateway's name at the broker begins; its id follows."""

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def broken_rules(config: Config) -> list[Broken]:
    """Every rule the configuration breaks, in the order of the file's sections."""
    points = {*meter_points(config), *board_points(config)}
    return [
        *_timezone(config),
        *_duplicate_ids(config),
        *_boards(config),
        *_references(config),
        *broken_yard(config),
        *broken_workplaces(config, points),
        *broken_alarms(config, points),
        *broken_paths(config),
        *broken_cofiring(config),
        *broken_balances(config),
        *_listening(config),
        *_broker(config),
        *broken_footprint(config.footprint, config.site.id, config.unit.id),
    ]


def broken_meter_rules(config: MeterTables) -> list[Broken]:
    """Those of them that the tables of lines and meters alone can break."""
    named = {"line": [line.id for line in config.line], "meter": [m.id for m in config.meter]}
    return [*_timezone(config), *_twice(named)]


def board_points(config: Config) -> list[str]:
    """Every point the boards feed."""
    return [board.point(value) for board in config.board for value in board.values]


def meter_points(config: Config) -> list[str]:
    """Every point the meters feed."""
    return [field.point for meter in config.meter for field in meter.points.values()]


def _timezone(config: MeterTables) -> Iterator[Broken]:
    try:
        ZoneInfo(config.site.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Broken(
            ("site", "timezone"),
            repr(config.site.timezone),
            "this time zone is unknown",
            "Use a name such as 'Asia/Tokyo' or 'Asia/Taipei'",
        )


def _duplicate_ids(config: Config) -> Iterator[Broken]:
    named: Mapping[str, Iterable[str]] = {
        "line": [line.id for line in config.line],
        "meter": [m.id for m in config.meter],
        "fuel": [f.id for f in config.fuel],
        "boiler": [b.id for b in config.boiler],
        "balance": [b.id for b in config.balance],
        "board": [b.id for b in config.board],
        "alarm": [a.id for a in config.alarm],
        "path": [p.id for p in config.path],
        "sink": [s.id for s in config.sink],
        "recipient": [recipient.id for recipient in config.recipient],
        "route": [route.id for route in config.route],
        "workplace": [place.id for place in config.workplace],
    }
    yield from _twice(named)
    stores: set[str] = set()
    for n, row in enumerate(config.store_row):
        for store in row.stores():
            if store.id in stores:
                yield Broken(
                    ("store_row", n, "first"),
                    str(row.first),
                    f"the store {store.id!r} is in another row already",
                    "Let rows not overlap",
                )
                break
            stores.add(store.id)


def _twice(named: Mapping[str, Iterable[str]]) -> Iterator[Broken]:
    for section, ids in named.items():
        seen: set[str] = set()
        for n, name in enumerate(ids):
            if name in seen:
                yield Broken(
                    (section, n, "id"),
                    repr(name),
                    f"another {section} has this id already",
                    "Give each its own id",
                )
            seen.add(name)


def _boards(config: Config) -> Iterator[Broken]:
    stores: dict[str, str] = {}
    for n, board in enumerate(config.board):
        if board.id.startswith(GATEWAY_PREFIX):
            yield Broken(
                ("board", n, "id"),
                repr(board.id),
                "the broker knows gateways by such names, and lets them command boards",
                f"Give the board an id that does not begin with {GATEWAY_PREFIX!r}",
            )
        if (board.store is None) == (board.workplace is None):
            yield Broken(
                ("board", n),
                repr(board.id),
                "a board watches either a store or a workplace",
                'Give one of store = "…" and workplace = "…"',
            )
        elif board.store in stores:
            yield Broken(
                ("board", n, "store"),
                repr(board.store),
                f"board {stores[board.store]!r} watches this store already",
                "Name each store at one board",
            )
        elif board.store is not None:
            stores[board.store] = board.id
        for value in board.values:
            if is_derived(value) or value == MEAN or is_by_hand(value):
                yield Broken(
                    ("board", n, "values"),
                    repr(value),
                    "the gateway makes a value of this name itself",
                    "Give what the board measures another name",
                )
            if not value.endswith(tuple(f"_{unit}" for unit in UNITS)):
                yield Broken(
                    ("board", n, "values"),
                    repr(value),
                    "the value's name does not end in its unit",
                    f"End it in one of: {', '.join('_' + u for u in UNITS)}",
                )


def _references(config: Config) -> Iterator[Broken]:
    fuels = {fuel.id for fuel in config.fuel}
    stores = {store.id for store in config.stores()}
    workplaces = {place.id for place in config.workplace}
    for n, row in enumerate(config.store_row):
        if row.fuel not in fuels:
            yield unknown(("store_row", n, "fuel"), row.fuel, "fuel", fuels)
    for n, store in enumerate(config.store):
        if store.fuel not in fuels:
            yield unknown(("store", n, "fuel"), store.fuel, "fuel", fuels)
    for n, board in enumerate(config.board):
        if board.store is not None and board.store not in stores:
            yield unknown(("board", n, "store"), board.store, "store", stores)
        if board.workplace is not None and board.workplace not in workplaces:
            yield unknown(("board", n, "workplace"), board.workplace, "workplace", workplaces)
    yield from _unit_points(config, set(meter_points(config)))
    yield from _air(config, {*meter_points(config), *board_points(config)})


def _air(config: Config, points: set[str]) -> Iterator[Broken]:
    point = config.early_warning.air_degc
    if point is None:
        return
    if not point.endswith("_degc"):
        yield Broken(
            ("early_warning", "air_degc"),
            repr(point),
            "the temperature of the air is needed here",
            "Use a point whose name ends in '_degc'",
        )
    elif point not in points:
        yield unknown(("early_warning", "air_degc"), point, "point of a meter or board", points)


def _unit_points(config: Config, points: set[str]) -> Iterator[Broken]:
    wanted: list[tuple[Path, str]] = [(("unit", "gross_total_kwh"), config.unit.gross_total_kwh)]
    wanted += [(("unit", "aux_total_kwh"), point) for point in config.unit.aux_total_kwh]
    keys = ("sold_total_kwh", "import_total_kwh", "steam_heat_total_mj", "steam_mass_total_kg")
    for key in (*keys, "gross_kw"):
        if (point := getattr(config.unit, key)) is not None:
            wanted.append((("unit", key), point))
    for n, boiler in enumerate(config.boiler):
        wanted.append((("boiler", n, "steam_heat_total_mj"), boiler.steam_heat_total_mj))
    for n, fuel in enumerate(config.fuel):
        if not fuel.integrated:
            wanted.append((("fuel", n, "mass_total_kg"), fuel.mass_total_kg))
        for key in ("mass_rate_kg_per_s", "moisture_percent"):
            if (point := getattr(fuel, key)) is not None:
                wanted.append((("fuel", n, key), point))
    for n, store in enumerate(config.store):
        if store.outlet_total_kg is not None:
            wanted.append((("store", n, "outlet_total_kg"), store.outlet_total_kg))
    for path, point in wanted:
        key = str(path[-1])
        unit = next(u for u in sorted(UNITS, key=len, reverse=True) if key.endswith(u))
        if not point.endswith(f"_{unit}"):
            yield Broken(
                path,
                repr(point),
                f"a point in {unit} is needed here",
                f"Use a point whose name ends in '_{unit}'",
            )
        elif point not in points:
            yield unknown(path, point, "point of a meter", points)


def _listening(config: Config) -> Iterator[Broken]:
    http = config.http
    if (http.tls_certificate is None) != (http.tls_key is None):
        yield Broken(("http",), "", "tls_certificate and tls_key go together", "Give both or none")
    if http.host not in LOOPBACK and http.tls_certificate is None:
        yield Broken(
            ("http", "host"),
            repr(http.host),
            "listening beyond loopback without TLS would send passwords in clear text",
            "Use host = '127.0.0.1', or give tls_certificate and tls_key",
        )


def _broker(config: Config) -> Iterator[Broken]:
    mqtt = config.mqtt
    if (mqtt.tls_certificate is None) != (mqtt.tls_key is None):
        yield Broken(("mqtt",), "", "tls_certificate and tls_key go together", "Give both or none")
    if mqtt.tls_ca is None:
        for key in ("tls_certificate", "tls_name"):
            if getattr(mqtt, key) is not None:
                yield Broken(
                    ("mqtt", key),
                    repr(str(getattr(mqtt, key))),
                    "TLS is spoken only where the broker can be known by its authority",
                    "Add tls_ca",
                )
