"""A noisy month through the same chain: totalisers drift and nobody calibrates, samples scatter.

It is the first of the two hundred that `test_footprint_known_answer.py` sends through the account
of many slots at once, and both accounts must agree. `--full` takes its thirty days; else the story
is told in one. A few hours more have a moisture that a meter beside the weigher tells, with noise.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from known_columns import record_of, records_of
from known_figures import figures, outside
from known_month import NOISY_SEEDS, START_US, Account, account
from records_alike import compare

from agent.cofiring.factor import Span
from agent.cofiring.record import IDENTITY_FIELDS, FactorRecord
from simulators.ledgered import meters, papers
from simulators.ledgered.flows import flows
from simulators.ledgered.meters import Meter
from simulators.ledgered.papers import Paper
from simulators.ledgered.story import Story, told
from simulators.ledgered.truth import Truth, truth

pytestmark = pytest.mark.long

ISSUED = {*IDENTITY_FIELDS, "code_version", "inputs_digest"}
"""What only a record has that was issued."""
SETTLEMENT_US = 1_800_000_000
HOURS = 2
SCATTER_PERCENT = 1.5
"""Standard deviation of one value of the shells' moisture, whose mean is about 16 %."""


@dataclass(frozen=True)
class Noisy:
    """A story, what meters and papers said of it, what was, and what the product made of it."""

    story: Story
    shown: list[Meter]
    heard: list[Paper]
    really: Truth
    lived: Account


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory, full_size: bool) -> Noisy:
    print(f"seed {NOISY_SEEDS}")  # noqa: T201
    story = told(NOISY_SEEDS, START_US, 30.0 if full_size else 1.0)
    flow = flows(story)
    shown, heard = meters.drifting(story, flow), papers.heard(story, flow)
    folder: Path = tmp_path_factory.mktemp("noisy")
    moist = meters.moist(story, flow, 0.0)
    lived = account(folder, story, shown, moist, heard, on_line=False)
    return Noisy(story, shown, heard, truth(story, flow), lived)


def test_the_truth_lies_in_the_intervals_of_the_restated_record(noisy: Noisy) -> None:
    record, expected = noisy.lived.whole(noisy.story), noisy.really.figures()
    found = figures(record)
    errors = {name: f"{100 * (found[name] / value - 1):+.4f} %" for name, value in expected.items()}
    print(errors)  # noqa: T201
    assert outside(record, expected) == {}
    assert (record.status, record.coverage) == ("validated", 1.0)


def test_until_it_is_restated_the_record_is_flagged(noisy: Noisy) -> None:
    first = noisy.lived.whole(noisy.story, as_of_us=noisy.story.end_us)
    assert first.status == "provisional"
    assert any(mark.startswith("lab_owed: coal, lot coal-") for mark in first.marks)
    assert any(text.startswith("moisture of pks") for text in first.substitutions)
    assert first.estimated_fraction > 0.05
    last = noisy.lived.whole(noisy.story)
    assert not any(mark.startswith(("lab_owed", "unmeasured")) for mark in last.marks)
    assert (last.substitutions, last.estimated_fraction) == ([], 0.0)
    assert last.revision > first.revision
    assert noisy.lived.store.verify().ok


def test_the_account_of_many_slots_at_once_says_the_same(noisy: Noisy) -> None:
    compare(
        said(noisy.lived.whole(noisy.story)),
        said(record_of(noisy.story, noisy.shown, noisy.heard)),
    )


def test_a_moisture_meter_that_scatters_says_the_same_in_both_accounts(tmp_path: Path) -> None:
    print(f"seed {NOISY_SEEDS}, {HOURS} hours")  # noqa: T201
    story = told(NOISY_SEEDS, START_US, HOURS / 24.0)
    flow = flows(story)
    shown, heard = meters.drifting(story, flow), papers.papers(story, noisy=True)
    moist = meters.moist(story, flow, SCATTER_PERCENT)
    records = account(tmp_path, story, shown, moist, heard).records("settlement", story)
    first = Span("settlement", START_US, START_US + SETTLEMENT_US)
    expected = records_of(story, shown, heard, first, moist)
    assert len(records) == len(expected) == HOURS * 3_600_000_000 // SETTLEMENT_US
    for number, (record, other) in enumerate(zip(records, expected, strict=True)):
        compare(said(record), said(other), str(number))
        assert record.status == "validated"
        begin_us = START_US + number * SETTLEMENT_US
        span = replace(story, from_us=begin_us, to_us=begin_us + SETTLEMENT_US)
        assert outside(record, truth(span, flow).figures()) == {}, number


def said(record: FactorRecord) -> dict[str, Any]:
    """All that a record says, but for what only an issued one has; lots in one order."""
    fields = msgspec.to_builtins(record)
    fields["fuels"] = sorted(fields["fuels"], key=lambda p: (p["fuel"], p["lot"], p["kg"]))
    return {name: value for name, value in fields.items() if name not in ISSUED}
