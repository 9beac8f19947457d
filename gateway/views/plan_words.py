"""PlanWords: what is said of a plan of co-firing in one language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gateway.views.catalogue import Catalogue

_FILE: Final = Path(__file__).with_name("plan_words.toml")


class PlanWords(Catalogue):
    """The words of one language.

    Args:
        language: "en", "ja" or "zh-Hant".

    Raises:
        WordsError: It is none of these, or the catalogue has a gap.
    """

    def __init__(self, language: str) -> None:
        super().__init__(_FILE, language)

    def change(self, change: Mapping[str, Any], gwp_set: str) -> dict[str, str]:
        """What a change is of, within which boundary, on which basis; and all of it at once.

        Args:
            change: Fields of an `agent.cofiring.changes.Change`.
            gwp_set: Of the CO₂e figures.
        """
        figure = self[f"change_{change['quantity']}"].format(gwp=gwp_set)
        boundary, basis = self[f"boundary_{change['boundary']}"], self["basis"]
        percent = change["percent"]
        said = self["change"].format(
            figure=figure,
            percent=self["not_known"] if percent is None else f"{percent:+.1f} %",
            against=change["against"],
            boundary=boundary,
        )
        words = self["change_with_basis"].format(change=said, basis=basis)
        return {
            "figure": figure, "boundary": boundary, "basis": basis, "short": said, "words": words,
        }  # fmt: skip

    def route(self, cement: float, landfill: float) -> str:
        """Where the ash goes, by the parts that go to cement and to landfill."""
        return self["ash_route"].format(cement=f"{cement:.0%}", landfill=f"{landfill:.0%}")
