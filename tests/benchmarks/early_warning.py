"""How early the agent tells of a hotspot in the simulated yard, and how often it is wrong.

python tests/benchmarks/early_warning.py            # the reporting seeds, 200 + 200 runs
python tests/benchmarks/early_warning.py --tuning   # the seeds the limits were tuned on
python tests/benchmarks/early_warning.py --energy 0.8   # with an emission model that is wrong
python tests/benchmarks/early_warning.py --noise 3 --no-air   # noisier cells, no weather
"""

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import early_study as study  # noqa: E402, the support folder is no package

REPORTING = 7_000_000
TUNING = 1_000
CALM_FROM = 1_000_000
COVERAGE = 1.0 / 50.0


def quantile(values: Sequence[float], part: float) -> float:
    """The value that at least this part of all lie at or below."""
    ordered = sorted(values)
    return ordered[max(math.ceil(part * len(ordered)) - 1, 0)]


def hours(value: float) -> str:
    """A time in hours, or that there is none."""
    return f"{value:.1f} h" if math.isfinite(value) else "−∞ (missed)"


def rate(events: int, months: float) -> str:
    """Events per container-month with their upper bound."""
    bound = study.upper_bound(events) / months
    return f"{events} = {events / months:.4f} per container-month (95 % below {bound:.4f})"


def hot_table(runs: Sequence[study.HotRun], coverage: float) -> list[str]:
    """Lines on the runs with a hotspot."""
    leads, delays = [r.lead_h for r in runs], [r.delay_h for r in runs]
    told = sum(r.detected_day is not None for r in runs)
    apart = [r for r in runs if r.uninformative]
    by = Counter(r.detected_by or "missed" for r in runs)
    months = sum(r.calm_months for r in runs)
    lines = [
        f"runs with a hotspot                 {len(runs)}",
        f"detected (fire-class, after onset)  {told} = {told / len(runs):.1%}",
        f"missed (lead −∞)                    {len(runs) - told}",
        f"lead, median                        {hours(quantile(leads, 0.5))}",
        f"lead, 10th percentile               {hours(quantile(leads, 0.1))}",
        f"lead, least                         {hours(min(leads))}",
        f"delay from onset, median            {hours(quantile(delays, 0.5))}",
        f"delay from onset, 90th percentile   {hours(quantile(delays, 0.9))}",
        f"plain limit never validly reached   {sum(r.plain_day is None for r in runs)}"
        " (lead censored at the end of the run)",
        f"plain CO limit uninformative        {len(apart)} (their lead is against 50 °C alone)",
    ]
    if apart:
        theirs = quantile([r.lead_h for r in apart], 0.5)
        others = quantile([r.lead_h for r in runs if not r.uninformative], 0.5)
        lines += [
            f"  lead of those, median             {hours(theirs)}",
            f"  lead of the others, median        {hours(others)}",
        ]
    for klass in ("fire", "advisory"):
        found = sum(e.klass == klass for r in runs for e in r.false)
        lines.append(f"false {klass:<8} in these runs       {rate(found, months)}")
    lines.append("first told by                       " + counts(by))
    part = coverage * told / len(runs)
    lines.append(
        f"one hotspot anywhere in the yard    found with {part:.1%}: "
        f"coverage {coverage:.1%} × detection {told / len(runs):.1%}"
    )
    return lines


def calm_table(calm: study.Calm, containers: int) -> list[str]:
    """Lines on the runs in which nothing smoulders."""
    early = Counter(e.condition for e in calm.events if e.early)
    return [
        f"calm containers                     {containers}, {calm.months:.0f} container-months",
        f"false fire-class events             {rate(calm.early('fire'), calm.months)}",
        f"false advisory events               {rate(calm.early('advisory'), calm.months)}",
        "which                               " + counts(early),
        f"plain 3000 ppm (co_high), false     {rate(calm.plain('co_high'), calm.months)}",
        f"plain 50 °C (temp_high), false      {rate(calm.plain('temp_high'), calm.months)}",
        f"plain 45 °C (temp_pre), false       {rate(calm.plain('temp_pre'), calm.months)}",
    ]


def counts(counter: Counter[str]) -> str:
    """How often what, the most frequent first."""
    return ", ".join(f"{name} {n}" for name, n in counter.most_common()) or "none"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="hot runs, and as many calm ones")
    parser.add_argument("--tuning", action="store_true", help="the seeds limits were tuned on")
    parser.add_argument("--coverage", type=float, default=COVERAGE, help="instrumented part, 0-1")
    parser.add_argument(
        "--energy", type=float, default=1.0, help="the agent's activation energy is off by this"
    )
    parser.add_argument("--noise", type=float, default=1.0, help="CO cells noisier by this")
    parser.add_argument("--no-air", action="store_true", help="nobody measures the air")
    parser.add_argument("--quick", action="store_true", help="only shows that it runs")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.runs, chosen.tuning = 3, True
    model = study.emission(chosen.energy)
    watch = study.Watch(study.shipped(), model, not chosen.no_air, chosen.noise)
    first = TUNING if chosen.tuning else REPORTING
    begun_s = time.process_time()
    hot = list(study.hot_runs(range(first, first + chosen.runs), watch))
    calm_seeds = range(first + CALM_FROM, first + CALM_FROM + chosen.runs)
    calm = study.calm_runs(calm_seeds, watch)
    kind = "tuning" if chosen.tuning else "reporting"
    lines = [
        f"{kind} seeds {first}–{first + chosen.runs - 1} (hot), "
        f"{calm_seeds[0]}–{calm_seeds[-1]} (calm)",
        f"{study.DAYS:.0f} days of {study.CONTAINERS} instrumented containers each; "
        f"{time.process_time() - begun_s:.0f} s of one core",
        f"the agent's activation energy × {chosen.energy:g}, noise of CO × {chosen.noise:g}, "
        f"air {'not ' if chosen.no_air else ''}measured",
        "",
        *hot_table(hot, chosen.coverage),
        "",
        *calm_table(calm, chosen.runs * study.CONTAINERS),
        "",
        "This is the result of a simulator whose constants the emission model shares. It serves",
        "tuning and training; it is no claim about any real yard, and none that a store is safe.",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
