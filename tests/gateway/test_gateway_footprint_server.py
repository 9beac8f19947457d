"""A gateway whose factors are on a server: what that does, alarms and recording never feel."""

from collections.abc import Callable, Iterator

import pytest
from postgres import Postgres
from rig import Rig

pytestmark = pytest.mark.debian


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.close()


def parts(rig: Rig) -> dict[str, int | None]:
    return rig.get("health")["parts"]


def problems(rig: Rig) -> str:
    return " ".join(rig.get("health")["problems"])


def follows(rig: Rig) -> bool:
    behind = parts(rig)["account_lag_rows"]
    return behind is not None and behind < 5


def has_live(rig: Rig) -> bool:
    latest = rig.get("cofiring/latest")
    return latest is not None and latest["net_kw"] is not None


def goes_on(rig: Rig) -> None:
    before = parts(rig)["journal_commits"]
    rig.wait("recording to go on", lambda: parts(rig)["journal_commits"] > before + 2)


def test_a_server_that_is_away_hangs_or_comes_late_holds_up_nothing(
    make_rig: Callable[..., Rig], postgres: Postgres
) -> None:
    def on_server(raw: dict[str, object]) -> None:
        raw["footprint"] = postgres.settings().model_dump(mode="json", exclude_none=True)

    rig = make_rig(change=on_server)
    postgres.kill()
    rig.start_broker()
    rig.start_plant()
    rig.start_yard()
    rig.start_gateway()
    rig.wait("the word of health", lambda: "no new factors: PostgreSQL at" in problems(rig))
    assert parts(rig)["account_lag_rows"] is None
    goes_on(rig)
    postgres.start()
    rig.wait("the account to follow", lambda: follows(rig))
    rig.wait("its live factor", lambda: has_live(rig))
    postgres.freeze()
    goes_on(rig)
    assert rig.get("points")
    postgres.thaw()
    rig.wait("the account to follow", lambda: follows(rig))
    assert "no new factors" not in problems(rig)
    assert not (rig.data / "footprint.sqlite").exists()
    rig.stop("gateway")
    assert "Traceback" not in (rig.directory / "gateway.log").read_text()
