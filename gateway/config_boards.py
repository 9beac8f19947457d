"""What boards are made from, as the site's file has it."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from gateway.config_base import Table

Host = Annotated[str, Field(min_length=1, max_length=255)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Provisioning(Table):
    """What boards are made from, beside their own tables.

    Args:
        directory: Keys, certificates and releases; `boards` in the data directory where None.
        broker_host: Where boards reach the broker; a number needs no name server.
        broker_port: Its port for TLS.
        ntp_host: Who tells boards the time; `broker_host` where None.
        wlan_key_file: Holds the key of the wireless network; it never stands in a config.
        board: Settings of every board, as in its ``config.json``.
    """

    directory: Path | None = None
    broker_host: Host | None = None
    broker_port: Port = 8883
    ntp_host: Host | None = None
    wlan_key_file: Path | None = None
    board: dict[str, Any] = Field(default_factory=dict)
