"""Subscriber: messages from the broker, confirmed only when told to. The only importer of paho."""

import asyncio
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.clock import Now
from gateway.config import Mqtt
from gateway.mqtt import security
from gateway.mqtt.client import QuietClient
from gateway.mqtt.inbox import WINDOW, Arrival, Inbox, Token
from gateway.mqtt.security import BrokerError
from gateway.mqtt.wire import topic_filters

__all__ = ["WINDOW", "BrokerError", "Subscriber", "SubscriberStatus"]

QUEUE_LIMIT: Final = 1000
KEEPALIVE_S: Final = 15
_UNCONFIRMED: Final = 0
"""Message id of what was sent at QoS 0."""

_RETRY_S: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class SubscriberStatus:
    """How the connection is doing.

    Args:
        connected: Whether the broker answers and the subscription stands.
        connections: Connections made since the start.
        resumed: Of these, how many the broker resumed with its session.
        waiting: Messages received and not yet taken.
        stalls: How often the queue was full, so that the socket was not read.
        received: Messages received since the start.
        stale_acks: Confirmations dropped because their connection was gone.
        last_error: Why the last connection failed or ended, None while connected.
    """

    connected: bool
    connections: int
    resumed: int
    waiting: int
    stalls: int
    received: int
    stale_acks: int
    last_error: str | None


class Subscriber:
    """One persistent session at the broker.

    Args:
        settings: Where the broker is and who this gateway is; its id is the client id.
        site: Id of the site whose boards are heard.
        now: Asked in paho's thread for the arrival of each message.
        on_session_lost: Called in the event loop when the broker may have forgotten retained
            acks: at the first connection and whenever the session was not resumed.
        queue_limit: Messages that may wait; above it the socket is not read.
        topics: What else is heard, beside what boards tell of themselves.
    """

    def __init__(
        self,
        settings: Mqtt,
        site: str,
        now: Callable[[], Now],
        on_session_lost: Callable[[], None] = lambda: None,
        queue_limit: int = QUEUE_LIMIT,
        topics: Sequence[str] = (),
    ) -> None:
        self._settings = settings
        self._filters = [(topic, 1) for topic in (*topic_filters(site), *topics)]
        self._now = now
        self._on_session_lost = on_session_lost
        self._limit = queue_limit
        self._inbox: Inbox | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._generation = 0
        self._open = False
        self._answered = False
        self._subscribed = False
        self._connections = self._resumed = self._received = self._stale = 0
        self._last_error: str | None = "not started"
        self._client = self._make_client()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Connect, and reconnect for ever, in a thread of its own.

        Raises:
            BrokerError: A file that [mqtt] names cannot be used.
        """
        self._loop = loop
        if self._settings.username is not None:
            password = security.password(self._settings)
            self._client.username_pw_set(self._settings.username, password)
        if self._settings.tls_ca is not None:
            self._client.tls_set_context(security.context(self._settings))
        self._inbox = Inbox(self._limit, loop)
        self._client.connect_async(self._settings.host, self._settings.port, KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave the session to the broker and end the thread; blocks for up to about 1 s."""
        if self._inbox is None:
            return
        self._inbox.close()
        self._client.disconnect()
        self._client.loop_stop()

    async def get(self) -> Arrival:
        """The next message; waits for one."""
        return await self._started().get()

    def drain(self) -> list[Arrival]:
        """Every message that waits, in order."""
        return self._started().drain()

    def acknowledge(self, token: Token) -> bool:
        """Confirm a message to the broker; False if its connection is gone and it comes again."""
        if token.mid == _UNCONFIRMED:
            return True  # to confirm what nobody asked for ends the connection
        with self._lock:
            # The check and the sending are one step: paho sends a late PUBACK on whatever
            # connection is open, where it would confirm another message.
            if self._open and token.generation == self._generation:
                return self._client.ack(token.mid, 1) is MQTTErrorCode.MQTT_ERR_SUCCESS
            self._stale += 1
            return False

    def publish_ack(self, topic: str, payload: bytes) -> None:
        """Tell a board how far its records are safe; retained, sent when next connected."""
        self._client.publish(topic, payload, qos=1, retain=True)

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Tell a board something; at QoS 0 it is lost where nobody hears it now."""
        self._client.publish(topic, payload, qos=qos)

    def status(self) -> SubscriberStatus:
        """How the connection is doing."""
        return SubscriberStatus(
            connected=self._open and self._subscribed,
            connections=self._connections,
            resumed=self._resumed,
            waiting=len(self._inbox) if self._inbox is not None else 0,
            stalls=self._inbox.stalls if self._inbox is not None else 0,
            received=self._received,
            stale_acks=self._stale,
            last_error=self._last_error,
        )

    def _started(self) -> Inbox:
        if self._inbox is None:
            raise RuntimeError("the subscriber was not started")
        return self._inbox

    def _make_client(self) -> paho.Client:
        client = QuietClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.gateway,
            clean_session=False,
            protocol=paho.MQTTv311,
            manual_ack=True,
        )
        client.reconnect_delay_set(*_RETRY_S)
        client.max_inflight_messages_set(WINDOW)
        client.on_connect = self._connected
        client.on_connect_fail = self._connect_failed
        client.on_disconnect = self._disconnected
        client.on_socket_open = self._opened
        client.on_socket_close = self._closed
        client.on_subscribe = self._granted
        client.on_message = self._message
        return client

    # What follows runs in paho's thread.

    def _connected(
        self,
        client: paho.Client,
        _userdata: Any,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._answered = True
        if reason.is_failure:
            self._last_error = f"the broker refuses the connection: {reason}"
            return
        with self._lock:
            self._generation += 1
            self._open = True
        self._connections += 1
        self._last_error = None
        resumed = flags.session_present and self._subscribed
        if resumed:
            self._resumed += 1
            return
        self._subscribed = False
        client.subscribe(self._filters)
        self._call(self._on_session_lost)

    def _granted(
        self,
        _client: paho.Client,
        _userdata: Any,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        self._subscribed = not any(reason.is_failure for reason in reasons)
        if not self._subscribed:
            self._last_error = "the broker refuses the subscription; see its access list"

    def _connect_failed(self, _client: paho.Client, _userdata: Any) -> None:
        # paho keeps the reason to itself, but calls from where it caught it.
        self._last_error = security.words(sys.exc_info()[1], self._settings)

    def _opened(self, _client: paho.Client, _userdata: Any, _socket: Any) -> None:
        self._answered = False

    def _closed(self, _client: paho.Client, _userdata: Any, _socket: Any) -> None:
        with self._lock:
            self._open = False

    def _disconnected(
        self,
        _client: paho.Client,
        _userdata: Any,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if not self._answered and self._settings.tls_ca is not None:
            self._last_error = security.UNTRUSTED
        elif self._last_error is None:
            self._last_error = f"the connection ended: {reason}"

    def _message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        self._received += 1
        token = Token(self._generation, message.mid)
        payload = bytes(message.payload)
        arrival = Arrival(message.topic, payload, self._now(), token, message.retain)
        self._started().put(arrival)

    def _call(self, function: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)
