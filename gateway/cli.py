"""`hinoban`: what a person types."""

import asyncio
import getpass
import logging
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.command.alarms import alarms_app
from gateway.command.alarms_options import alarms_export, alarms_replay
from gateway.command.alarms_people import COMMANDS
from gateway.command.board import board_app
from gateway.command.board_broker import board_broker_config
from gateway.command.board_flash import board_flash
from gateway.command.board_orders import board_command
from gateway.command.board_update import board_update
from gateway.command.carbon_options import fuels, schemes
from gateway.command.cofiring_plan import plan
from gateway.command.import_options import import_registers
from gateway.command.lots_options import import_lots, lots_app
from gateway.command.meter import meter_app
from gateway.command.notify import notify_app
from gateway.command.probe_options import probe
from gateway.command.release import release_app
from gateway.command.reload import reload
from gateway.command.report import report_app
from gateway.command.report_cofiring import report_cofiring
from gateway.command.rounds import rounds_app
from gateway.command.users import user_app
from gateway.command.words import (
    ConfigPath,
    Json,
    Yes,
    out,
    plain_errors,
    print_report,
    print_rows,
    say_line,
)
from gateway.config_file import load_config
from gateway.paths import JOURNAL, DirectoryError

if TYPE_CHECKING:
    from gateway.site import Site


class LogLevel(StrEnum):
    """How much the gateway tells in its log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Hinoban (火の番): storage alarms, co-firing shares and live emission factors.",
)
verify_app = typer.Typer(no_args_is_help=True, help="Prove that what is on disk is whole.")
app.command()(probe)
app.command()(reload)
app.command()(import_registers)
app.command()(import_lots)
app.command()(fuels)
app.command()(schemes)
app.command()(plan)
app.add_typer(lots_app, name="lots")
app.add_typer(user_app, name="user")
app.add_typer(meter_app, name="meter")
app.add_typer(notify_app, name="notify")
app.add_typer(board_app, name="board")
app.add_typer(release_app, name="release")
app.add_typer(verify_app, name="verify")
app.add_typer(report_app, name="report")
app.add_typer(rounds_app, name="rounds")
app.add_typer(alarms_app, name="alarms")
report_app.command("cofiring")(report_cofiring)
alarms_app.command("export")(alarms_export)
alarms_app.command("replay")(alarms_replay)
for name, command in COMMANDS.items():
    alarms_app.command(name)(command)
board_app.command("flash")(board_flash)
board_app.command("broker-config")(board_broker_config)
board_app.command("command")(board_command)
board_app.command("update")(board_update)


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
    from gateway.demo.run import DemoOptions, run_demo  # noqa: PLC0415 -- only the demo needs it

    with plain_errors():
        options = DemoOptions(directory.absolute(), port, scenario, minutes, seed)
        code = asyncio.run(run_demo(options, out.print))
    raise typer.Exit(code)


@app.command()
def run(
    config: ConfigPath,
    log_level: Annotated[
        LogLevel, typer.Option(help="What is written to stderr.")
    ] = LogLevel.WARNING,
) -> None:
    """Run the gateway until it is told to stop (SIGTERM or Ctrl-C)."""
    from gateway.main import run_gateway  # noqa: PLC0415 -- loads everything; `check` need not
    from gateway.site import load_site  # noqa: PLC0415

    logging.basicConfig(
        level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    with plain_errors():
        asyncio.run(run_gateway(load_site(config), say_line))


@app.command()
def check(
    config: ConfigPath,
    show_plan: Annotated[
        bool, typer.Option("--plan", help="Print every request to every meter.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Read every meter once and print its values.")
    ] = False,
    meter: Annotated[
        list[str] | None,
        typer.Option(help="Look at this meter only; [site], [[line]], [[meter]] are enough then."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read the site's file, its register maps, lots and tables; start nothing."""
    from gateway.site import check_addresses, load_meters, load_site  # noqa: PLC0415

    with plain_errors():
        site = None if meter else load_site(config)
        if site is not None:
            check_addresses(config)
        meters = load_meters(config, meter or ()) if site is None else site.meters()
        if show_plan:
            from gateway.command.plan import print_plan  # noqa: PLC0415

            print_plan(meters, as_json=as_json)
        if live:
            from gateway.command.live_view import check_live  # noqa: PLC0415

            check_live(meters, site.config if site else None, as_json=as_json)
    if show_plan or live:
        return
    if site is not None:
        _print_site(site, as_json=as_json, title=f"{config.name} holds")
    else:
        points = sum(len(one.points) for one in meters.tables.meter)
        rows = {"meters": len(meters.tables.meter), "points": points}
        print_rows(rows, as_json=as_json, title=f"{', '.join(meter or ())} in {config.name} holds")


@app.command("recompute")
def recompute_command(
    config: ConfigPath,
    from_: Annotated[str, typer.Option("--from", help="Such as 2026-04-01T00:00+09:00.")],
    to: Annotated[str, typer.Option("--to", help="Up to this instant.")],
    reason: Annotated[str, typer.Option(help="Why; written into every revision.")],
    person: Annotated[
        str | None, typer.Option("--by", help="Who restates; you, where it is left out.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would move.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Restate factors with the lots as they are now; the figures before stay readable."""
    from gateway.command.recompute import Range, recompute  # noqa: PLC0415 -- loads the database

    with plain_errors():
        asked = Range(from_, to, reason, person or getpass.getuser())
        recompute(config, asked, dry_run=dry_run, yes=yes, as_json=as_json)


@verify_app.command("journal")
def verify_journal_command(config: ConfigPath, as_json: Json = False) -> None:
    """Every (board, stream, seq) exactly once, every totaliser step booked exactly once."""
    from gateway.historian.verify import verify_journal  # noqa: PLC0415

    with plain_errors():
        report = verify_journal(_file(config, JOURNAL))
    print_report(report.counts, report.problems, as_json=as_json)


@verify_app.command("alarms")
def verify_alarms_command(
    config: ConfigPath,
    seen: Annotated[
        str | None, typer.Option(help="The chain's end as an earlier run or export printed it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The chain of alarm events: none altered, missing or put in between."""
    from gateway.historian.chain import Link  # noqa: PLC0415
    from gateway.historian.chain_check import ChainCheck  # noqa: PLC0415
    from gateway.historian.reader import Reader  # noqa: PLC0415

    with plain_errors():
        link = None if seen is None else Link.read(seen)
        reader = Reader(_file(config, JOURNAL))
        found = ChainCheck(reader, link)
        reader.close()
    counts = {
        "alarm events": found.events,
        "of them before the chain began": found.since.id,
        "end of the chain": str(found.end),
    }
    print_report(counts, found.problems, as_json=as_json)


@verify_app.command("factors")
def verify_factors_command(config: ConfigPath, as_json: Json = False) -> None:
    """The chain of factor records: none altered, missing or reordered."""
    from gateway.footprint.kept import opened  # noqa: PLC0415
    from gateway.footprint.site_key import SiteKey, fingerprint  # noqa: PLC0415

    with plain_errors():
        loaded = load_config(config)
        store = opened(loaded)
        path = loaded.signing_key()
        public = SiteKey.open(path).public if path.exists() else None
        report = store.verify(public)
        store.close()
    named = {"site key": fingerprint(public) if public else "not made yet"}
    print_report(report.counts | named, report.problems, as_json=as_json)


@verify_app.command("reads")
def verify_reads_command(
    config: ConfigPath,
    from_: Annotated[str | None, typer.Option("--from", help="From when on; else all.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Until when; else all.")] = None,
    as_json: Json = False,
) -> None:
    """The figures once more, from the archived reads: every record is what its reads say.

    What differs by more than 1e-9 is named: reads that came late, lots or tables that changed and
    were not recomputed, or something that nobody can explain.
    """
    from gateway.command.retrace import retrace  # noqa: PLC0415

    with plain_errors():
        retrace(config, from_, to, as_json=as_json)


def main() -> None:
    """The console script."""
    app()


def _print_site(site: "Site", *, as_json: bool, title: str) -> None:
    loaded = site.config
    watched = sum(board.store is not None for board in loaded.board)
    doubts = site.doubts()
    rows: dict[str, Any] = {
        "site": loaded.site.id,
        "lines": len(loaded.line),
        "meters": len(loaded.meter),
        "points": len(site.points()),
        "stores": len(loaded.stores()),
        "boards": len(loaded.board),
        "stores without a board": len(loaded.stores()) - watched,
        "alarm conditions": len(loaded.alarm),
        "fuels": len(loaded.fuel),
        "lots": len(site.lots),
        "sinks": sum(sink.enabled for sink in loaded.sink),
        "recipients": len(loaded.recipient),
    }
    named = {f"warning {n}": doubt for n, doubt in enumerate(doubts, start=1)}
    print_rows(rows | ({"warnings": doubts} if as_json else named), as_json=as_json, title=title)


def _file(config: Path, name: Path) -> Path:
    """A file of the site's data directory, which the gateway has made."""
    path = load_config(config).storage.directory / name
    if not path.exists():
        raise DirectoryError(f"{path}: there is no such file; has the gateway run with this site?")
    return path


if __name__ == "__main__":
    main()
