"""`hinoban release`: the boards' program is built, signed and checked."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.boards import certificates, program, shelf
from gateway.boards import release as releases
from gateway.boards.errors import ReleaseError
from gateway.boards.keyring import RELEASE_KEY, RELEASE_PUBLIC, Keyring, write_secret
from gateway.boards.manifest import PORTS
from gateway.boards.release import Release
from gateway.command.words import Json, out, plain_errors, print_rows

NAMES = ".names.json"

release_app = typer.Typer(
    no_args_is_help=True, help="Build, sign and check the boards' program; boards run nothing else."
)

ReleaseFile = Annotated[Path, typer.Argument(help="The release's file.")]
KeyFile = Annotated[Path, typer.Option("--key", help="The key that signs releases.")]
PublicFile = Annotated[Path, typer.Option("--public", help="Its public half, release.pub.")]


@release_app.command("key")
def release_key(
    out_folder: Annotated[
        Path, typer.Option("--out", help="Where release.key and release.pub are made.")
    ],
) -> None:
    """Make the key that signs releases; it need not be on the gateway, nor on any network."""
    with plain_errors():
        ring = Keyring(out_folder)
        if ring.has(RELEASE_PUBLIC):
            raise ReleaseError(
                f"{ring.path(RELEASE_PUBLIC)} is there: boards take releases of that key only. A "
                "new one must be written to each of them over its cable"
            )
        ring.make()
        key = certificates.new_key()
        ring.write(RELEASE_KEY, certificates.key_pem(key))
        ring.write(RELEASE_PUBLIC, releases.public_bytes(key))
    out.print(f"Made {ring.path(RELEASE_KEY)}: keep it where only you can get it.", markup=False)
    out.print(
        f"Copy {ring.path(RELEASE_PUBLIC)} into the gateway's folder of keys: it is no secret.",
        markup=False,
    )


@release_app.command("build")
def release_build(
    version: Annotated[str, typer.Option(help="Such as 1.2.0.")],
    number: Annotated[
        int, typer.Option(help="Higher than that of every release before; boards take no lower.")
    ],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder the release is written to.")],
    port: Annotated[
        list[str], typer.Option(help="esp32, rp2 or unix; may be given more than once.")
    ],
    board: Annotated[
        list[str] | None, typer.Option(help="Only this board takes it; may be given again.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Sign it with this key; later with `sign` where left out.")
    ] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="Sources instead of bytecode; port unix only.")
    ] = False,
) -> None:
    """Compile every module of the firmware and pack them with a manifest."""
    with plain_errors():
        if wrong := [name for name in port if name not in PORTS]:
            raise ReleaseError(f"--port {wrong[0]}: use one of {', '.join(PORTS)}")
        signer = None if key is None else _signer(key)
        for name in port:
            mpy = program.SOURCES if sources else program.MPY_VERSION
            files = program.slot_files(name, sources=sources)
            built = releases.make(version, number, name, mpy, files, tuple(board or ()))
            if signer is not None:
                built = releases.sign(built, signer)
            path = _write(out_folder / built.name, built)
            signed = "signed" if built.signature else "not signed yet"
            out.print(f"{path}: {_words(built)}, {signed}", markup=False)
        if not sources:
            _write_names(out_folder / f"{version}{NAMES}")


@release_app.command("sign")
def release_sign(file: ReleaseFile, key: KeyFile) -> None:
    """Sign a release; read what `verify` says of it first."""
    with plain_errors():
        signed = releases.sign(shelf.load(file), _signer(key))
        _write(file, signed)
    out.print(f"{file}: {_words(signed)}, signed", markup=False)


@release_app.command("verify")
def release_verify(file: ReleaseFile, public: PublicFile, as_json: Json = False) -> None:
    """Whether a release is whole, and signed with the key that boards know."""
    with plain_errors():
        one = shelf.load(file)
        try:
            releases.verify(one, public.read_bytes())
        except OSError as err:
            raise ReleaseError(f"{public}: {err.strerror}; name the site's release.pub") from err
    rows = {
        "version": one.manifest.version,
        "number": one.manifest.number,
        "port": one.manifest.port,
        "boards": ", ".join(one.manifest.boards) or "all",
        "files": len(one.manifest.files),
        "bytes": len(one.packed),
        "manifest sha256": one.digest,
    }
    print_rows(rows, as_json=as_json, title=f"{file.name} is whole and signed")


def _signer(path: Path) -> certificates.Key:
    ring = Keyring(path.parent)
    remedy = "name the key that `hinoban release key` made"
    return certificates.load_key(ring.read(Path(path.name), remedy), str(path))


def _write(path: Path, one: Release) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(path, one.packed)
        path.chmod(0o644)
    except OSError as err:
        raise ReleaseError(f"{path}: {err.strerror}; name a folder you may write") from err
    return path


def _write_names(path: Path) -> None:
    """What the program's parts are called on a board, for whoever reads a crash there."""
    try:
        path.write_text(json.dumps(program.slot().meaning(), indent=1) + "\n", encoding="utf-8")
    except OSError as err:
        raise ReleaseError(f"{path}: {err.strerror}; name a folder you may write") from err


def _words(one: Release) -> str:
    manifest = one.manifest
    return (
        f"version {manifest.version}, number {manifest.number}, {manifest.port}, "
        f"{len(manifest.files)} modules, {len(one.packed):,} bytes"
    )
