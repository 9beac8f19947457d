"""Addresses: secrets that stand in a file or a variable, never in a config, a log or a message."""

import os
from pathlib import Path
from typing import Protocol

from agent.errors import HinobanError


class Secret(Protocol):
    """Where an address stands: one of the two."""

    @property
    def url_file(self) -> Path | None:
        """The file that holds it."""
        ...

    @property
    def url_env(self) -> str | None:
        """The environment variable that holds it."""
        ...


class AddressError(HinobanError):
    """An address cannot be read; the words never hold the address itself."""


def address_of(secret: Secret) -> str:
    """The address, freshly read: whoever exchanges the file need not restart anything.

    Raises:
        AddressError: It cannot be read, is empty, or is more than one.
    """
    if secret.url_file is not None:
        where, text = str(secret.url_file), _of_file(secret.url_file)
    elif secret.url_env is not None:
        where, text = f"the variable {secret.url_env}", os.environ.get(secret.url_env, "")
    else:
        raise AddressError("no address is named; give url_file or url_env")
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise AddressError(f"{where} holds no address; write one line into it")
    if len(found) > 1:
        raise AddressError(f"{where} holds {len(found)} lines; give one address to a recipient")
    return found[0]


def _of_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as err:
        raise AddressError(
            f"{path} cannot be read ({err.strerror}); make it readable for the gateway's user"
        ) from err
    except UnicodeDecodeError as err:
        raise AddressError(f"{path} is no text; write the address into it") from err
