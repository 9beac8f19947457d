"""What the embedded brokers are told: loopback only, nothing dropped early, memory bounded. Pure.

Durability does not rest on the broker: boards keep their records until the gateway's own ack.
"""

from pathlib import Path
from typing import Final

from gateway.mqtt.inbox import WINDOW

QUEUED: Final = 100_000
"""Messages kept for a client that is away; Mosquitto's default of 1,000 confirms, then drops."""

IN_FLIGHT: Final = 20_000
"""Messages a subscriber need not have confirmed yet.

While the gateway's disk is sick it confirms nothing, and goes on judging what still arrives.
"""

MESSAGE_BYTES: Final = 16_384
"""The longest message taken; a board's are 1,024 at most [bytes]."""

AUTOSAVE_S: Final = 60
SEGMENT_BYTES: Final = 1_048_576
SEGMENTS: Final = 16
CLIENTS: Final = 1_000


def mosquitto(port: int, directory: Path, user: str | None) -> str:
    """Configuration of Mosquitto on loopback.

    Args:
        port: TCP port.
        directory: Where its database lies.
        user: Whom to run as when started by root, so that it can write there.
    """
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {directory}/",
        f"autosave_interval {AUTOSAVE_S}",
        f"max_inflight_messages {IN_FLIGHT}",
        f"max_queued_messages {QUEUED}",
        f"message_size_limit {MESSAGE_BYTES}",
        "set_tcp_nodelay true",
        "sys_interval 0",
        "connection_messages false",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
    ]
    if user is not None:
        lines.append(f"user {user}")
    return "\n".join(lines) + "\n"


def rumqttd(port: int) -> str:
    """Configuration of iotcore's rumqttd on loopback."""
    return f"""\
id = 0

[router]
id = 0
max_connections = {CLIENTS}
max_outgoing_packet_count = {2 * WINDOW}
max_segment_size = {SEGMENT_BYTES}
max_segment_count = {SEGMENTS}

[v4.1]
name = "boards"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v4.1.connections]
connection_timeout_ms = 5000
max_payload_size = {MESSAGE_BYTES}
max_inflight_count = {WINDOW}
dynamic_filters = true
"""
