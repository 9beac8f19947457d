"""The domain's error words, with one base class.

Every message names the value, its unit and the remedy; the shell translates once, at its border.
"""


class HinobanError(Exception):
    """Something the domain cannot accept, in words a plant engineer can act on."""


class BadSampleError(HinobanError):
    """A sample that contradicts itself, such as a good one without a value."""


class BadMessageError(HinobanError):
    """A message from a board that cannot be read; ``reason`` is the word it is counted under."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnknownFuelError(HinobanError):
    """A fuel, lot or table entry that nobody declared."""


class UnknownSchemeError(HinobanError):
    """A reporting scheme that is in no pack, or a pack that cannot be."""


class MixedBasisError(HinobanError):
    """Net and gross (or dry and as received) values in one formula."""


class UnknownAccuracyError(HinobanError):
    """Nothing says how well a meter, a laboratory or a method is known."""


class BadBalanceError(HinobanError):
    """Balances that cannot be reconciled."""


class BadMoistureError(HinobanError):
    """A moisture outside 0 ≤ M < 1 (mass fraction, wet basis)."""


class UnknownAlarmError(HinobanError):
    """An alarm id or condition that is not configured."""


class UnknownRoundError(HinobanError):
    """A handheld round that was never opened, or is long forgotten."""


class NotAllowedError(HinobanError):
    """An action that the alarm's state, or the person's role, does not allow."""


class BadConditionError(HinobanError):
    """An alarm condition that contradicts itself."""


class BadGuidanceError(HinobanError):
    """A guidance catalogue with a text or language missing."""


class BadKpiTableError(HinobanError):
    """A table of alarm KPIs with an entry missing, without origin or contradicting another."""


class BadHandlingError(HinobanError):
    """A table of how people handle alarms with an entry missing or without origin."""


class BadSteamError(HinobanError):
    """A state of steam or water that IAPWS-IF97 does not know, or that carries no heat."""


class BadClaimError(HinobanError):
    """A certificate claim that no certified fuel stands behind."""


class BadPlanError(HinobanError):
    """A plan of co-firing that cannot be: shares, efficiencies or values."""
