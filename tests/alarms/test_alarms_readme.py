"""The room's page says what the code says."""

from pathlib import Path

from agent.alarms.states import diagram
from agent.alarms.visibility import visibility_diagram

AGENT = Path(__file__).parents[2] / "agent"


def test_the_diagrams_are_made_from_the_tables():
    page = (AGENT / "README.md").read_text()
    assert diagram() in page
    assert visibility_diagram() in page


def test_every_module_is_on_the_map():
    page = (AGENT / "README.md").read_text()
    modules = {p.name for p in (AGENT / "alarms").glob("[a-z]*.py")}
    assert {m for m in modules if f"`alarms/{m}`" not in page} == set()
