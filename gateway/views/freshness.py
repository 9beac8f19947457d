"""Freshness: a value that is older than it may be is not shown as the present one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from agent.samples import Quality, Sample
from gateway.balance_watch import point_of
from gateway.clock import Clock
from gateway.http.footprint_views import CofiringView, LiveFactor
from gateway.http.value_views import Value
from gateway.modbus.deadband import sampled_every_s
from gateway.outlook import derived_points
from gateway.site import Site
from gateway.yard import means_of

STALE: Final = "stale"
"""Why the value of a point is not known now, though it once was."""

_MISSED_POLLS: Final = 3
_LEAST_S: Final = 5.0
_DERIVED_US: Final = 3 * 3_600_000_000  # early warning derives once an hour
_MEANS_US: Final = 600_000_000  # made once a minute or oftener

ACCOUNT_LAG_US: Final = 5_000_000
"""How far the account may be behind the samples: a commit and a look at the journal [µs]."""


class Freshness:
    """How old the newest sample of each meter's point may be, and of what is derived hourly.

    What the register map declares as `stale_after_s`, else three poll intervals and at least 5 s;
    points that are reported by exception may be silent for their heartbeat on top of that.

    Args:
        site: The meters and their register maps.
        clock: What time it is.
    """

    def __init__(self, site: Site, clock: Clock) -> None:
        self._clock = clock
        self.use(site)

    def use(self, site: Site) -> None:
        """Go by other meters from now on."""
        self._limits_us = dict.fromkeys(derived_points(site.config), _DERIVED_US)
        self._limits_us |= dict.fromkeys(means_of(site.config), _MEANS_US)
        self._limits_us[point_of(site.config.unit.id)] = _MEANS_US
        for meter in site.config.meter:
            for name, wanted in meter.points.items():
                field = site.profiles[meter.profile].fields[name]
                poll_s = wanted.poll_s or meter.poll_s
                own_s = field.stale_after_s or max(_MISSED_POLLS * poll_s, _LEAST_S)
                silent_s = sampled_every_s(wanted, field, poll_s) - poll_s
                self._limits_us[wanted.point] = round((own_s + silent_s) * 1e6)

    def value(self, sample: Sample) -> Value:
        """The value of a sample, or that it is not known now; points of boards pass as they are."""
        limit_us = self._limits_us.get(sample.point)
        if limit_us is None or self._clock.now().utc_us - sample.t_us <= limit_us:
            return Value.of(sample)
        return Value(sample.t_us, None, Quality.BAD, STALE)

    def is_past(self, t_us: int, points: Iterable[str]) -> bool:
        """Whether figures up to an instant no longer tell the present.

        Args:
            t_us: The instant, UTC [µs].
            points: What they were computed from.
        """
        limits_us = [self._limits_us[point] for point in points if point in self._limits_us]
        return self._clock.now().utc_us - t_us > max(limits_us, default=0) + ACCOUNT_LAG_US


def without_figures(view: CofiringView) -> CofiringView:
    """The same minutes, of which nothing tells the present any more."""
    return replace(
        view,
        fuels=tuple(
            replace(
                flow,
                mass_kg=None,
                mass_kg_per_h=None,
                heat_mj=None,
                share_mass=None,
                share_heat=None,
            )
            for flow in view.fuels
        ),
        biomass_share_mass=None,
        biomass_share_heat=None,
        gross_kwh=None,
        net_kwh=None,
        net_kw=None,
        steam_mj=None,
        coverage=0.0,
        quality=Quality.BAD,
        reason=STALE,
    )


def without_factor(factor: LiveFactor) -> LiveFactor:
    """The factor of minutes that are over, without its figures."""
    return replace(
        factor,
        direct_co2e_kg_per_kwh=None,
        co2e_parts_kg_per_kwh=dict.fromkeys(factor.co2e_parts_kg_per_kwh),
        biogenic_co2_kg_per_kwh=None,
        upstream_co2e_kg_per_kwh=None,
        lifecycle_co2e_kg_per_kwh=None,
        net_kw=None,
        coverage=0.0,
        quality=Quality.BAD,
        reason=STALE,
    )
