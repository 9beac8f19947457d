"""`hinoban board flash`: a board gets its program, its config and its papers."""

from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.boards import identity, shelf
from gateway.boards.cable import Cable
from gateway.boards.errors import BoardError
from gateway.boards.folder import Folder
from gateway.boards.manifest import PORTS
from gateway.boards.outfit import Holds, Place, outfit, put
from gateway.boards.settings import RING_BYTES, board_settings, find_board, judged
from gateway.command.board import BoardName, Keys, keyring, present
from gateway.command.words import ConfigPath, Yes, out, plain_errors, progress
from gateway.config import Config
from gateway.config_file import load_config

_ERASES: Final = {
    "esp32": "esptool --port PORT erase_flash",
    "rp2": "copy flash_nuke.uf2 to it while BOOTSEL is held",
}
"""Port -> how a technician erases all of its flash."""


def board_flash(
    board: BoardName,
    config: ConfigPath,
    port: Annotated[
        str | None, typer.Option(help="The serial port it is on, such as /dev/ttyUSB0.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Write into this folder instead.")] = None,
    to_port: Annotated[
        str, typer.Option("--for", help="What the folder is for: esp32, rp2 or unix.")
    ] = "unix",
    release: Annotated[
        str | None, typer.Option(help="A release's file or version; the newest where left out.")
    ] = None,
    erase_ring: Annotated[
        bool, typer.Option("--erase-ring", help="Lose what the board has recorded.")
    ] = False,
    keys: Keys = None,
    yes: Yes = False,
) -> None:
    """Write a board's program, config and papers, and read them back.

    What the board has recorded and not delivered stays on it. One that becomes another board, or
    is bought used, must have its whole flash erased first: its records lie beside its files.
    """
    with plain_errors():
        if (port is None) == (to is None):
            raise BoardError("name where to write: either --port DEVICE or --to FOLDER")
        if to_port not in PORTS:
            raise BoardError(f"--for {to_port}: use one of {', '.join(PORTS)}")
        site = load_config(config)
        ring = keyring(site, keys)
        papers = identity.open_identity(ring, board)
        named = find_board(site, board)
        place: Place = Cable(str(port)) if to is None else Folder(to, to_port)
        holds = place.look()
        text = judged(board_settings(site, named, present(site), holds.port))
        chosen = shelf.choose(ring, release, holds.port, board)
        files = outfit(papers, text, chosen, shelf.release_key(ring), _wlan_key(site))
        out.print(
            f"{board}: release {chosen.manifest.version} for {holds.port}, {len(files)} files,"
            f" {sum(map(len, files.values())):,} bytes",
            markup=False,
        )
        erase = _asked(board, holds, erase=erase_ring, yes=yes)
        with progress("writing", len(files)) as advance:
            put(place, files, advance, erase_ring=erase)
    out.print(
        f"{board} is written and read back"
        + (" and starts; look at `hinoban board list` in a minute" if to is None else f" in {to}"),
        markup=False,
    )


def _asked(board: str, holds: Holds, *, erase: bool, yes: bool) -> bool:
    """Whether the ring store goes; asks wherever there is one.

    Raises:
        BoardError: It has to go, and that cannot be done from here.
    """
    other = holds.ring and holds.board != board
    if (other or erase) and holds.port in RING_BYTES:
        who = (
            f"{holds.board or 'a board without a config'}, with records of its own"
            if other
            else (f"{board}, whose records are to go")
        )
        raise BoardError(
            f"This is {who}. They lie in blocks of the flash that outlive files, and would be sent "
            f"as {board}'s: erase the whole flash ({_ERASES[holds.port]}), write MicroPython to it "
            "again, and repeat this"
        )
    if not holds.ring:
        return erase
    if other:
        question = (
            f"This is {holds.board or 'a board without a config'}, with records of its own. As "
            f"{board} it must lose them: the gateway would take them for {board}'s. Erase them?"
        )
        erase = True
    elif erase:
        question = f"Erase what {board} has recorded and may not have delivered?"
    else:
        question = f"{board} holds records; they stay. Write its program, config and papers anew?"
    if not yes:
        typer.confirm(question, abort=True)
    return erase


def _wlan_key(site: Config) -> bytes | None:
    path = site.provisioning.wlan_key_file
    if path is None:
        return None
    try:
        return path.read_bytes().strip()
    except OSError as err:
        raise BoardError(
            f"[provisioning] wlan_key_file {path}: {err.strerror}; name a file this user may read"
        ) from err
