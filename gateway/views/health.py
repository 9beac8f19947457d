"""How the gateway fares, in plain words, the worst first."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from gateway.clock import Now
from gateway.http.health_view import Health
from gateway.modbus.poller import MeterStatus
from gateway.mqtt.subscriber import SubscriberStatus
from gateway.recording.recorder import Health as JournalHealth
from gateway.sinks.influx import SinkStatus
from gateway.views.account import AccountStatus


def health_of(
    site: str,
    now: Now,
    started_us: int,
    journal: JournalHealth,
    broker: SubscriberStatus,
    meters: Sequence[MeterStatus],
    sinks: Sequence[SinkStatus],
    account: AccountStatus,
    newest_n: int,
    archive_error: str | None,
    reload_problem: str | None,
    ending: Sequence[str] = (),
    untold: Sequence[str] = (),
) -> Health:
    """The whole, from its parts.

    Args:
        site: The site's id.
        now: The instant.
        started_us: When the gateway started, UTC [µs].
        journal: How the recorder fares.
        broker: How the connection to the broker fares.
        meters: How each meter fares.
        sinks: How each destination fares.
        account: How the account of fuels and factors fares.
        newest_n: The newest commit of the journal.
        archive_error: Why closed hours could not be archived, None where they could.
        reload_problem: Why a changed site's file was not applied, None where it was.
        ending: Certificates that end soon, each with what renews it.
        untold: Why people, or whoever watches this gateway, might not be told.
    """
    failing = []
    if journal.sick:
        failing.append(
            f"the journal cannot be written: {journal.last_error}; nothing is acknowledged"
        )
    if failed := sum(journal.failed.values()):
        failing.append(
            f"the program failed on {failed} items ({', '.join(journal.failed)}); see the log"
        )
    degraded = list(untold)
    if account.error is not None:
        degraded.append(f"no new factors: {account.error}; alarms and recording go on")
    if not broker.connected:
        degraded.append(f"no broker: {broker.last_error}; boards keep their samples")
    if not now.synchronised:
        degraded.append("the clock is not synchronised: no factor is issued")
    degraded += [f"meter {m.id}: {m.last_error}" for m in meters if m.state == "failing"]
    degraded += [f"sink {s.id}: {s.last_error}" for s in sinks if s.last_error is not None]
    if reload_problem is not None:
        degraded.append(f"the changed site's file is not in force: {reload_problem}")
    degraded += ending
    if archive_error is not None:
        degraded.append(f"closed hours are not archived: {archive_error}")
    return Health(
        status="failing" if failing else "degraded" if degraded else "ok",
        problems=(*failing, *degraded),
        site=site,
        version=program_version(),
        clock_synchronised=now.synchronised,
        started_us=started_us,
        now_us=now.utc_us,
        parts={
            "journal_commits": journal.commits,
            "journal_failures": journal.failures,
            "journal_waiting_items": journal.waiting,
            "items_failed": failed,
            "account_journal_n": account.journal_n,
            "account_lag_rows": _lag(newest_n, account.journal_n),
            "account_closed_until_us": account.closed_until_us,
            "account_conflicts": account.conflicts,
            "messages_received": broker.received,
            "messages_refused": sum(journal.refused.values()),
            "messages_waiting": broker.waiting,
            "broker_connections": broker.connections,
            "clock_steps": journal.steps,
            "meter_overruns": sum(meter.overruns for meter in meters),
            "meter_polls_due": sum(meter.polls_due for meter in meters),
            "meter_polls_on_time": sum(meter.polls_on_time for meter in meters),
            "meter_polls_late": sum(meter.late_polls for meter in meters),
            **{f"sink_{sink.id}_lag_rows": sink.lag_rows for sink in sinks},
        },
    )


def _lag(newest_n: int, journal_n: int | None) -> int | None:
    return None if journal_n is None else max(newest_n - journal_n, 0)


def program_version() -> str:
    """Version of the installed program; "0" where it is not installed."""
    try:
        return version("hinoban")
    except PackageNotFoundError:
        return "0"
