"""The table of how people handle alarms: every number with its origin, and the site's own."""

import tomllib
from pathlib import Path

import pytest

from agent.alarms.handling import read_handling
from agent.errors import BadHandlingError
from gateway.config_file import load_config
from gateway.config_handling import AlarmHandling
from gateway.handling import TABLE, handling_of

S = 1_000_000
EXAMPLE = Path(__file__).parents[2] / "gateway/deploy/example-plant.toml"


@pytest.fixture
def table():
    return tomllib.loads(TABLE.read_text())


def test_the_usual_is_the_table_and_the_example_says_so(table):
    usual = read_handling(table)
    assert usual.longest_shelf_us == 8 * 3600 * S
    assert usual.second_person == {"fire", "gas", "people"}
    assert usual.realarm_after_us == {k: h * 3600 * S for k, h in
                                      {"fire": 4, "gas": 8, "people": 4}.items()}  # fmt: skip
    assert handling_of(AlarmHandling()) == usual
    assert handling_of(load_config(EXAMPLE).alarm_handling) == usual


def test_a_site_sets_its_own():
    own = handling_of(
        AlarmHandling(
            longest_shelf_s=60, second_person=("fire",), realarm_after_s={"gas": 0, "fault": 9}
        )
    )
    assert (own.longest_shelf_us, own.agree_within_us) == (60 * S, 600 * S)
    assert own.second_person == {"fire"}
    assert own.realarm_after_us == {"fire": 14_400 * S, "people": 14_400 * S, "fault": 9 * S}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda t: t.pop("longest_shelf"), "longest_shelf is missing"),
        (lambda t: t["agree_within"].update(value=0), "above 0"),
        (lambda t: t["agree_within"].update(value="600"), "'600' s"),
        (lambda t: t["realarm_after"]["fire"].pop("source"), "has no source"),
        (lambda t: t["second_person"].update(value=["fires"]), "no class 'fires'"),
        (lambda t: t["realarm_after"].update(smoke={"value": 1}), "no class 'smoke'"),
    ],
)
def test_a_table_that_lacks_something_is_refused(table, spoil, says):
    spoil(table)
    with pytest.raises(BadHandlingError, match=says):
        read_handling(table)
