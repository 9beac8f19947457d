"""People: the SQLite file of users, sessions and machine tokens."""

import re
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.errors import HinobanError
from gateway.people import passwords
from gateway.people.roles import Person, Role

SESSION_US: Final = 12 * 3_600_000_000
"""How long a login lasts: one shift [µs]."""

_NAME: Final = re.compile(r"\w[\w.@ -]{0,39}")

_SCHEMA: Final = """
PRAGMA foreign_keys=ON;
PRAGMA busy_timeout=5000;
CREATE TABLE IF NOT EXISTS user (
  name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL, password TEXT NOT NULL,
  created_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')));
CREATE TABLE IF NOT EXISTS session (
  token TEXT PRIMARY KEY, expires_us INTEGER NOT NULL,
  user TEXT NOT NULL COLLATE NOCASE REFERENCES user(name) ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS token (
  name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
  created_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')));
"""


class PeopleError(HinobanError):
    """A user or token that cannot be made, found or changed."""


@dataclass(frozen=True, slots=True)
class Session:
    """A login: the token goes into the cookie; only its hash is stored."""

    token: str
    person: Person
    expires_us: int


class People:
    """Users, sessions and tokens in one file that only its owner may read.

    Safe to use from several threads, and from the command line beside a running gateway.

    Args:
        path: The file; created with mode 600 where it is missing.

    Raises:
        PeopleError: The file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            # SQLite gives its journal the mode of the file, so that is set before it is opened.
            path.touch(mode=0o600)
            path.chmod(0o600)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise PeopleError(f"{path} cannot be used for users: {error}") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def add_user(self, name: str, role: Role | str, password: str) -> Person:
        """Add a user.

        Raises:
            PeopleError: The name is taken or unusable, the role unknown, the password too short.
        """
        person = Person(_usable(name), _role(role))
        self._add("user", person, "password", passwords.hash_password(_long_enough(password)))
        return person

    def set_password(self, name: str, password: str) -> None:
        """Change a password and end the user's sessions.

        Raises:
            PeopleError: There is no such user, or the password is too short.
        """
        hashed = passwords.hash_password(_long_enough(password))
        if not self._run("UPDATE user SET password=? WHERE name=?", hashed, name):
            raise PeopleError(f"there is no user {name!r}; `hinoban user list` shows them")
        self._run("DELETE FROM session WHERE user=?", name)

    def remove_user(self, name: str) -> None:
        """Remove a user and their sessions.

        Raises:
            PeopleError: There is no such user.
        """
        if not self._run("DELETE FROM user WHERE name=?", name):
            raise PeopleError(f"there is no user {name!r}; `hinoban user list` shows them")

    def list_users(self) -> list[Person]:
        """Every user, by name."""
        rows = self._rows("SELECT name, role FROM user ORDER BY name")
        return [Person(name, Role(role)) for name, role in rows]

    def add_token(self, name: str, role: Role | str) -> str:
        """Add a machine token and return its text, which cannot be shown again.

        Raises:
            PeopleError: The name is taken or unusable, or the role unknown.
        """
        token = passwords.new_token()
        person = Person(_usable(name), _role(role), machine=True)
        self._add("token", person, "token", passwords.digest(token))
        return token

    def remove_token(self, name: str) -> None:
        """Revoke a machine token.

        Raises:
            PeopleError: There is no such token.
        """
        if not self._run("DELETE FROM token WHERE name=?", name):
            raise PeopleError(f"there is no token {name!r}; `hinoban user list` shows them")

    def list_tokens(self) -> list[Person]:
        """Every machine token's bearer, by name."""
        rows = self._rows("SELECT name, role FROM token ORDER BY name")
        return [Person(name, Role(role), machine=True) for name, role in rows]

    def verify(self, name: str, password: str) -> Person | None:
        """The user of that name and password; None where either is wrong."""
        rows = self._rows("SELECT name, role, password FROM user WHERE name=?", name)
        hashed = rows[0][2] if rows else None
        if len(password) > passwords.MAXIMUM_LENGTH or not passwords.matches(hashed, password):
            return None
        return Person(rows[0][0], Role(rows[0][1]))

    def open_session(self, person: Person, now_us: int) -> Session:
        """Begin a session for somebody verified; sessions that ended are swept away."""
        token = passwords.new_token()
        expires_us = now_us + SESSION_US
        self._run("DELETE FROM session WHERE expires_us<=?", now_us)
        self._run(
            "INSERT INTO session (token, expires_us, user) VALUES (?, ?, ?)",
            passwords.digest(token),
            expires_us,
            person.name,
        )
        return Session(token, person, expires_us)

    def of_session(self, token: str, now_us: int) -> Session | None:
        """The session of a cookie; None where it is unknown, ended or its user is gone."""
        rows = self._rows(
            "SELECT user.name, role, expires_us FROM session JOIN user ON user.name=session.user"
            " WHERE token=? AND expires_us>?",
            passwords.digest(token),
            now_us,
        )
        if not rows:
            return None
        name, role, expires_us = rows[0]
        return Session(token, Person(name, Role(role)), expires_us)

    def end_session(self, token: str) -> None:
        """End a session."""
        self._run("DELETE FROM session WHERE token=?", passwords.digest(token))

    def of_token(self, token: str) -> Person | None:
        """The bearer of a machine token; None where it is unknown or revoked."""
        rows = self._rows("SELECT name, role FROM token WHERE token=?", passwords.digest(token))
        return Person(rows[0][0], Role(rows[0][1]), machine=True) if rows else None

    def _add(self, table: str, person: Person, column: str, secret: str) -> None:
        try:
            self._run(
                f"INSERT INTO {table} (name, role, {column}) VALUES (?, ?, ?)",  # noqa: S608 - our own words
                person.name,
                person.role,
                secret,
            )
        except sqlite3.IntegrityError:
            raise PeopleError(f"the {table} {person.name!r} exists already") from None

    def _run(self, sql: str, *values: str | int) -> int:
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def _rows(self, sql: str, *values: str | int) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def _usable(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise PeopleError(
            f"{name!r} is no name for a user; use 1–40 letters, digits, spaces, or . _ @ -"
        )
    return name


def _role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise PeopleError(f"{role!r} is no role; use one of {', '.join(Role)}") from None


def _long_enough(password: str) -> str:
    least, most = passwords.MINIMUM_LENGTH, passwords.MAXIMUM_LENGTH
    if not least <= len(password) <= most:
        raise PeopleError(f"a password has {least} to {most} characters, not {len(password)}")
    return password
