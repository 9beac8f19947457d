"""Why a sink does not get rid of its lines."""

from agent.errors import HinobanError


class SinkError(HinobanError):
    """The destination, or the sink's own file, cannot be used now; nothing is given up."""


class RefusedError(HinobanError):
    """The destination understood the request and will never take these lines."""
