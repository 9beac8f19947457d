"""Lines to InfluxDB 2/3 or VictoriaMetrics: the only importer of influxdb-client."""

from collections.abc import Sequence
from typing import Any, Final

from gateway.config import Sink
from gateway.sinks.errors import RefusedError, SinkError

_TIMEOUT_MS: Final = 3_000
_REFUSALS: Final = frozenset({400, 413, 422})


class InfluxWriter:
    """One connection to a destination; calls block.

    Args:
        settings: Where it is; the token is read from its file.

    Raises:
        SinkError: The token's file cannot be read.
    """

    def __init__(self, settings: Sink) -> None:
        # Loaded here: 43 MiB that a gateway without such a sink never needs.
        from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415
        from influxdb_client.client.write_api import SYNCHRONOUS  # noqa: PLC0415
        from urllib3 import Retry  # noqa: PLC0415

        self._settings = settings
        self._client: Any = InfluxDBClient(
            url=settings.url,
            token=_token(settings),
            org=settings.org,
            timeout=_TIMEOUT_MS,
            retries=Retry(0, redirect=0),
        )
        self._api: Any = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, lines: Sequence[str]) -> None:
        """Send lines with times in microseconds.

        Raises:
            RefusedError: One of them will never be taken.
            SinkError: The destination cannot be reached, or its answer is unknown; the same
                lines may be sent again.
        """
        from influxdb_client.rest import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            self._api.write(self._settings.bucket, record=list(lines), write_precision="us")
        except ApiException as error:
            reason = f"HTTP {error.status}: {_short(error.body or error.reason)}"
            if error.status in _REFUSALS:
                raise RefusedError(reason) from error
            raise SinkError(f"{self._settings.url}: {reason}") from error
        except (HTTPError, OSError) as error:
            raise SinkError(f"{self._settings.url}: not reached ({_short(error)})") from error

    def close(self) -> None:
        """Close the connection."""
        self._api.close()
        self._client.close()


def _token(settings: Sink) -> str:
    if settings.token_file is None:
        return ""
    try:
        return settings.token_file.read_text().strip()
    except OSError as error:
        raise SinkError(
            f"{settings.token_file}: the token of sink {settings.id} cannot be read "
            f"({error.strerror})"
        ) from error


def _short(what: object) -> str:
    text = what.decode(errors="replace") if isinstance(what, bytes) else str(what)
    return " ".join(text.split())[:300]
