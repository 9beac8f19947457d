"""Silos of a site's file that lots are traced through: what holds, and what is refused."""

from pathlib import Path

import pytest

from gateway.footprint.lots.supply import outlets_of, silos_of
from gateway.problems import ConfigError
from gateway.reload import ReloadError, changes
from gateway.site import Site, load_site

CONFIGS = Path(__file__).resolve().parents[2] / "tests/golden/configs"


def site(folder: Path, **silo: str) -> Site:
    text = (CONFIGS / "good.toml").read_text()
    fields = {"id": '"bin"', "kind": '"silo"', "fuel": '"coal"'} | silo
    text += "\n[[store]]\n" + "\n".join(f"{n} = {v}" for n, v in fields.items()) + "\n"
    (folder / "site.toml").write_text(text)
    (folder / "lots.toml").write_text((CONFIGS / "lots.toml").read_text())
    return load_site(folder / "site.toml")


def test_a_silo_is_traced_only_where_it_says_how_it_blends(tmp_path: Path) -> None:
    assert silos_of(site(tmp_path).config) == []
    (silo,) = silos_of(site(tmp_path, blending='"mixed"', transport_delay_s="90").config)
    assert (silo.id, silo.model, silo.shift_us, silo.delay_us) == ("bin", "mixed", 90_000_000, 0)
    assert silo.outlet_point.endswith("_kg")
    (silo,) = silos_of(site(tmp_path, blending='"fifo"', outlet_by_hand="true").config)
    assert (silo.outlet_point, outlets_of(site(tmp_path).config)) == ("", ())


@pytest.mark.parametrize(
    ("silo", "words", "remedy"),
    [
        ({"kind": '"container"', "blending": '"fifo"'}, "holds one lot", 'kind = "silo"'),
        (
            {"blending": '"fifo"', "outlet_by_hand": "true", "outlet_total_kg": '"unit1.x_kg"'},
            "is counted by unit1.x_kg already",
            "Remove one of the two",
        ),
        ({"blending": '"fifo"', "outlet_total_kg": '"unit1.x_kg"'}, "no point", ""),
        ({"blending": '"heap"'}, "'fifo' or 'mixed'", ""),
    ],
    ids=["a container that blends", "two outlets", "an outlet nobody reads", "another model"],
)
def test_what_does_not_hold_is_told_with_its_remedy(
    tmp_path: Path, silo: dict[str, str], words: str, remedy: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        site(tmp_path, **silo)
    problem = next(p for p in caught.value.problems if words in str(p))
    assert problem.line is not None
    assert remedy in problem.remedy


def test_another_way_of_tracing_needs_a_restart(tmp_path: Path) -> None:
    with pytest.raises(ReloadError, match="traces lots another way"):
        changes(site(tmp_path), site(tmp_path, blending='"fifo"'))
