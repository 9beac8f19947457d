"""Pulses: what keeps a watchdog relay from sounding the horn; they stop when the process does."""

from pathlib import Path
from typing import Any, Final, Protocol

import serial

from agent.errors import HinobanError
from gateway.config_notify import Horn

_ALTERNATING: Final = b"\x55"
"""On a serial line this byte is ten edges, whatever the speed."""

_BAUD: Final = 9600


class HornError(HinobanError):
    """The horn's output cannot be driven; its relay sounds it."""


class Pulses(Protocol):
    """An output that gives one pulse at a time."""

    def pulse(self) -> None:
        """Give one.

        Raises:
            HornError: The output is gone.
        """
        ...

    def close(self) -> None:
        """Leave the output alone."""
        ...


def open_pulses(settings: Horn) -> Pulses:
    """The output of a horn.

    Raises:
        HornError: It cannot be opened.
    """
    if settings.output == "gpio" and settings.line is not None:
        return _GpioLine(settings.device, settings.line)
    return _SerialLine(settings.device)


class _GpioLine:
    """A line of the kernel's GPIO character device; each pulse is one change of its level."""

    def __init__(self, device: Path, line: int) -> None:
        # Loaded here: an extension that only machines with GPIO need.
        import gpiod  # noqa: PLC0415

        self._line = line
        self._where = f"{device} line {line}"
        self._values = (gpiod.line.Value.INACTIVE, gpiod.line.Value.ACTIVE)
        self._level = 0
        settings = gpiod.LineSettings(direction=gpiod.line.Direction.OUTPUT)
        try:
            self._request: Any = gpiod.request_lines(
                str(device), consumer="hinoban-horn", config={line: settings}
            )
        except (OSError, ValueError) as err:
            raise HornError(
                f"{self._where} cannot be taken ({err}); see `gpioinfo`, and let the gateway's"
                " user belong to the group gpio"
            ) from err

    def pulse(self) -> None:
        """Change the level.

        Raises:
            HornError: The line is gone.
        """
        self._level = 1 - self._level
        try:
            self._request.set_value(self._line, self._values[self._level])
        except (OSError, ValueError) as err:
            raise HornError(f"{self._where} cannot be set ({err})") from err

    def close(self) -> None:
        """Give the line back."""
        self._request.release()


class _SerialLine:
    """The transmit line of a serial port; each pulse is one byte of alternating bits."""

    def __init__(self, device: Path) -> None:
        self._device = device
        try:
            # Never waits: a port that takes no bytes is one whose relay shall sound.
            self._port = serial.Serial(str(device), _BAUD, write_timeout=0, exclusive=True)
        except (OSError, ValueError) as err:
            raise HornError(
                f"{device} cannot be opened ({err}); let nothing else use it, and the gateway's"
                " user belong to the group dialout"
            ) from err

    def pulse(self) -> None:
        """Send the byte.

        Raises:
            HornError: The port is gone.
        """
        try:
            self._port.write(_ALTERNATING)
        except OSError as err:
            raise HornError(f"{self._device} takes nothing ({err})") from err

    def close(self) -> None:
        """Close the port."""
        self._port.close()
