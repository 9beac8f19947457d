"""Who is who: the site's authority, its broker, its gateway and every board, each with papers."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from gateway.boards import certificates
from gateway.boards.certificates import Authority, Key, Purpose
from gateway.boards.errors import BoardError
from gateway.boards.keyring import BOARDS, BROKER, CA_CERTIFICATE, CA_KEY, GATEWAY, Keyring

COMMAND_KEY_BYTES: Final = 32

CERTIFICATE: Final = "certificate.crt"
KEY: Final = "certificate.key"
_COMMAND_KEY: Final = "command.key"


@dataclass(frozen=True, slots=True)
class Identity:
    """A board's papers.

    Args:
        board: Its id, which its certificate names.
        authority: Certificate of the site's authority.
        certificate: The board's own.
        key: What its certificate speaks for.
        command_key: Shared with the gateway: what signs commands.
    """

    board: str
    authority: x509.Certificate
    certificate: x509.Certificate
    key: Key
    command_key: bytes


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate that can end: whose it is, when, and what renews it."""

    owner: str
    ends_utc: datetime
    days_left: int
    renewal: str

    @property
    def ends_soon(self) -> bool:
        """Whether somebody should see to it."""
        return self.days_left < certificates.WARN_DAYS


def make_authority(ring: Keyring, site: str, now: datetime) -> Authority:
    """Make the site's authority.

    Raises:
        BoardError: There is one, which every board trusts; or it cannot be kept.
    """
    if ring.has(CA_CERTIFICATE):
        raise BoardError(
            f"{ring.path(CA_CERTIFICATE)} is there: this site has its authority, and every board "
            "trusts that one. Without its key no board can be made; bring the key back"
        )
    ring.make()
    authority = certificates.new_authority(site, now)
    ring.write(CA_KEY, certificates.key_pem(authority.key))
    ring.write(CA_CERTIFICATE, certificates.pem(authority.certificate))
    return authority


def open_authority(ring: Keyring) -> Authority:
    """The site's authority, with its key.

    Raises:
        BoardError: There is none, its key is elsewhere, or it is another's.
    """
    certificate = authority_certificate(ring)
    remedy = "bring the authority's key here for as long as boards are made"
    key = certificates.load_key(ring.read(CA_KEY, remedy), str(ring.path(CA_KEY)))
    if key.public_key() != certificate.public_key():
        raise BoardError(
            f"{ring.path(CA_KEY)} is not the key of {ring.path(CA_CERTIFICATE)}: bring the one "
            "that is"
        )
    return Authority(certificate, key)


def authority_certificate(ring: Keyring) -> x509.Certificate:
    """What everybody of this site trusts.

    Raises:
        BoardError: There is none yet.
    """
    text = ring.read(CA_CERTIFICATE, "begin with `hinoban board ca`")
    return certificates.load_certificate(text, str(ring.path(CA_CERTIFICATE)))


def make_identity(ring: Keyring, board: str, now: datetime) -> Identity:
    """Make a board's papers.

    Raises:
        BoardError: It has some, or the authority is not at hand.
    """
    if has_identity(ring, board):
        raise BoardError(
            f"{board} has its papers in {ring.path(BOARDS / board)}: write them to the board with "
            f"`hinoban board flash {board}`, or renew them with `hinoban board renew {board}`"
        )
    ring.write(BOARDS / board / _COMMAND_KEY, secrets.token_bytes(COMMAND_KEY_BYTES))
    return renew_identity(ring, board, now)


def renew_identity(ring: Keyring, board: str, now: datetime) -> Identity:
    """Give a board a new key and certificate; its command key stays.

    Raises:
        BoardError: The authority is not at hand, or the board was never made.
    """
    command_key(ring, board)
    authority = open_authority(ring)
    key = certificates.new_key()
    certificate = certificates.issue(authority, board, key, Purpose.CLIENT, now)
    _write(ring, BOARDS / board, certificate, key)
    return open_identity(ring, board)


def open_identity(ring: Keyring, board: str) -> Identity:
    """A board's papers.

    Raises:
        BoardError: It has none, or they do not belong together.
    """
    folder = BOARDS / board
    remedy = f"begin with `hinoban board new {board}`"
    authority = authority_certificate(ring)
    certificate, key = _read(ring, folder, remedy)
    if certificate.issuer != authority.subject:
        raise BoardError(
            f"{ring.path(folder)}: {certificate.issuer.rfc4514_string()} signed this certificate, "
            f"not this site's authority: renew it with `hinoban board renew {board}`"
        )
    return Identity(board, authority, certificate, key, command_key(ring, board))


def has_identity(ring: Keyring, board: str) -> bool:
    """Whether a board was made."""
    return ring.has(BOARDS / board / CERTIFICATE)


def command_key(ring: Keyring, board: str) -> bytes:
    """What signs the commands to a board.

    Raises:
        BoardError: The board was never made, or the key is damaged.
    """
    name = BOARDS / board / _COMMAND_KEY
    key = ring.read(name, f"begin with `hinoban board new {board}`")
    if len(key) != COMMAND_KEY_BYTES:
        raise BoardError(
            f"{ring.path(name)} has {len(key)} bytes, not {COMMAND_KEY_BYTES}: restore it"
        )
    return key


def make_broker(ring: Keyring, site: str, hosts: list[str], now: datetime) -> None:
    """Give the broker a certificate for the names and addresses it is reached by.

    Raises:
        BoardError: The authority is not at hand.
    """
    authority = open_authority(ring)
    key = certificates.new_key()
    name = broker_name(site)
    names = [name, *(host for host in hosts if host != name)]
    certificate = certificates.issue(authority, name, key, Purpose.SERVER, now, names)
    _write(ring, BROKER, certificate, key)


def make_gateway(ring: Keyring, username: str, now: datetime) -> None:
    """Give the gateway a certificate under its name at the broker.

    Raises:
        BoardError: The authority is not at hand.
    """
    authority = open_authority(ring)
    key = certificates.new_key()
    certificate = certificates.issue(authority, username, key, Purpose.CLIENT, now)
    _write(ring, GATEWAY, certificate, key)


def has_pair(ring: Keyring, folder: Path) -> bool:
    """Whether a folder of the ring holds a certificate."""
    return ring.has(folder / CERTIFICATE)


def pem_pair(ring: Keyring, folder: Path) -> tuple[bytes, bytes]:
    """Certificate and key of a folder of the ring, in PEM.

    Raises:
        BoardError: They are missing or do not belong together.
    """
    certificate, key = _read(ring, folder, "make them with `hinoban board broker-config`")
    return certificates.pem(certificate), certificates.key_pem(key)


def broker_name(site: str) -> str:
    """The name in the broker's certificate that boards ask for, wherever the broker is reached."""
    return f"broker.{site}"


def papers(ring: Keyring, now: datetime) -> Iterator[Paper]:
    """Every certificate of the ring, with its end.

    Raises:
        BoardError: One of them is damaged.
    """
    if ring.has(CA_CERTIFICATE):
        yield _paper(ring, CA_CERTIFICATE, "authority", "give every board a new authority", now)
    for folder, owner in ((BROKER, "broker"), (GATEWAY, "gateway")):
        if ring.has(folder / CERTIFICATE):
            renewal = "hinoban board broker-config --renew"
            yield _paper(ring, folder / CERTIFICATE, owner, renewal, now)
    for board in ring.names(BOARDS):
        name = BOARDS / board / CERTIFICATE
        if ring.has(name):
            yield _paper(ring, name, board, f"hinoban board renew {board}", now)


def _paper(ring: Keyring, name: Path, owner: str, renewal: str, now: datetime) -> Paper:
    text = ring.read(name, "restore it")
    certificate = certificates.load_certificate(text, str(ring.path(name)))
    ends_utc = certificate.not_valid_after_utc
    return Paper(owner, ends_utc, certificates.days_left(certificate, now), renewal)


def _write(ring: Keyring, folder: Path, certificate: x509.Certificate, key: Key) -> None:
    # The key first: a certificate without its key would look whole.
    ring.write(folder / KEY, certificates.key_pem(key))
    ring.write(folder / CERTIFICATE, certificates.pem(certificate))


def _read(ring: Keyring, folder: Path, remedy: str) -> tuple[x509.Certificate, Key]:
    where = ring.path(folder)
    text = ring.read(folder / CERTIFICATE, remedy)
    certificate = certificates.load_certificate(text, str(where / CERTIFICATE))
    key = certificates.load_key(ring.read(folder / KEY, remedy), str(where / KEY))
    if key.public_key() != certificate.public_key():
        raise BoardError(
            f"{where}: key and certificate do not belong together, as if a renewal was cut off: "
            "renew again"
        )
    return certificate, key
