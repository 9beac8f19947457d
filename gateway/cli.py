"""`hinoban`: what a person types."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from agent.errors import HinobanError
from gateway.config import Config
from gateway.config_file import load_config
from gateway.paths import JOURNAL, PEOPLE
from gateway.people import People
from gateway.problems import ConfigError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Hinoban (火の番): storage alarms, co-firing shares and live emission factors.",
)
user_app = typer.Typer(no_args_is_help=True, help="People and machines that may sign in.")
verify_app = typer.Typer(no_args_is_help=True, help="Prove that what is on disk is whole.")
app.add_typer(user_app, name="user")
app.add_typer(verify_app, name="verify")

ConfigPath = Annotated[Path, typer.Option("--config", "-c", help="The site's TOML file.")]
Json = Annotated[bool, typer.Option("--json", help="Print data, not tables.")]

_out = Console(soft_wrap=True, highlight=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Domain errors end the command with their words and exit code 2, without a traceback."""
    try:
        yield
    except ConfigError as err:
        for problem in err.problems:
            _err.print(str(problem), markup=False)
        count = len(err.problems)
        _err.print(f"{count} problem{'s' if count != 1 else ''}; nothing was started", style="bold")
        raise typer.Exit(2) from err
    except HinobanError as err:
        _err.print(str(err), markup=False)
        raise typer.Exit(2) from err


@app.command()
def demo(
    scenario: Annotated[
        str, typer.Option(help="calm, self-heating, silent-board, sensor-fails or feeder-stops.")
    ] = "self-heating",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of the page.")] = 8080,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, help="End by itself after so many minutes.")
    ] = None,
    directory: Annotated[
        Path, typer.Option(help="Where it writes; emptied at every start.")
    ] = Path(".demo"),
    seed: Annotated[int, typer.Option(help="Of lots, noise and gassing.")] = 1,
) -> None:
    """Run a simulated plant and yard through the whole chain, with the page on localhost."""
    from gateway.demo import DemoOptions, run_demo  # noqa: PLC0415 -- only the demo needs it

    with _plain_errors():
        options = DemoOptions(directory.absolute(), port, scenario, minutes, seed)
        code = asyncio.run(run_demo(options, _out.print))
    raise typer.Exit(code)


@app.command()
def run(config: ConfigPath) -> None:
    """Run the gateway until it is told to stop (SIGTERM or Ctrl-C)."""
    from gateway.main import run_gateway  # noqa: PLC0415 -- loads everything; `check` need not
    from gateway.site import load_site  # noqa: PLC0415

    with _plain_errors():
        asyncio.run(run_gateway(load_site(config), _say_line))


@app.command()
def check(config: ConfigPath, as_json: Json = False) -> None:
    """Read the site's file, its register maps, lots and tables; start nothing."""
    from gateway.site import load_site  # noqa: PLC0415

    with _plain_errors():
        site = load_site(config)
    loaded = site.config
    rows = {
        "site": loaded.site.id,
        "meters": len(loaded.meter),
        "points": len(site.points()),
        "stores": len(loaded.stores()),
        "boards": len(loaded.board),
        "alarm conditions": len(loaded.alarm),
        "fuels": len(loaded.fuel),
        "lots": len(site.lots),
        "sinks": sum(sink.enabled for sink in loaded.sink),
    }
    _print_rows(rows, as_json, title=f"{config.name} holds")


@verify_app.command("journal")
def verify_journal_command(config: ConfigPath, as_json: Json = False) -> None:
    """Every (board, stream, seq) exactly once, every totaliser step booked exactly once."""
    from gateway.historian.verify import verify_journal  # noqa: PLC0415

    with _plain_errors():
        report = verify_journal(_data(load_config(config)) / JOURNAL)
    _print_report(report.counts, report.problems, as_json)


@verify_app.command("factors")
def verify_factors_command(config: ConfigPath, as_json: Json = False) -> None:
    """The chain of factor records: none altered, missing or reordered."""
    from gateway.footprint.store import FootprintStore  # noqa: PLC0415

    with _plain_errors():
        store = FootprintStore.open(_data(load_config(config)))
        report = store.verify()
    _print_report(report.counts, report.problems, as_json)


@user_app.command("add")
def user_add(
    config: ConfigPath,
    name: str,
    role: Annotated[str, typer.Option(help="viewer, operator, engineer, verifier, administrator")],
) -> None:
    """Add a person; the password is asked for, or read from the first line of a pipe."""
    with _plain_errors():
        people = _people(load_config(config))
        people.add_user(name, role, _password())
    _out.print(f"{name} can sign in as {role}")


@user_app.command("password")
def user_password(config: ConfigPath, name: str) -> None:
    """Give a person a new password; every session of theirs ends."""
    with _plain_errors():
        _people(load_config(config)).set_password(name, _password())
    _out.print(f"{name} has a new password")


@user_app.command("list")
def user_list(config: ConfigPath, as_json: Json = False) -> None:
    """People and machine tokens, with their roles."""
    with _plain_errors():
        people = _people(load_config(config))
        rows = {person.name: f"{person.role}" for person in people.list_users()}
        rows |= {token.name: f"{token.role}, machine" for token in people.list_tokens()}
    _print_rows(rows, as_json, title="People and machines")


@user_app.command("remove")
def user_remove(
    config: ConfigPath,
    name: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a person or machine off the list; what they did stays in the journal."""
    if not yes:
        typer.confirm(f"Remove {name}?", abort=True)
    with _plain_errors():
        people = _people(load_config(config))
        machines = {token.name for token in people.list_tokens()}
        (people.remove_token if name in machines else people.remove_user)(name)
    _out.print(f"{name} is removed")


@user_app.command("token")
def user_token(
    config: ConfigPath,
    name: str,
    role: Annotated[str, typer.Option(help="What the machine may do; mostly viewer.")] = "viewer",
) -> None:
    """Make a machine token; it is shown once."""
    with _plain_errors():
        token = _people(load_config(config)).add_token(name, role)
    _out.print(token, markup=False)


def main() -> None:
    """The console script."""
    app()


def _data(config: Config) -> Path:
    return config.storage.directory


def _people(config: Config) -> People:
    _data(config).mkdir(mode=0o700, parents=True, exist_ok=True)
    return People(_data(config) / PEOPLE)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _say_line(line: str) -> None:
    # Plain and flushed: a process that starts the gateway waits for its "ready".
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _print_rows(rows: dict[str, Any], as_json: bool, *, title: str) -> None:
    if as_json:
        _say_line(json.dumps(rows))
        return
    table = Table(title=title, show_header=False, title_justify="left")
    for key, value in rows.items():
        table.add_row(key, str(value))
    _out.print(table)


def _print_report(counts: dict[str, Any], problems: list[str], as_json: bool) -> None:
    if as_json:
        _say_line(json.dumps({"counts": counts, "problems": problems}))
    else:
        _print_rows(counts, as_json=False, title="Read")
        for problem in problems:
            _out.print(problem, markup=False)
        _out.print("no problem found" if not problems else f"{len(problems)} problems found")
    if problems:
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
