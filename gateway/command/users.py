"""`hinoban user`: people and machines that may sign in."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gateway.command.words import ConfigPath, Json, Yes, out, plain_errors, print_rows
from gateway.config_file import load_config
from gateway.paths import PEOPLE, make_directory
from gateway.people import People, PeopleError

user_app = typer.Typer(no_args_is_help=True, help="People and machines that may sign in.")

Name = Annotated[str, typer.Argument(help="Name to sign in with.")]


@user_app.command("add")
def user_add(
    config: ConfigPath,
    name: Name,
    role: Annotated[str, typer.Option(help="viewer, operator, engineer, verifier, administrator")],
) -> None:
    """Add a person; the password is asked for, or read from the first line of a pipe."""
    with _people(config, make=True) as people:
        people.add_user(name, role, _password())
    out.print(f"{name} can sign in as {role}", markup=False)


@user_app.command("password")
def user_password(config: ConfigPath, name: Name) -> None:
    """Give a person a new password; every session of theirs ends."""
    with _people(config) as people:
        _known(people, name)
        people.set_password(name, _password())
    out.print(f"{name} has a new password", markup=False)


@user_app.command("list")
def user_list(config: ConfigPath, as_json: Json = False) -> None:
    """People and machine tokens, with their roles."""
    with _people(config) as people:
        rows = {person.name: f"{person.role}" for person in people.list_users()}
        rows |= {token.name: f"{token.role}, machine" for token in people.list_tokens()}
    print_rows(rows, as_json=as_json, title="People and machines")


@user_app.command("remove")
def user_remove(config: ConfigPath, name: Name, yes: Yes = False) -> None:
    """Take a person or machine off the list; what they did stays in the journal."""
    with _people(config) as people:
        machines = {token.name for token in people.list_tokens()}
        if name not in machines:
            _known(people, name)
        if not yes:
            typer.confirm(f"Remove {name}?", abort=True)
        (people.remove_token if name in machines else people.remove_user)(name)
    out.print(f"{name} is removed", markup=False)


@user_app.command("token")
def user_token(
    config: ConfigPath,
    name: Name,
    role: Annotated[str, typer.Option(help="What the machine may do; mostly viewer.")] = "viewer",
) -> None:
    """Make a machine token; it is shown once."""
    with _people(config, make=True) as people:
        token = people.add_token(name, role)
    out.print(token, markup=False)


@contextmanager
def _people(config: Path, *, make: bool = False) -> Iterator[People]:
    with plain_errors():
        data = load_config(config).storage.directory
        if make:
            make_directory(data)
        elif not (data / PEOPLE).exists():
            raise PeopleError(f"{data}: nobody is listed there yet; begin with `hinoban user add`")
        people = People(data / PEOPLE)
        try:
            yield people
        finally:
            people.close()


def _known(people: People, name: str) -> None:
    if name not in {person.name for person in people.list_users()}:
        raise PeopleError(f"there is no user {name!r}; `hinoban user list` shows them")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
