"""`hinoban board broker-config`: the plant's Mosquitto, its certificate and its access list."""

import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.boards import identity
from gateway.boards.errors import BoardError
from gateway.boards.keyring import BROKER, CA_CERTIFICATE, GATEWAY, Keyring, write_secret
from gateway.command.board import Keys, keyring, present
from gateway.command.words import ConfigPath, out, plain_errors
from gateway.config import Config
from gateway.config_file import load_config
from gateway.mqtt import plant_broker
from gateway.mqtt.plant_broker import PlantBroker

PASSWORD: Final = GATEWAY / "mqtt-password.key"

_PASSWORD_BYTES: Final = 24
_SALT_BYTES: Final = 12


def board_broker_config(
    config: ConfigPath,
    out_folder: Annotated[
        Path,
        typer.Option("--out", help="Folder for Mosquitto's files, such as /etc/hinoban/broker."),
    ],
    host: Annotated[
        list[str] | None,
        typer.Option(help="Another name or address of the broker; may be given again."),
    ] = None,
    loopback_port: Annotated[
        int, typer.Option(help="Where the gateway connects on the broker's machine.")
    ] = 1883,
    state: Annotated[
        Path | None,
        typer.Option(help="Where Mosquitto keeps its database, unless its package says so."),
    ] = None,
    renew: Annotated[
        bool, typer.Option("--renew", help="New certificates for broker and gateway.")
    ] = False,
    keys: Keys = None,
) -> None:
    """Write Mosquitto's configuration, access list and certificate for this site."""
    with plain_errors():
        site = load_config(config)
        ring = keyring(site, keys)
        made = PlantBroker(
            site.site.id,
            site.mqtt.gateway,
            out_folder.absolute(),
            site.provisioning.broker_port,
            loopback_port,
            state,
        )
        _papers(ring, site, host or [], renew=renew)
        password = _password(ring)
        certificate, key = identity.pem_pair(ring, BROKER)
        files = {
            plant_broker.CONFIG: made.config().encode(),
            plant_broker.ACCESS: made.access().encode(),
            plant_broker.PASSWORDS: made.passwords(
                password, secrets.token_bytes(_SALT_BYTES)
            ).encode(),
            plant_broker.CA: ring.read(CA_CERTIFICATE, "begin with `hinoban board ca`"),
            plant_broker.CERTIFICATE: certificate,
            plant_broker.KEY: key,
        }
        try:
            out_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as err:
            raise BoardError(f"{out_folder}: {err.strerror}; name a folder you may write") from err
        for name, content in files.items():
            write_secret(out_folder / name, content)
    _next_steps(ring, site, out_folder, loopback_port)


def _papers(ring: Keyring, site: Config, hosts: list[str], *, renew: bool) -> None:
    """Certificates of broker and gateway, made where they are missing or to be renewed."""
    now = present(site)
    reached = [*hosts]
    if site.provisioning.broker_host is not None:
        reached.insert(0, site.provisioning.broker_host)
    if not reached:
        raise BoardError(
            "[provisioning] broker_host is missing: name where boards reach the broker"
        )
    if not ring.has(CA_CERTIFICATE):
        identity.make_authority(ring, site.site.id, now)
        out.print(f"Made the authority of {site.site.id} in {ring.directory}.", markup=False)
    if renew or not identity.has_pair(ring, BROKER):
        identity.make_broker(ring, site.site.id, [*dict.fromkeys(reached), "localhost"], now)
    if renew or not identity.has_pair(ring, GATEWAY):
        identity.make_gateway(ring, plant_broker.username(site.mqtt.gateway), now)


def _password(ring: Keyring) -> str:
    """The gateway's password at the broker of its own machine; stays as it was made first."""
    if not ring.has(PASSWORD):
        ring.write(PASSWORD, secrets.token_urlsafe(_PASSWORD_BYTES).encode())
    return ring.read(PASSWORD, "").decode()


def _next_steps(ring: Keyring, site: Config, folder: Path, loopback_port: int) -> None:
    name = plant_broker.username(site.mqtt.gateway)
    pair = ring.path(GATEWAY)
    out.print(
        f"Wrote {folder}. Then, on the broker's machine:\n"
        f"  sudo chown -R mosquitto: {folder}\n"
        f"  sudo cp {folder / plant_broker.CONFIG} /etc/mosquitto/conf.d/\n"
        "  sudo systemctl restart mosquitto\n"
        "and in the site's file, where the gateway runs beside the broker:\n"
        f'  [mqtt]\n  host = "127.0.0.1"\n  port = {loopback_port}\n  username = "{name}"\n'
        f'  password_file = "{ring.path(PASSWORD)}"\n'
        "or, where it runs elsewhere:\n"
        f'  [mqtt]\n  host = "{site.provisioning.broker_host}"\n'
        f"  port = {site.provisioning.broker_port}\n"
        f'  tls_ca = "{ring.path(CA_CERTIFICATE)}"\n'
        f'  tls_certificate = "{pair / identity.CERTIFICATE}"\n'
        f'  tls_key = "{pair / identity.KEY}"\n'
        f'  tls_name = "{identity.broker_name(site.site.id)}"',
        markup=False,
    )
