"""Sender: one message to one address; the only importer of Apprise. Calls block."""

import logging
import re
import threading
from enum import StrEnum
from typing import Any, Final

from agent.errors import HinobanError

_CERTAIN: Final = re.compile(
    r"NewConnectionError|Connection refused|NameResolution|Name or service not known"
    r"|Temporary failure in name resolution|No route to host|Network is unreachable|ConnectTimeout"
)
"""What says that no word of a message has left."""

_LOADING: Final = threading.Lock()
_ANSWERED: Final = re.compile(r"error=(\d{3})\b")


class Result(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


class BadAddressError(HinobanError):
    """Apprise can do nothing with an address."""


def check_address(address: str) -> None:
    """Refuse an address that no service understands.

    Raises:
        BadAddressError: In words that do not hold the address.
    """
    _service(address)


def send(address: str, title: str, body: str) -> tuple[Result, str]:
    """Send one message.

    Returns:
        How it ended, and why in words that hold nothing of the address. "refused" is certain;
        what may have arrived all the same is "doubtful".
    """
    try:
        service = _service(address)
    except BadAddressError as err:
        return Result.REFUSED, str(err)
    result = service.notify(
        title=title, body=body, body_format="text", log_level=logging.DEBUG, timeout=0
    )
    if result:
        return Result.SENT, ""
    # What Apprise logs may hold the address: only what is recognised gets out of here.
    said = "\n".join(entry.message for entry in result.logs())
    if _CERTAIN.search(said):
        return Result.REFUSED, "the service cannot be reached"
    if (answer := _ANSWERED.search(said)) is not None:
        status = int(answer.group(1))
        sure = 400 <= status < 500
        return (
            Result.REFUSED if sure else Result.DOUBTFUL,
            f"the service answers {status}" + ("; check the address" if sure else ""),
        )
    if "timed out" in said or "timeout" in said.lower():
        return Result.DOUBTFUL, "the service does not answer in time"
    return Result.DOUBTFUL, "the service did not take it, and did not say why"


def _service(address: str) -> Any:
    # Loaded here: some 40 MiB that a gateway which notifies nobody never needs.
    import apprise  # noqa: PLC0415

    # Both write addresses, and with them tokens: nothing of it gets into the gateway's log.
    for name in ("apprise", "urllib3"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = logger.handlers or [logging.NullHandler()]
    logging.getLogger("apprise").setLevel(logging.DEBUG)  # for `send`, which sees why
    asset = apprise.AppriseAsset(app_id="Hinoban", app_desc="Hinoban", storage_mode="memory")
    service = apprise.Apprise(asset=asset)
    with _LOADING:  # the first address makes it load every service it knows
        understood = service.add(address)
    if not understood or len(service) != 1:
        kind = address.partition("://")[0] if "://" in address else ""
        named = f" ({kind}://…)" if re.fullmatch(r"[a-z0-9+.-]{1,20}", kind) else ""
        raise BadAddressError(
            f"Apprise cannot use the address{named}; write one as its wiki has for the service,"
            " such as ntfy://host/topic or mailtos://user:password@host?to=…"
        )
    return service
