"""What can go wrong between the gateway and a meter, in words for the person at the panel."""

from agent.errors import HinobanError


class MeterError(HinobanError):
    """A request gave no values."""


class LinkError(MeterError):
    """Nothing trustworthy came back: the connection is dropped, and what it may still carry."""


class SilentUnitError(LinkError):
    """A gateway on the way answered that the unit does not; the connection stays."""


class LateError(SilentUnitError):
    """The unit answered, but was not listened to in time: when it was, nobody knows."""


class RefusedError(MeterError):
    """The device answered that it cannot; the connection stays.

    Args:
        message: In words.
        code: Exception code of the device, 0 where none is known.
    """

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code
