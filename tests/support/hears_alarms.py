"""A client of the gateway's stream that keeps when each alarm event came."""

import contextlib
import http.client
import json
import socket
import threading
import time
from typing import Any


class HearsAlarms:
    """Listens to ``/api/v1/stream`` in a thread of its own.

    Args:
        port: The gateway's, on loopback.
        token: Of somebody who may look.

    Attributes:
        events: What came, with when by the monotonic clock [s].
    """

    def __init__(self, port: int, token: str) -> None:
        self.events: list[tuple[float, dict[str, Any]]] = []
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": f"Bearer {token}"}
        self._connection.request("GET", "/api/v1/stream", headers=headers)
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.read()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while line := self._answer.readline():
            if line.startswith(b"data: ") and b'"alarm_event"' in line:
                now_s = time.monotonic()
                told = json.loads(line[6:])["alarm_event"]
                self.events += [(now_s, event) for event in told]

    def first(self, alarm_id: str, edge: str) -> tuple[float, dict[str, Any]] | None:
        """The first event of an alarm's edge, and when it came."""
        found = ((at, e) for at, e in self.events if (e["alarm_id"], e["edge"]) == (alarm_id, edge))
        return next(found, None)

    def close(self) -> None:
        """Hang up; a second time changes nothing."""
        if (sock := self._connection.sock) is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._answer.close()
        self._connection.close()
