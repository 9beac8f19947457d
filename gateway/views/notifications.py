"""What the API answers of notification and horn."""

from gateway.historian.errors import JournalError
from gateway.http.notification_views import HornView, NotificationView, RecipientView
from gateway.notify.horn import HornDriver
from gateway.notify.ledger import LedgerError
from gateway.notify.notice import Notice
from gateway.notify.notifier import Notifier


class NotificationDesk:
    """Implements `gateway.http.notification_views.Notifications`.

    Args:
        notifier: Tells people.
        horn: Sounds.
    """

    def __init__(self, notifier: Notifier, horn: HornDriver) -> None:
        self._notifier = notifier
        self._horn = horn

    async def sent(self, limit: int, before: int | None) -> list[NotificationView]:
        """Messages with their results, the newest first.

        Raises:
            JournalError: They cannot be read now.
        """
        try:
            return [_view(notice) for notice in await self._notifier.notices(limit, before)]
        except LedgerError as err:
            raise JournalError(str(err)) from err

    def recipients(self) -> list[RecipientView]:
        """Everybody who is told."""
        return [
            RecipientView(
                one.recipient,
                one.waiting,
                one.urgent,
                one.oldest_us,
                self._notifier.held(one.recipient),
                one.sent,
                one.why,
            )
            for one in self._notifier.status().recipients
        ]

    def test(self, recipient: str, person: str) -> NotificationView:
        """Send a test message."""
        return _view(self._notifier.test(recipient, person))

    def horn(self) -> HornView:
        """How the horn stands."""
        return HornView(self._horn.is_fitted, self._horn.sounding, self._horn.problem)

    async def silence(self, person: str) -> HornView:
        """Silence the horn for what sounds now."""
        silenced = await self._horn.silence(person)
        return HornView(self._horn.is_fitted, self._horn.sounding, self._horn.problem, silenced)


def _view(notice: Notice) -> NotificationView:
    return NotificationView(
        number=notice.number,
        recipient=notice.recipient,
        kind=str(notice.kind),
        progress=str(notice.progress),
        urgent=notice.urgent,
        alarm_id=notice.alarm_id,
        title=notice.title,
        body=notice.body,
        made_us=notice.made_us,
        tried_us=notice.tried_us,
        attempts=notice.attempts,
        doubted=notice.doubted,
        why=notice.why,
        person=notice.person,
    )
