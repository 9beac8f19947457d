"""What to type to look at a device again, and what to say where it did not answer."""

from dataclasses import dataclass

from gateway.config import Line as Wiring
from gateway.modbus.errors import LinkError, SilentUnitError
from gateway.modbus.field import Kind
from gateway.modbus.notation import meant


@dataclass(frozen=True, slots=True)
class Asked:
    """A device that is asked.

    Args:
        wiring: How it is reached.
        unit: Unit number.
    """

    wiring: Wiring
    unit: int

    def __str__(self) -> str:
        return f"{self.place}, unit {self.unit}"

    @property
    def place(self) -> str:
        """The line it is on."""
        wiring = self.wiring
        if wiring.transport == "rtu":
            return str(wiring.device)
        return f"{wiring.host}:{wiring.port}"

    @property
    def probe(self) -> str:
        """The command that looks at it, without what it is to look at."""
        wiring = self.wiring
        words = ["hinoban probe", str(wiring.device or wiring.host)]
        if wiring.transport == "rtu":
            words += [f"--baud {wiring.baud}", f"--parity {wiring.parity}"]
        else:
            words += [f"--transport {wiring.transport}"] if wiring.transport != "tcp" else []
            words += [f"--port {wiring.port}"] if wiring.port != 502 else []
        if wiring.transport == "tls":
            words += [f"--tls-ca {wiring.tls_ca}"]
        return " ".join(words)

    def silence(self, error: LinkError, *, connected: bool) -> str:
        """What to say where it gave no answer at all.

        Args:
            error: Why not.
            connected: Whether the line to it could be opened.
        """
        if not connected:
            return str(error)
        finds = f"`{self.probe} --units 1-20` finds those that answer"
        if isinstance(error, SilentUnitError):
            return f"unit {self.unit}: no device of this number answers; {finds}. Told was {error}"
        if self.wiring.transport == "rtu":
            wires = "check --unit, --baud and --parity, and that A and B are not swapped"
            return f"unit {self.unit}: {error}; {wires}; {finds}"
        return f"unit {self.unit}: {error}; {finds}"

    def absent(self, register: Kind, first: int, last: int) -> str:
        """What to do where it has no such registers or bits."""
        notation = "Addresses count from 0"
        if (plain := meant(first)) is not None:
            notation += f': a manual\'s {first} is register = "{plain[0]}", address = {plain[1]}'
        around = "0-200" if last <= 200 else f"{max(0, first - 50)}-{min(last + 50, 65_535)}"
        return (
            f"{notation}; check register and address. `{self.probe} --unit {self.unit}"
            f" --register {register} --addresses {around}` shows what exists"
        )
