"""How this site keeps many alarms at once readable, as the alarm engine takes it."""

from agent.alarms.crowd import CrowdSpec
from agent.alarms.flood import FloodLimits
from agent.alarms.inhibit_paths import Settling
from gateway.config import Config
from gateway.config_path_rules import path_of
from gateway.views.kpis import load_kpi_table


def crowd_of(config: Config) -> CrowdSpec:
    """Paths and times of the site's file, and when the reviewed table calls it a flood."""
    table = load_kpi_table()
    return CrowdSpec(
        paths=tuple(path_of(path) for path in config.path),
        settling=Settling(config.inhibition.hold_intervals, config.inhibition.return_s),
        group_s=config.inhibition.group_s,
        flood=FloodLimits(table.rate_window_us, table.flood_starts_above, table.flood_ends_below),
    )
