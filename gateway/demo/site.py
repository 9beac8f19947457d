"""The demo's site: the example plant with free ports, short delays and a folder of its own."""

import fcntl
import secrets
import shutil
import socket
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomli_w

from agent.errors import HinobanError

EXAMPLE: Final = Path(__file__).parents[1] / "deploy" / "example-plant.toml"
MARK: Final = "made-by-hinoban-demo"
REPORT_S: Final = 2.0
SETTLEMENT_MINUTES: Final = 2
OFF_DELAY_S: Final = 10
ON_DELAY_S: Final = 6
SERVER_PORTS: Final = range(20_000, 32_000)
"""Below the ports that Linux gives to clients."""


class DemoError(HinobanError):
    """The demo cannot start, in words that say what to do."""


@dataclass(frozen=True, slots=True)
class DemoSite:
    """Where the demo runs.

    Args:
        directory: Everything it writes.
        config: The site's file, made from the example plant.
        meter_ports: Loopback ports of the simulated meters, in the order of the file.
        boards: Ids of the boards.
    """

    directory: Path
    config: Path
    site_id: str
    page_port: int
    broker_port: int
    metrics_port: int | None
    meter_ports: tuple[int, ...]
    boards: tuple[str, ...]


def make_site(
    directory: Path, page_port: int, *, metrics: bool, ports: Sequence[int] = SERVER_PORTS
) -> DemoSite:
    """Empty the demo's folder and write the site's file into it.

    The example plant runs unchanged but for what a demo of minutes needs: free ports, reports
    every two seconds, alarm delays of seconds, and settlement periods of two minutes.

    Raises:
        DemoError: The page's port is taken, or the folder is not the demo's.
    """
    if not _is_free(page_port):
        raise DemoError(
            f"port {page_port} is in use: stop what listens there, or choose another with --port"
        )
    try:
        _empty(directory)
    except OSError as err:
        raise DemoError(
            f"{directory}: {err.strerror}; name a folder that you may write with --directory"
        ) from err
    raw = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    broker_port, metrics_port, *meter_ports = _free_ports(len(raw["meter"]) + 2, page_port, ports)
    raw["clock"] = {"synchronised_by": "assume"}
    raw["notify"] = {"nobody": True}
    raw["storage"]["directory"] = "data"
    raw["mqtt"]["port"] = broker_port
    raw["http"]["port"] = page_port
    raw["cofiring"]["settlement_minutes"] = SETTLEMENT_MINUTES
    raw["cofiring"]["lots_file"] = "lots.toml"
    for meter, port in zip(raw["meter"], meter_ports, strict=True):
        meter["port"] = port
    for board in raw["board"]:
        board["report_s"] = REPORT_S
    for alarm in raw["alarm"]:
        _shorten(alarm)
    for sink in raw["sink"]:
        sink["enabled"] = metrics
        sink["url"] = f"http://127.0.0.1:{metrics_port}"
    config = directory / "site.toml"
    config.write_text(tomli_w.dumps(raw), encoding="utf-8")
    return DemoSite(
        directory,
        config,
        raw["site"]["id"],
        page_port,
        broker_port,
        metrics_port if metrics else None,
        tuple(meter_ports),
        tuple(board["id"] for board in raw["board"]),
    )


def password() -> str:
    """A password for a demo user, new each time."""
    return "-".join(secrets.token_hex(2) for _ in range(3))


def _shorten(alarm: dict[str, Any]) -> None:
    for key, limit_s in (("on_delay_s", ON_DELAY_S), ("off_delay_s", OFF_DELAY_S)):
        if key in alarm:
            alarm[key] = min(alarm[key], limit_s)


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the demo's folder, so that a second demo does not empty it.

    Raises:
        DemoError: Another demo holds it.
    """
    with (directory / MARK).open() as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                f"another demo runs in {directory}: stop it, or choose another folder with "
                "--directory and another port with --port"
            ) from None
        yield


def _empty(directory: Path) -> None:
    mark = directory / MARK
    if directory.exists() and any(directory.iterdir()):
        if not mark.exists():
            raise DemoError(
                f"{directory} holds something else: name an empty folder with --directory"
            )
        with held(directory):
            for entry in directory.iterdir():
                if entry.is_dir():
                    shutil.rmtree(entry)
                elif entry != mark:
                    entry.unlink()
    directory.mkdir(parents=True, exist_ok=True)
    mark.write_text("hinoban demo empties this folder at every start\n")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_ports(count: int, taken: int, among: Sequence[int]) -> list[int]:
    """Free ports beside one that is spoken for; no client is given one of them by chance."""
    ports: set[int] = set()
    while len(ports) < count:
        port = among[secrets.randbelow(len(among))]
        if port != taken and _is_free(port):
            ports.add(port)
    return sorted(ports)
