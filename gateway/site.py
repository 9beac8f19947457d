"""The site as a whole: configuration, register maps, lots and tables, all read or none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.alarms.conditions import Condition
from agent.alarms.silence import BoardDuty
from agent.cofiring.balance import SLOT_US
from agent.cofiring.lots import Lot
from agent.errors import MixedBasisError, UnknownFuelError
from gateway.config import Config, MeterTables
from gateway.config_alarm_rules import condition
from gateway.config_broken import Broken, unknown
from gateway.config_file import ConfigFile, read_config, read_meters
from gateway.config_file import Tables as Model
from gateway.config_rules import board_points, broken_meter_rules, broken_rules, meter_points
from gateway.crowd import crowd_of
from gateway.footprint.accuracies import unknown_accuracies
from gateway.footprint.calendar import fits
from gateway.footprint.lots.supply import Told, feeding_of
from gateway.footprint.lots_file import load_lots
from gateway.footprint.site import (
    broken_values,
    check_fuels,
    fuel_doubts,
    plant_of,
    unknown_supply_chains,
)
from gateway.footprint.tables import Tables, load_tables
from gateway.handling import handling_of
from gateway.modbus.comparisons import drift_specs
from gateway.modbus.mapping import check_meters, counter_specs
from gateway.modbus.meter_rules import broken_attachments, broken_meters
from gateway.modbus.profile import Profile, load_profiles
from gateway.notify.site_rules import broken_addresses, broken_notify
from gateway.outlook import outlook_of
from gateway.problems import ConfigError, Problem, did_you_mean
from gateway.recording.rules import Rules
from gateway.yard import rounds_of, yard_of


@dataclass(frozen=True, slots=True)
class SiteMeters:
    """The meters of a site, and what they are read by.

    Args:
        tables: As the site's file has them.
        profiles: Register maps by id.
        directory: Where the gateway that runs with this file tells of itself; None where the
            file does not say.
    """

    tables: MeterTables
    profiles: Mapping[str, Profile]
    directory: Path | None


@dataclass(frozen=True, slots=True)
class Site:
    """Everything the gateway reads before it starts; `path` is the site's file."""

    config: Config
    profiles: Mapping[str, Profile]
    lots: tuple[Lot, ...]
    tables: Tables
    path: Path

    def points(self) -> list[str]:
        """Every point that a meter or board feeds."""
        return meter_points(self.config) + board_points(self.config)

    def doubts(self) -> list[str]:
        """What looks wrong in how its fuels are counted, and what is missing for intervals."""
        plant = plant_of(self.config, self.tables)
        feeding = feeding_of(self.config, Told())
        burning = check_fuels(plant, self.tables, self.lots, feeding)
        return [
            *fuel_doubts(plant, self.tables, burning),
            *unknown_supply_chains(plant, self.tables, burning),
            *unknown_accuracies(plant),
        ]

    def meters(self) -> SiteMeters:
        """Its meters alone."""
        return SiteMeters(self.config, self.profiles, self.config.storage.directory)


def load_site(path: Path) -> Site:
    """Read a site's file and all it names.

    Raises:
        ConfigError: With every problem found, each with line, value, reason and remedy.
    """
    file = read_config(path)
    config = file.config
    profiles = _profiles(file)
    tables = load_tables()
    problems = [
        *file.problems([*broken_rules(config), *broken_notify(config)]),
        *_meter_problems(file, broken_meters(config), profiles),
        *_fuel_problems(file, tables),
        *_calendar_problems(file),
        *_class_problems(file, tables),
    ]
    if problems:
        raise ConfigError(problems)
    lots = load_lots(config.cofiring.lots_file)
    try:
        check_fuels(plant_of(config, tables), tables, lots, feeding_of(config, Told()))
    except (UnknownFuelError, MixedBasisError) as err:
        raise ConfigError(
            [Problem(config.cofiring.lots_file.name, None, "lots", "", str(err), "Correct the lot")]
        ) from err
    return Site(config, profiles, lots, tables, path)


def check_addresses(path: Path) -> None:
    """Read every address of recipients and heartbeat, as they stand on this machine.

    Raises:
        ConfigError: With every one that cannot be used.
    """
    file = read_config(path)
    if problems := file.problems(broken_addresses(file.config)):
        raise ConfigError(problems)


def load_meters(path: Path, ids: Sequence[str]) -> SiteMeters:
    """Read the lines and meters of a site's file; what else stands there need not hold.

    Args:
        path: The site's file.
        ids: The meters that are wanted.

    Raises:
        ConfigError: With every problem found, each with line, value, reason and remedy.
    """
    file = read_meters(path)
    config = file.config
    profiles = _profiles(file)
    known = {meter.id for meter in config.meter}
    asked = (unknown(("meter",), id_, "meter", known) for id_ in ids if id_ not in known)
    problems = [
        *file.problems([*broken_meter_rules(config), *asked]),
        *_meter_problems(file, broken_attachments(config), profiles),
    ]
    if problems:
        raise ConfigError(problems)
    wanted = tuple(meter for meter in config.meter if meter.id in ids)
    directory = None if config.storage is None else config.storage.directory
    return SiteMeters(config.model_copy(update={"meter": wanted}), profiles, directory)


def rules_of(site: Site) -> Rules:
    """What the desk judges by."""
    config = site.config
    return Rules(
        counter_specs(config.meter, site.profiles),
        tuple(conditions(config)),
        tuple(duties(config)),
        drift_specs(config.meter, site.profiles),
        outlook=outlook_of(config),
        handling=handling_of(config.alarm_handling),
        yard=yard_of(config),
        rounds=rounds_of(config),
        crowd=crowd_of(config),
    )


def conditions(config: Config) -> list[Condition]:
    """The site's alarm conditions, as the engine takes them."""
    return [condition(alarm) for alarm in config.alarm]


def duties(config: Config) -> list[BoardDuty]:
    """What each board owes."""
    return [
        BoardDuty(
            board.id,
            round(board.report_s * 1e6),
            board.store,
            () if board.store is None else board.values,
            board.workplace,
        )
        for board in config.board
    ]


def _profiles(file: ConfigFile[Model]) -> dict[str, Profile]:
    """The gateway's own register maps and those in the site's folder.

    Raises:
        ConfigError: There is no such folder, or a map in it has the id of one of the gateway's.
        ProfileError: A map cannot be used.
    """
    profiles = load_profiles()
    folder = file.config.site.profiles
    if folder is None:
        return profiles
    key = ("site", "profiles")
    if not folder.is_dir():
        reason = "there is no such folder"
        remedy = "Make it, or remove the key: the path is taken from this file's own folder"
        raise ConfigError([file.problem(key, repr(str(folder)), reason, remedy)])
    own = load_profiles(folder)
    if clashes := sorted(own.keys() & profiles.keys()):
        raise ConfigError(
            file.problem(
                key,
                repr(f"{folder.name}/{id_}.toml"),
                "the gateway has a register map of this name already",
                f"Rename the file, such as {file.config.site.id}_{id_}.toml, and the meter's"
                " profile with it",
            )
            for id_ in clashes
        )
    return profiles | own


def _meter_problems(
    file: ConfigFile[Model], broken: Iterable[Broken], profiles: Mapping[str, Profile]
) -> list[Problem]:
    own = "" if file.config.site.profiles else ' (a map of your own: [site] profiles = "devices")'
    return file.problems(broken) + [
        file.problem(
            ("meter", found.index, *found.key),
            repr(found.value),
            found.message,
            found.suggestion + (own if found.key == ("profile",) else ""),
        )
        for found in check_meters(file.config.meter, profiles, file.config.line)
    ]


def _calendar_problems(file: ConfigFile[Config]) -> list[Problem]:
    minutes, zone = file.config.cofiring.settlement_minutes, file.config.site.timezone
    if fits(zone, minutes * SLOT_US):
        return []
    reason = f"midnight in {zone} would lie within a settlement period"
    remedy = "Use settlement_minutes = 15"
    return [file.problem(("cofiring", "settlement_minutes"), str(minutes), reason, remedy)]


def _fuel_problems(file: ConfigFile[Config], tables: Tables) -> list[Problem]:
    unknown_table = [
        file.problem(
            ("fuel", n, "table"),
            repr(fuel.table),
            "there is no such entry in agent/tables/fuels*.toml",
            did_you_mean(fuel.table, tables.fuels),
        )
        for n, fuel in enumerate(file.config.fuel)
        if fuel.table not in tables.fuels
    ]
    return (
        unknown_table
        + [
            file.problem(("fuel", n, "value"), "", reason, "Mend the value")
            for n, fuel in enumerate(file.config.fuel)
            if (reason := broken_values(fuel, file.config.cofiring))
        ]
        + [
            file.problem(
                ("cofiring", "scheme", n, "id"),
                repr(scheme.id),
                "there is no such scheme in agent/tables/schemes.toml",
                did_you_mean(scheme.id, tables.schemes.vintages),
            )
            for n, scheme in enumerate(file.config.cofiring.scheme)
            if scheme.id not in tables.schemes.vintages
        ]
    )


def _class_problems(file: ConfigFile[Config], tables: Tables) -> list[Problem]:
    known = tables.uncertainties.meters
    return [
        file.problem(
            ("meter", n, "accuracy"),
            repr(meter.accuracy),
            "there is no such class in agent/tables/uncertainty.toml",
            did_you_mean(meter.accuracy, known),
        )
        for n, meter in enumerate(file.config.meter)
        if meter.accuracy is not None and meter.accuracy not in known
    ]
