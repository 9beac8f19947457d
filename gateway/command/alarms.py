"""`hinoban alarms`: the group; each command has a module of its own."""

import typer

alarms_app = typer.Typer(no_args_is_help=True, help="Alarms: what stands, stood and would stand.")
