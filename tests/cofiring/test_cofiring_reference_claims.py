"""No reference case stands there untested."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_every_reference_case_is_claimed_by_a_test(cases):
    source = "\n".join(path.read_text("utf-8") for path in TESTS.rglob("test_*.py"))
    claimed = set(re.findall(r'cases\["(\w+)"\]', source))
    assert cases.keys() - {"about"} == claimed & cases.keys()
