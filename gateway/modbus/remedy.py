"""Remedy: what to do where a line cannot be opened, in words for the person at the panel."""

import errno
import ssl

from gateway import config
from gateway.modbus import security


def unreachable(error: Exception, line: config.Line, timeout_s: float) -> str:
    """What to say where a line cannot be opened."""
    if line.transport == "rtu":
        return f"cannot open {line.device}: {_serial_remedy(error, line)}"
    place = f"cannot reach {line.host}:{line.port}: "
    if isinstance(error, ssl.SSLError):
        return place + security.remedy(error, line)
    if isinstance(error, TimeoutError) and error.errno is None:
        reason = f"no connection within {timeout_s:g} s"
    else:
        reason = security.reason_of(error) or "the device closed the connection"
        if line.transport == "tls" and isinstance(error, ConnectionResetError):
            return f"{place}{reason}; {security.STRANGERS}"
    return f"{place}{reason}; check cable, address and port"


def _serial_remedy(error: Exception, line: config.Line) -> str:
    if not isinstance(error, OSError):  # what termios and pyserial think of the settings
        return (
            f"the adapter refuses its settings: check baud = {line.baud}, parity ="
            f" {line.parity!r}, stop_bits = {line.stop_bits}"
        )
    match error.errno:
        case errno.EACCES:
            return "no permission: add the gateway's user to the group dialout"
        case errno.EAGAIN:
            return "another program uses it: end that one"
        case errno.ENOENT:
            return "there is no such device: check adapter and name"
        case _:
            return f"{security.reason_of(error)}: check adapter and name"
