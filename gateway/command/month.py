"""The month that a command reports, read from the site's data directory."""

from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from gateway.clock import Clock, SystemTime
from gateway.footprint.kept import is_kept, kept_at
from gateway.footprint.site_key import SiteKey
from gateway.footprint.store import FootprintStore
from gateway.reports.month import Month, ReportError, read_month
from gateway.site import Site
from gateway.views.periods import instant_us


def read_site_month(site: Site, month: str, as_of: str | None) -> Month:
    """Read a month; nothing is written.

    Args:
        site: The site.
        month: Such as "2026-10".
        as_of: As it was known then; without a zone of its own it is the site's.

    Raises:
        ReportError: There is no such record.
        PeriodError: `as_of` is no date.
        SiteKeyError: The site's key cannot be read.
    """
    if not is_kept(site.config):
        words = "there are no factors yet; has the gateway run with this site?"
        raise ReportError(f"{kept_at(site.config)}: {words}")
    zone = ZoneInfo(site.config.site.timezone)
    key = site.config.signing_key()
    store = FootprintStore.of(site.config)
    try:
        return read_month(
            site,
            store,
            month,
            as_of_us=None if as_of is None else instant_us(as_of, zone),
            now_us=Clock(SystemTime(site.config.clock.synchronised_by)).now().utc_us,
            public_key=SiteKey.open(key).public if key.exists() else None,
        )
    except SQLAlchemyError as err:
        where = kept_at(site.config)
        raise ReportError(f"{where}: cannot be read ({err.__cause__ or err})") from err
    finally:
        store.close()
