"""The ``config.json`` of a board, made from the site's file and judged by the board's own code."""

import fnmatch
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gateway.boards.errors import BoardError
from gateway.boards.identity import broker_name
from gateway.config import Board, Config
from gateway.people_limits import limit_of
from gateway.problems import did_you_mean

FIRMWARE: Final = Path(__file__).parents[2] / "firmware"
"""The boards' program, in a checkout and where a wheel puts it."""

CA_FILE: Final = "ca.der"
CERTIFICATE_FILE: Final = "board.der"
KEY_FILE: Final = "board.key"
COMMAND_KEY_FILE: Final = "command.key"
RELEASE_KEY_FILE: Final = "release.pub"
WLAN_KEY_FILE: Final = "wlan.key"
RING: Final = "ring"

RING_BYTES: Final = {"esp32": 1_700_000, "rp2": 700_000}
"""Port -> the most its ring store takes of the usual flash; other ports keep the default."""

SECRET: Final = ("wlan_key", "password", "username")
"""Settings that would put a secret into a config; boards have certificates and files instead."""

_LIMITS: Final = {"temp_degc": ("degc", 50.0), "co_ppm": ("ppm", 3000.0)}
"""Limit of the local alarm -> unit of the site's alarms it follows, and what holds without one."""

_ALARMING: Final = {"fire", "gas", "people"}
_JUDGE: Final = """
import sys
sys.path.insert(0, sys.argv[1])
import config, json
print(json.dumps(config.load(sys.stdin.buffer.read())[1]))
"""


def find_board(config: Config, board: str) -> Board:
    """A board of the site.

    Raises:
        BoardError: The site's file does not name it.
    """
    ids = [known.id for known in config.board]
    if board not in ids:
        raise BoardError(
            f"there is no board {board!r} in the site's file. {did_you_mean(board, ids)}, or add "
            f"it with `hinoban board new {board} --store STORE`"
        )
    return config.board[ids.index(board)]


def board_settings(
    config: Config, board: Board, now: datetime, port: str | None = None
) -> dict[str, Any]:
    """What a board is told of itself and its site.

    Args:
        config: The site.
        board: The board.
        now: The present; the board's clock is never believed to be before it.
        port: What the board runs on, once that is known.

    Raises:
        BoardError: The site's file lacks what a board needs, or would put a secret into it.
    """
    made = config.provisioning
    if made.broker_host is None:
        raise BoardError(
            "[provisioning] broker_host is missing: name where boards reach the broker, a number "
            'such as broker_host = "192.168.10.2"'
        )
    settings: dict[str, Any] = {
        "site": config.site.id,
        "board": board.id,
        "gateway": config.mqtt.gateway,
        "broker_host": made.broker_host,
        "broker_port": made.broker_port,
        "report_s": _whole(board.report_s),
        "values": list(board.values),
        "ring": RING,
        "limits": {name: _limit(config, board, name) for name in _LIMITS},
        "tls": {
            "ca": CA_FILE,
            "cert": CERTIFICATE_FILE,
            "key": KEY_FILE,
            "name": broker_name(config.site.id),
        },
        "time": {
            "ntp": [made.ntp_host or made.broker_host],
            "known_s": int(now.timestamp()),
        },
        "update": {"release_key": RELEASE_KEY_FILE, "command_key": COMMAND_KEY_FILE},
    }
    if port in RING_BYTES:
        settings["ring_bytes"] = RING_BYTES[port]
    for given, where in ((made.board, "provisioning.board"), (board.config, f"{board.id}.config")):
        _lay_over(settings, given, where)
    # What stands in the site's file is as far as commands may go, unless it says otherwise.
    settings["bounds"] = dict(settings["limits"]) | settings.get("bounds", {})
    return settings


def judged(settings: dict[str, Any]) -> bytes:
    """The text of a ``config.json``, once the board's own code finds nothing wrong with it.

    Raises:
        BoardError: With everything it finds.
    """
    text = json.dumps(settings, indent=1).encode()
    command = [sys.executable, "-B", "-c", _JUDGE, str(FIRMWARE)]
    done = subprocess.run(command, input=text, capture_output=True, check=False)
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise BoardError(
            f"the firmware in {FIRMWARE} cannot judge a config ({words}); install anew"
        )
    if wrong := json.loads(done.stdout):
        board = settings["board"]
        raise BoardError("\n".join(f"config of {board}: {line}" for line in wrong))
    return text


def _lay_over(settings: dict[str, Any], given: dict[str, Any], where: str) -> None:
    """Put what the site's file says above what was made; tables key by key."""
    for key, value in given.items():
        if key in SECRET:
            raise BoardError(
                f"[{where}] {key}: boards have certificates, and secrets lie in files: take it "
                "out, and name the wireless network's key with [provisioning] wlan_key_file"
            )
        if isinstance(value, dict) and isinstance(settings.get(key), dict):
            settings[key] |= value
        else:
            settings[key] = value


def _limit(config: Config, board: Board, name: str) -> float:
    """The lowest limit of the site's fire and gas alarms over this board's values.

    Never above what holds without a site: a yard's page may warn later, a board's horn may not.
    """
    unit, limit = _LIMITS[name]
    # A pattern that matches more than the engine's can only lower the limit.
    points = [board.point(value) for value in board.values]
    for alarm in config.alarm:
        if alarm.kind != "high" or alarm.klass not in _ALARMING or alarm.unit != unit:
            continue
        if (site_limit := limit_of(alarm)) is not None and any(
            fnmatch.fnmatchcase(point, alarm.points or "") for point in points
        ):
            limit = min(limit, site_limit)
    return _whole(limit)


def _whole(number: float) -> float:
    """A number as an int where it is one, so that it reads as a person writes it."""
    return int(number) if number == int(number) else number
