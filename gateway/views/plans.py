"""Plans as people read them: what the agent computes, and in a language what it is of."""

from collections.abc import Mapping
from typing import Any

from gateway.footprint.plans import EXAMPLE, plan_file, planned
from gateway.footprint.tables import Tables
from gateway.views.plan_words import PlanWords


def answered(asked: Mapping[str, Any] | None, tables: Tables, language: str) -> dict[str, Any]:
    """What a plan would give; of None the example, with what it asks.

    Raises:
        HinobanError: Something in it cannot be.
    """
    words = PlanWords(language)
    if asked is not None:
        return told(asked, tables, words)
    example = plan_file(EXAMPLE)
    return {"asked": example} | told(example, tables, words)


def told(document: Mapping[str, Any], tables: Tables, words: PlanWords) -> dict[str, Any]:
    """What the stages of a plan would give, JSON-ready, each change with its words.

    Args:
        document: The plan, in the fields of `example-plan.toml`.
        tables: Reviewed tables.
        words: Of a language; the plan's names are in it too, where it has them in several.

    Raises:
        HinobanError: Something in it cannot be.
    """
    found = planned(document, tables, words.language)
    stages = [_stage(stage, found["gwp_set"], words) for stage in found["stages"]]
    return {**found, "language": words.language, "basis": words["basis"], "stages": stages}


def _stage(stage: Mapping[str, Any], gwp_set: str, words: PlanWords) -> dict[str, Any]:
    return {
        **stage,
        "ash_route": words.route(stage["cement_part"], stage["landfill_part"]),
        "changes": [{**one, **words.change(one, gwp_set)} for one in stage["changes"]],
    }
