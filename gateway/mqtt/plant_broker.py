"""Mosquitto for a plant: certificates for boards, and who may say what. Pure.

Durability does not rest on the broker: a board keeps each record until the gateway's own ack.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.config_rules import GATEWAY_PREFIX
from gateway.mqtt.broker_config import IN_FLIGHT, MESSAGE_BYTES

CONFIG: Final = "hinoban.conf"
ACCESS: Final = "access"
PASSWORDS: Final = "passwords"
CA: Final = "ca.crt"
CERTIFICATE: Final = "broker.crt"
KEY: Final = "broker.key"

QUEUED: Final = 300_000
"""Messages kept for a gateway that is away: a day of 200 boards that report each minute.

Beyond it Mosquitto confirms a message and drops it; its board sends it again.
"""

WRITES: Final = ("samples", "alarm", "state", "state/#", "update/want", "cmd/result")
"""What a board says, below its own topic."""

READS: Final = ("ack", "cmd", "update")
"""What a board hears there. Who writes these frees its flash and gives it orders."""

_ITERATIONS: Final = 10_000
_KEPT: Final = "persistence true\npersistence_location {state}/\n"


@dataclass(frozen=True, slots=True)
class PlantBroker:
    """What a plant's broker is told.

    Args:
        site: Id of the site.
        gateway: Id of the one gateway that acknowledges and commands.
        directory: Where the files made here lie on the broker's machine.
        boards_port: Where boards, and gateways elsewhere, connect with TLS.
        loopback_port: Where the gateway connects on the same machine.
        state: Where Mosquitto keeps its database, where no file of its package says so; Debian's
            does, and saying it twice is an error.
    """

    site: str
    gateway: str
    directory: Path
    boards_port: int = 8883
    loopback_port: int = 1883
    state: Path | None = None

    def config(self) -> str:
        """The configuration of Mosquitto 2."""
        kept = "" if self.state is None else _KEPT.format(state=self.state)
        return f"""\
# Made by `hinoban board broker-config`: make it again instead of changing it.
per_listener_settings false
allow_anonymous false
acl_file {self.directory / ACCESS}
# Who comes with a certificate needs none of these.
password_file {self.directory / PASSWORDS}

# Boards: TLS, each with a certificate of its own. Its common name is the name that the access list
# knows, and the client id too, so that nobody can push a board off by taking its id.
listener {self.boards_port}
cafile {self.directory / CA}
certfile {self.directory / CERTIFICATE}
keyfile {self.directory / KEY}
require_certificate true
use_identity_as_username true
use_username_as_clientid true
tls_version tlsv1.2

# The gateway on the same machine.
listener {self.loopback_port} 127.0.0.1
use_username_as_clientid true

# Mosquitto's own limits, 20 in flight and 1,000 queued, confirm a message and then drop it.
max_queued_messages {QUEUED}
max_queued_bytes 0
# While the gateway's disk is sick it confirms nothing, and judges alarms by what still arrives.
max_inflight_messages {IN_FLIGHT}
# A board's message has 1,024 bytes at most.
message_size_limit {MESSAGE_BYTES}
# A session of a client that stays away for so long is forgotten.
persistent_client_expiration 60d

# After a power cut whatever changed since the last save is lost here and sent again by the boards.
{kept}autosave_interval 300

set_tcp_nodelay true
connection_messages true
log_type error
log_type warning
log_type notice
"""

    def access(self) -> str:
        """The access list: what is not in it is refused, though confirmed all the same."""
        root = f"hinoban/1/{self.site}"
        name = username(self.gateway)
        lines = [
            "# Made by `hinoban board broker-config`: make it again instead of changing it.",
            "# Only this gateway frees a board's ring store (ack), commands it (cmd) and brings",
            "# it up to date (update). No other gateway is named, and no board has such a name.",
            f"user {name}",
            *(f"topic read {root}/+/{part}" for part in WRITES),
            *(f"topic write {root}/+/{part}" for part in READS),
            "",
            "# A board speaks under its own name only, and hears what is meant for it.",
            *(f"pattern write {root}/%u/{part}" for part in WRITES),
            *(f"pattern read {root}/%u/{part}" for part in READS),
        ]
        return "\n".join(lines) + "\n"

    def passwords(self, password: str, salt: bytes) -> str:
        """The password file, with the gateway and nobody else in it.

        Args:
            password: The gateway's.
            salt: Fresh random bytes.
        """
        digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
        parts = (base64.b64encode(part).decode() for part in (salt, digest))
        return f"{username(self.gateway)}:$7${_ITERATIONS}${'$'.join(parts)}\n"


def username(gateway: str) -> str:
    """A gateway's name at the broker."""
    return GATEWAY_PREFIX + gateway
