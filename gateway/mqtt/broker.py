"""The embedded broker: ``python -m gateway.mqtt.broker --port N --directory DIR``.

Mosquitto where it is installed, else the rumqttd that comes with iotcore. It says
``ready <kind> <port>`` once the port answers and ends within 2 s of SIGTERM or SIGINT.
"""

import argparse
import ctypes
import logging
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.mqtt import broker_config

_STOP: Final = {signal.SIGTERM, signal.SIGINT}
_READY_S: Final = 10.0
_STOP_S: Final = 1.5
_PR_SET_PDEATHSIG: Final = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a broker until told to stop; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gateway.mqtt.broker", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="TCP port on 127.0.0.1")
    parser.add_argument(
        "--directory", type=Path, required=True, help="where the broker keeps state"
    )
    parser.add_argument(
        "--kind",
        choices=("auto", "mosquitto", "iotcore"),
        default="auto",
        help="auto: Mosquitto where it is installed, else iotcore",
    )
    options = parser.parse_args(arguments)
    directory: Path = options.directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    if _answers(options.port):
        return _refuse(f"port {options.port} on 127.0.0.1 is taken; choose another with --port")
    program = None if options.kind == "iotcore" else find_mosquitto()
    if program is not None:
        return _run_mosquitto(program, options.port, directory)
    if options.kind == "mosquitto":
        return _refuse("no mosquitto on the PATH; install it or use --kind iotcore")
    return _run_iotcore(options.port, directory)


def find_mosquitto() -> str | None:
    """Path of Mosquitto; Debian keeps it where an ordinary user's PATH does not look."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which("mosquitto", path=f"{path}:/usr/local/sbin:/usr/sbin:/sbin")


def _run_mosquitto(program: str, port: int, directory: Path) -> int:
    # As root it would become user "mosquitto", who cannot write to our directory.
    user = pwd.getpwuid(0).pw_name if os.getuid() == 0 else None
    file = directory / "mosquitto.conf"
    file.write_text(broker_config.mosquitto(port, directory, user), encoding="utf-8")
    # Before the child starts, so that neither its end nor a stop can be missed.
    awaited = {*_STOP, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True)

    def die_with_parent() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    child = subprocess.Popen(
        [program, "-c", str(file)],
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one thread here; nothing else ties their lives
    )
    if not _wait_ready(port, child):
        child.kill()
        return _refuse(f"{program} does not answer on port {port}; see its words above")
    _say_ready("mosquitto", port)
    while child.poll() is None:
        if signal.sigwait(awaited) in _STOP:
            _end(child)
            return 0
    return _refuse(f"mosquitto ended by itself with status {child.returncode}")


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _run_iotcore(port: int, directory: Path) -> int:
    from iotcore import IotCoreBroker  # noqa: PLC0415 - 14 MB that Mosquitto's users never need

    file = directory / "rumqttd.toml"
    file.write_text(broker_config.rumqttd(port), encoding="utf-8")
    # It calls every packet of every client an error.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    # Its threads inherit the mask, so that the signal comes here.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    broker = IotCoreBroker(config_path=str(file))
    broker.start()
    if not _wait_ready(port, None):
        return _refuse(f"iotcore's broker does not answer on port {port}")
    _say_ready("iotcore", port)
    signal.sigwait(_STOP)
    # rumqttd cannot be stopped, only left.
    os._exit(0)


def _wait_ready(port: int, child: subprocess.Popen[bytes] | None) -> bool:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        if child is not None and child.poll() is not None:
            return False
        if _answers(port):
            return True
        time.sleep(0.02)
    return False


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return True
    except OSError:
        return False


def _say_ready(kind: str, port: int) -> None:
    sys.stdout.write(f"ready {kind} {port}\n")
    sys.stdout.flush()


def _refuse(words: str) -> int:
    sys.stderr.write(f"{words}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
