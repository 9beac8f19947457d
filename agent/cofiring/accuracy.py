"""How well meters, laboratories and tables know what they say: the entries of uncertainty.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agent.errors import UnknownAccuracyError

YEAR_US: Final = 31_557_600_000_000
"""A mean year [µs]."""
INDICATORS: Final = ("reliability", "completeness", "temporal", "geographical", "technological")
WORST_SCORE: Final = 5


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well a totaliser is known.

    Args:
        scale: Half width of 95 % of its scale, shared by all it counts [1].
        step: What one count is, in the totaliser's unit.
        jitter_s: By how much the time of a read may be wrong [s].
        drift_per_year: Half width by which the scale may have drifted a year after the last
            calibration [1/year].
        calibrations: Instant, UTC [µs], the error found there and the error left behind (shown
            over true, less one), in order of time.
    """

    scale: float
    step: float
    jitter_s: float
    drift_per_year: float = 0.0
    calibrations: tuple[tuple[int, float, float], ...] = ()

    def correction(self, t_us: int) -> float:
        """What an amount counted at an instant is multiplied with to undo the known error.

        Between two calibrations the error goes in a straight line from what the first left to what
        the second found; outside of them the nearest holds. 1 without any.
        """
        known = self.calibrations
        if not known:
            return 1.0
        after = sum(at_us <= t_us for at_us, _, _ in known)
        if after == 0:
            return 1.0 / (1.0 + known[0][1])
        from_us, _, left = known[after - 1]
        if after == len(known):
            return 1.0 / (1.0 + left)
        to_us, found, _ = known[after]
        return 1.0 / (1.0 + left + (found - left) * (t_us - from_us) / (to_us - from_us))

    def drifted(self, t_us: Any) -> Any:
        """Half width of the drift nobody corrected at an instant [1]; none between calibrations.

        Args:
            t_us: UTC [µs], or an array of instants.
        """
        if not self.calibrations:
            return self.drift_per_year
        first, last = self.calibrations[0][0], self.calibrations[-1][0]
        beyond_us = 0.5 * (abs(t_us - first) + abs(t_us - last) - (last - first))
        return self.drift_per_year * beyond_us / YEAR_US


@dataclass(frozen=True, slots=True)
class Analysis:
    """How well a laboratory knows a quantity: half widths of 95 % [1].

    Args:
        systematic: Shared by all samples of a lot, and by all lots of a fuel in one laboratory.
        random: What one sample adds by itself.
        of_value: Whether they are parts of the value; else they are mass or carbon fractions.
    """

    systematic: float
    random: float
    of_value: bool


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainties:
    """The reviewed table; compared by identity, so that what follows from it can be remembered.

    Args:
        meters: Classes of meters.
        laboratory: By quantity.
        basic: Variance of ln(value) of a table value without a range, by quantity.
        added: What a pedigree score of 1 … 5 adds to it, by indicator.
        ages: Years up to which a value scores 1, 2, … for time.
        scores: Indicator scores by how a value was chosen.
        allocation: Half width of the weight of heat against power, by method [1].
        z95: Standard normal quantile of 97.5 %.
        vdi_z95: The same as VDI 2048 rounds it.
        chi2_95: 95 % quantile of chi-square with 1, 2, … degrees of freedom.
        steady_span: Largest spread of a steady period's output, part of its mean.
    """

    meters: Mapping[str, Accuracy]
    laboratory: Mapping[str, Analysis]
    basic: Mapping[str, float]
    added: Mapping[str, tuple[float, ...]]
    ages: tuple[float, ...]
    scores: Mapping[str, Mapping[str, int]]
    allocation: Mapping[str, float]
    z95: float
    vdi_z95: float
    chi2_95: tuple[float, ...]
    steady_span: float

    def meter(self, name: str) -> Accuracy:
        """A class of meters.

        Raises:
            UnknownAccuracyError: There is no such class.
        """
        if name not in self.meters:
            raise UnknownAccuracyError(
                f"meter class {name!r} is not in uncertainty.toml; use one of "
                f"{', '.join(self.meters)}, or write scale_pct"
            )
        return self.meters[name]

    def score(self, how: str, age_years: float) -> dict[str, int]:
        """Pedigree scores, 1 best to 5, of a value by how it was chosen and by its age."""
        older = sum(age_years > limit for limit in self.ages)
        return {**self.scores.get(how, self.scores["table"]), "temporal": 1 + older}

    def spread_of(self, quantity: str, scores: Mapping[str, int]) -> float | None:
        """Variance of ln(value) of a quantity without a published range; None if unknown."""
        basic = self.basic.get(quantity)
        if basic is None:
            return None
        return basic + sum(self.added[name][score - 1] for name, score in scores.items())


def read_uncertainties(document: Mapping[str, Any]) -> Uncertainties:
    """The table of a parsed uncertainty.toml.

    Raises:
        UnknownAccuracyError: A source is not declared.
    """
    _check_sources(document, document["sources"])
    pedigree, quantile = document["pedigree"], document["quantile"]
    return Uncertainties(
        meters={
            name: Accuracy(
                body["scale_pct"] / 100.0,
                body["step"],
                body["jitter_s"],
                body["drift_pct_per_year"] / 100.0,
            )
            for name, body in document["meter"].items()
        },
        laboratory={
            name: Analysis(
                body["systematic_pct"] / 100.0, body["random_pct"] / 100.0, body["of"] == "value"
            )
            for name, body in document["lab"].items()
        },
        basic=_numbers(document["basic"]),
        added={name: tuple(pedigree["variance"][name]) for name in INDICATORS},
        ages=tuple(pedigree["age"]["years"]),
        scores={name: body for name, body in pedigree["score"].items() if isinstance(body, dict)},
        allocation={name: pct / 100.0 for name, pct in _numbers(document["allocation"]).items()},
        z95=quantile["normal_975"]["value"],
        vdi_z95=quantile["vdi_95"]["value"],
        chi2_95=tuple(quantile["chi2_95"]["value"]),
        steady_span=document["steady"]["span_pct"]["value"] / 100.0,
    )


def _numbers(body: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in body.items() if isinstance(value, float)}


def _check_sources(body: Any, known: Mapping[str, str]) -> None:
    if isinstance(body, dict):
        source = body.get("source", None)
        if isinstance(source, str) and source not in known:
            raise UnknownAccuracyError(
                f"uncertainty.toml: source {source!r} is not under [sources]"
            )
        for each in body.values():
            _check_sources(each, known)
