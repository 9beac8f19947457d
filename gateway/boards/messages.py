"""What boards say about commands and updates, and where they are answered. Pure."""

import struct
from typing import Annotated, Final, TypeVar

import msgspec

from agent.errors import BadMessageError

CHUNK_BYTES: Final = 1_000
"""Most bytes of a release in one message; with its place it stays under 1,024."""

MOST_CHUNKS: Final = 4
"""Most chunks that a board may ask for at once."""

WANT: Final = "update/want"
RESULT: Final = "cmd/result"
STATE: Final = "state"

_MAX_BYTES: Final = 1_024
_ROOT: Final = "hinoban/1"
_Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Place = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """A board asks for the next part of its release.

    Args:
        number: Of the release.
        offset: Into its file [bytes].
        n: How many chunks, 1 to 4.
    """

    number: _Place
    offset: _Place
    n: Annotated[int, msgspec.Meta(ge=1, le=MOST_CHUNKS)]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command.

    Args:
        n: Its number; None where the board could not read one.
        op: Its op, as the board read it.
        ok: Whether it is done; an update is told of twice, once when it is begun.
        why: Why not, in the board's words.
    """

    n: _Whole | None = None
    op: str | None = None
    ok: bool
    why: str | None = None


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a state message that a command rests on."""

    online: bool
    boot: _Whole | None = None
    up_ms: _Whole | None = None


Body = TypeVar("Body", Want, Result, Alive)

_DECODERS: Final = {kind: msgspec.json.Decoder(kind) for kind in (Want, Result, Alive)}


def filters(site: str) -> tuple[str, ...]:
    """What the gateway of a site hears beside samples, alarms and states."""
    return f"{_ROOT}/{site}/+/{WANT}", f"{_ROOT}/{site}/+/{RESULT}"


def split(topic: str, site: str) -> tuple[str, str]:
    """The board and the part of a topic; both empty where it is none of this site's."""
    prefix = f"{_ROOT}/{site}/"
    if not topic.startswith(prefix):
        return "", ""
    board, _, part = topic.removeprefix(prefix).partition("/")
    return board, part


def command_topic(site: str, board: str) -> str:
    """Where a board hears commands."""
    return f"{_ROOT}/{site}/{board}/cmd"


def update_topic(site: str, board: str) -> str:
    """Where a board hears the parts of its release."""
    return f"{_ROOT}/{site}/{board}/update"


def decode(kind: type[Body], topic: str, payload: bytes) -> Body:
    """A message of a board.

    Raises:
        BadMessageError: It is too long, no JSON, or not of this kind.
    """
    if len(payload) > _MAX_BYTES:
        raise BadMessageError("too_long", f"{topic}: {len(payload)} bytes; send {_MAX_BYTES}")
    try:
        return _DECODERS[kind].decode(payload)  # type: ignore[return-value]
    except msgspec.ValidationError as err:
        raise BadMessageError("bad_field", f"{topic}: {err} in {payload[:120]!r}") from err
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise BadMessageError("not_json", f"{topic}: {payload[:120]!r} is no JSON ({err})") from err


def chunk(number: int, offset: int, data: bytes) -> bytes:
    """A part of a release with its place; without data: there is no such part to be had."""
    return struct.pack(">II", number, offset) + data
