"""From the journal to the alarm report, for the command and the API alike."""

from zoneinfo import ZoneInfo

from gateway.config import Config
from gateway.historian.reader import Reader
from gateway.views.alarm_words import AlarmWords
from gateway.views.kpi_sheets import KpiReport
from gateway.views.kpis import journal_kpis, load_kpi_table, recorded_until_us
from gateway.views.periods import Asked, period_of
from gateway.views.places import places


def read_report(
    reader: Reader, site: Config, asked: Asked, language: str | None, now_us: int
) -> KpiReport:
    """The report of the period that was asked for.

    Args:
        reader: Of the journal, whether its gateway runs or not.
        site: The site.
        asked: The period.
        language: "en", "ja" or "zh-Hant"; the site's where None.
        now_us: The present, UTC [µs].

    Raises:
        PeriodError: There is no such period.
        WordsError: The language is not served.
        JournalError: The journal cannot be read.
    """
    words = AlarmWords(language or site.site.language)
    zone = ZoneInfo(site.site.timezone)
    table = load_kpi_table()
    # A machine whose clock is behind can still report what its gateway recorded.
    period = period_of(asked, zone, max(now_us, recorded_until_us(reader)))
    kpis = journal_kpis(reader, table, period.from_us, period.to_us)
    return KpiReport(kpis, period, table, words, zone, places(site), reader.chain_link("end"))
