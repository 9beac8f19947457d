"""What can go wrong between the gateway and a meter, in words for the person at the panel."""

from agent.errors import HinobanError


class MeterError(HinobanError):
    """A request gave no values."""


class LinkError(MeterError):
    """Nothing trustworthy came back: the connection is dropped, and what it may still carry."""


class RefusedError(MeterError):
    """The device answered that it cannot; the connection stays."""
