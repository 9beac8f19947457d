"""`hinoban reload`: tell the gateway that runs to apply its changed file, and wait for its word."""

import json
import os
import signal
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from agent.errors import HinobanError
from gateway import presence
from gateway.command.words import ConfigPath, Json, out, plain_errors, say_line
from gateway.config_file import read_config
from gateway.presence import ANSWER, Presence, monotonic_us

FAILED: Final = 1
"""Exit code where the gateway goes on with what it had."""

_LOOK_S: Final = 0.05


class NoAnswerError(HinobanError):
    """No gateway could be told, or it said nothing; the words say what to do."""


@dataclass(frozen=True, slots=True)
class _Told:
    applied: bool
    words: Sequence[str]


def reload(
    config: ConfigPath,
    wait_s: Annotated[
        float, typer.Option("--wait", min=0.1, help="How long to wait for its answer [s].")
    ] = 30.0,
    as_json: Json = False,
) -> None:
    """Apply changed meters, lines, register maps and alarms to the gateway that runs.

    Nothing is applied unless the whole file holds; other sections need a restart.
    """
    with plain_errors():
        data = _data_directory(config)
        gateway = _running(data, config)
        asked_us = monotonic_us()
        try:
            os.kill(gateway.pid, signal.SIGHUP)
        except PermissionError as err:
            raise NoAnswerError(
                f"the gateway (process {gateway.pid}) belongs to another user; run this as that"
                " user, such as: sudo -u hinoban hinoban reload …"
            ) from err
        answer = _answer(data, asked_us, wait_s, gateway)
    if as_json:
        say_line(json.dumps({"applied": answer.applied, "words": list(answer.words)}))
    else:
        for word in answer.words:
            out.print(word, markup=False)
        out.print("applied" if answer.applied else "nothing was applied", style="bold")
    if not answer.applied:
        raise typer.Exit(FAILED)


def _data_directory(config: Path) -> Path:
    """Where the gateway keeps its data, also where the rest of the file is wrong.

    The gateway is to find that itself, so that its log and its health tell of it.
    """
    try:
        told = tomllib.loads(config.read_text(encoding="utf-8"))["storage"]["directory"]
        return config.parent / str(told)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return read_config(config).config.storage.directory


def _running(data: Path, config: Path) -> Presence:
    try:
        gateway = presence.read(data)
    except OSError as err:
        raise NoAnswerError(
            f"{data}: {err.strerror}; run this as the user of the gateway, such as:"
            " sudo -u hinoban hinoban reload …"
        ) from err
    if gateway is None:
        raise NoAnswerError(
            f"no gateway runs with {data}; start it (systemctl start hinoban). If [storage] has"
            " changed, restart it"
        )
    if Path(gateway.config).resolve() != config.resolve():
        raise NoAnswerError(
            f"the gateway (process {gateway.pid}) reads {gateway.config}, not {config}; name that"
            " file, or restart the gateway with this one"
        )
    return gateway


def _answer(data: Path, asked_us: int, wait_s: float, gateway: Presence) -> _Told:
    deadline_us = asked_us + round(wait_s * 1e6)
    while monotonic_us() < deadline_us:
        if (told := _told(data / ANSWER, asked_us)) is not None:
            return told
        if presence.read(data) != gateway:
            raise NoAnswerError("the gateway ended meanwhile; look at its log and start it again")
        time.sleep(_LOOK_S)
    raise NoAnswerError(
        f"the gateway (process {gateway.pid}) did not answer within {wait_s:g} s; it may still"
        " apply the file: look at its log and at its health, and ask again with a longer --wait"
    )


def _told(path: Path, asked_us: int) -> _Told | None:
    """The answer to what was asked then or later; None while there is none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if told["asked_us"] < asked_us:
        return None
    return _Told(bool(told["applied"]), [str(word) for word in told["words"]])
