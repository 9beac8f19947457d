"""The room's page says what the code says."""

from pathlib import Path

from agent.alarms.states import diagram

AGENT = Path(__file__).parents[2] / "agent"


def test_the_state_diagram_is_made_from_the_table():
    assert diagram() in (AGENT / "README.md").read_text()


def test_every_module_is_on_the_map():
    page = (AGENT / "README.md").read_text()
    modules = {p.name for p in (AGENT / "alarms").glob("[a-z]*.py")}
    assert {m for m in modules if f"`alarms/{m}`" not in page} == set()
