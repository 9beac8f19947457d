"""Users, tokens and the back-off."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.people import People, PeopleError, Role
from gateway.people.backoff import FREE_ATTEMPTS, Backoff
from gateway.people.roles import Action, Person

LONG = "ten letters or more"


@pytest.fixture
def people(tmp_path: Path):  # type: ignore[no-untyped-def]
    found = People(tmp_path / "people.sqlite")
    yield found
    found.close()


def test_only_the_owner_reads_the_file_and_no_secret_is_in_it(
    people: People, tmp_path: Path
) -> None:
    people.add_user("sato", "operator", LONG)
    token = people.add_token("grafana", Role.VIEWER)
    person = people.verify("sato", LONG)
    assert person is not None
    session = people.open_session(person, 0)
    path = tmp_path / "people.sqlite"
    assert path.stat().st_mode & 0o777 == 0o600
    content = path.read_bytes()
    for secret in (LONG, token, session.token):
        assert secret.encode() not in content


def test_a_file_left_open_to_others_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "people.sqlite"
    path.touch(mode=0o644)
    People(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_password_is_verified_and_changed(people: People) -> None:
    people.add_user("sato", "operator", LONG)
    assert people.verify("sato", LONG) == Person("sato", Role.OPERATOR)
    assert people.verify("sato", LONG + "!") is None
    assert people.verify("nobody", LONG) is None
    session = people.open_session(Person("sato", Role.OPERATOR), 0)
    people.set_password("sato", "another long one")
    assert people.verify("sato", LONG) is None
    assert people.of_session(session.token, 1) is None


@pytest.mark.parametrize(
    ("name", "role", "password", "words"),
    [
        ("sato", "operator", "short", "10 to 256"),
        ("sato", "boss", LONG, "use one of viewer"),
        ("", "viewer", LONG, "no name"),
        ("a\nb", "viewer", LONG, "no name"),
        ("Taken", "viewer", LONG, "exists already"),
    ],
)
def test_what_cannot_be_added(
    people: People, name: str, role: str, password: str, words: str
) -> None:
    people.add_user("taken", "viewer", LONG)
    with pytest.raises(PeopleError, match=words):
        people.add_user(name, role, password)


def test_the_missing_cannot_be_changed(people: People) -> None:
    for act in (people.remove_user, people.remove_token):
        with pytest.raises(PeopleError, match="hinoban user list"):
            act("ghost")
    with pytest.raises(PeopleError, match="ghost"):
        people.set_password("ghost", LONG)


def test_another_process_sees_users_at_once(people: People, tmp_path: Path) -> None:
    other = People(tmp_path / "people.sqlite")
    other.add_user("佐藤", "engineer", LONG)
    other.close()
    assert people.list_users() == [Person("佐藤", Role.ENGINEER)]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.sqlite"
    path.write_text("something else entirely, and long enough to be looked at" * 20)
    with pytest.raises(PeopleError, match="cannot be used"):
        People(path)
    assert issubclass(PeopleError, Exception)
    assert not issubclass(PeopleError, sqlite3.Error)


def test_no_machine_handles_alarms() -> None:
    for role in Role:
        assert not Person("m", role, machine=True).may(Action.HANDLE_ALARMS)
        assert Person("m", role, machine=True).may(Action.READ)


@given(st.lists(st.integers(min_value=0, max_value=400_000_000), min_size=1, max_size=60))
def test_waits_never_shrink_and_stay_bounded(pauses_us: list[int]) -> None:
    backoff = Backoff()
    now_us = 0
    longest = 0
    for n, pause_us in enumerate(pauses_us, start=1):
        backoff.failed(("user sato",), now_us)
        wait_us = backoff.wait_us(("user sato", "address ::1"), now_us)
        assert (wait_us > 0) is (n >= FREE_ATTEMPTS)
        assert longest <= wait_us <= 300_000_000
        longest = wait_us
        now_us += pause_us
    backoff.succeeded(("user sato",))
    assert backoff.wait_us(("user sato",), now_us) == 0
