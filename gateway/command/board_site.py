"""A board is added to the site's file: at its end, so that what a person wrote there stays."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gateway.boards.errors import BoardError
from gateway.config import Config
from gateway.config_file import load_config


def add_board(
    path: Path, site: Config, board: str, store: str, report_s: float, values: Sequence[str]
) -> Config:
    """The site with a board in it; its file is changed only where the whole of it holds.

    Args:
        path: The site's file.
        site: What it says now.
        board: The board's id.
        store: The store it watches.
        report_s: Seconds between its reports.
        values: What it measures.

    Raises:
        BoardError: The site has the board with another store, or the file cannot be written.
        ConfigError: The file would not hold with this board.
    """
    for known in site.board:
        if known.id == board:
            if known.store != store:
                raise BoardError(
                    f"{path.name} has {board} at store {known.store}, not {store}: change it there "
                    "if the board moves, and erase what it recorded when it is written"
                )
            return site
    whole = int(report_s) if report_s == int(report_s) else report_s
    listed = ", ".join(json.dumps(value) for value in values)
    added = (
        f"\n[[board]]\nid = {json.dumps(board)}\nstore = {json.dumps(store)}\n"
        f"report_s = {whole}\nvalues = [{listed}]\n"
    )
    try:
        text = path.read_text(encoding="utf-8").rstrip("\n") + "\n" + added
        with tempfile.TemporaryDirectory() as folder:
            trial = Path(folder) / path.name
            trial.write_text(text, encoding="utf-8")
            load_config(trial)
        part = path.with_name(path.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.chmod(path.stat().st_mode)
        part.replace(path)
    except OSError as err:
        raise BoardError(
            f"{path}: {err.strerror}; add this to it as a user who may write it:\n{added}"
        ) from err
    return load_config(path)
