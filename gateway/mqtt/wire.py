"""From a topic and bytes to a message of a board, or to words saying why not. Pure.

A value that is no finite number, a reason nobody knows, a sequence number of zero: nothing of it
ever becomes a number further in. Unknown keys are passed over, so that newer boards can say more.
"""

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from agent.errors import BadMessageError
from agent.samples import REASONS

MAX_BYTES: Final = 1024
"""The longest payload a board may send [bytes]."""

_ROOT: Final = "hinoban/1"
_BOARD: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SENSOR: Final = re.compile(r"state(/sensors/[0-9]{1,3})?")

_YEAR_2000_US: Final = 946_684_800_000_000
_YEAR_2100_US: Final = 4_102_444_800_000_000

_Stream = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_-]{1,40}\Z")]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,63}\Z")]
_Seq = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Utc = Annotated[int, msgspec.Meta(ge=_YEAR_2000_US, le=_YEAR_2100_US)]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record stands in its board's stream, and when it was captured.

    Args:
        stream: Id made when the board's ring store was created.
        boot: The board's boot count at capture.
        seq: Rises by one for ever within the stream, from 1.
        oldest: Lowest seq the board still holds.
        up_ms: The board's uptime at capture [ms].
        t_us: UTC at capture [µs] if the board's clock was synchronised.
    """

    stream: _Stream
    boot: _Count
    seq: _Seq
    oldest: _Seq
    up_ms: _Count
    t_us: _Utc | None = None


class _SamplesBody(Record, frozen=True, kw_only=True):
    v: dict[_Name, float]
    bad: dict[_Name, str] = {}
    doubt: dict[_Name, str] = {}
    hist: Any = 0


class _AlarmBody(Record, frozen=True, kw_only=True):
    condition: _Name
    edge: Literal["raised", "cleared", "silenced"]
    point: _Name | None = None
    value: float | None = None
    limit: float | None = None


class _LostBody(msgspec.Struct, frozen=True, kw_only=True):
    stream: _Stream
    seq: _Seq
    lost: _Name | None = None


class Samples(msgspec.Struct, frozen=True, gc=False):
    """Values captured together.

    Args:
        values: What is known, by name, in the unit the name ends in.
        bad: Why the others are not known, by name.
        doubt: Why a known value is not good, by name.
        history: The board had kept it: its arrival tells nothing about its capture.
    """

    board: str
    record: Record
    values: dict[str, float]
    bad: dict[str, str]
    doubt: dict[str, str] = {}
    history: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """An edge of the board's own alarm; `point` is the board's name of the value.

    A condition that this gateway has never heard of is the word of a newer board.
    """

    board: str
    record: Record
    condition: str
    edge: str
    point: str | None
    value: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class Lost:
    """A record whose seq is spent and which can never be read; `lost` says why."""

    board: str
    stream: str
    seq: int
    lost: str


@dataclass(frozen=True, slots=True)
class State:
    """What a board says of itself; `part` is "state" or "state/sensors/<n>"."""

    board: str
    part: str
    online: bool | None
    fields: dict[str, Any]


Message = Samples | Alarm | Lost | State
Body = TypeVar("Body")

_SAMPLES: Final = msgspec.json.Decoder(_SamplesBody)
_ALARM: Final = msgspec.json.Decoder(_AlarmBody)
_LOST: Final = msgspec.json.Decoder(_LostBody)
_STATE: Final = msgspec.json.Decoder(dict[str, Any])


def topic_filters(site: str) -> tuple[str, ...]:
    """What the gateway of a site subscribes to."""
    root = f"{_ROOT}/{site}/+"
    return f"{root}/samples", f"{root}/alarm", f"{root}/state", f"{root}/state/sensors/+"


def ack_topic(site: str, board: str) -> str:
    """Where a board hears how far its records are safe."""
    return f"{_ROOT}/{site}/{board}/ack"


def encode_ack(gateway: str, stream: str, seq: int) -> bytes:
    """Everything of `stream` up to `seq` is on this gateway's disk or booked as lost."""
    return msgspec.json.encode({"gateway": gateway, "stream": stream, "seq": seq})


def decode(topic: str, payload: bytes, site: str) -> Message:
    """Read one message of a board of `site`.

    Raises:
        BadMessageError: With reason unknown_topic, too_long, not_json, bad_field, bad_value
            or unknown_reason.
    """
    board, part = _split(topic, site)
    if len(payload) > MAX_BYTES:
        raise BadMessageError(
            "too_long",
            f"{topic}: {len(payload)} bytes are more than {MAX_BYTES}; split it into messages "
            "with their own seq and the same up_ms",
        )
    if part == "samples":
        return _samples(topic, board, payload)
    if part == "alarm":
        return _alarm(topic, board, payload)
    return _state(topic, board, part, payload)


def salvage(topic: str, payload: bytes, site: str, reason: str) -> Lost | None:
    """A refused message as a lost record, if its place in the stream can be read.

    Booking it as lost lets the watermark move over it; else the board resends it for ever.
    """
    try:
        board, part = _split(topic, site)
        if part not in {"samples", "alarm"}:
            return None
        body = _read(_LOST, topic, payload)
    except BadMessageError:
        return None
    return Lost(board, body.stream, body.seq, reason)


def _split(topic: str, site: str) -> tuple[str, str]:
    prefix = f"{_ROOT}/{site}/"
    board, _, part = topic.removeprefix(prefix).partition("/")
    known = part in {"samples", "alarm"} or _SENSOR.fullmatch(part)
    if not topic.startswith(prefix) or not known or not _BOARD.fullmatch(board):
        raise BadMessageError(
            "unknown_topic",
            f"{topic!r} is no topic of a board; use {prefix}<board>/samples, alarm or state",
        )
    return board, part


def _read(decoder: "msgspec.json.Decoder[Body]", topic: str, payload: bytes) -> Body:
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as err:
        raise BadMessageError(
            "bad_field", f"{topic}: {err} in {_excerpt(payload)}; see the wire format's examples"
        ) from err
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise BadMessageError(
            "not_json", f"{topic}: {_excerpt(payload)} is no JSON object ({err}); send UTF-8 JSON"
        ) from err


def _samples(topic: str, board: str, payload: bytes) -> Samples | Lost:
    if b'"lost"' in payload:
        lost = _read(_LOST, topic, payload)
        if lost.lost is not None:
            return Lost(board, lost.stream, lost.seq, lost.lost)
    body = _read(_SAMPLES, topic, payload)
    _check_order(topic, body)
    for name, value in body.v.items():
        _check_number(topic, name, value)
        if name in body.bad:
            raise BadMessageError(
                "bad_field", f"{topic}: {name} is both {value} in v and in bad; send one of them"
            )
    for name, reason in (*body.bad.items(), *body.doubt.items()):
        if reason not in REASONS:
            raise BadMessageError(
                "unknown_reason",
                f"{topic}: {name} is bad for {reason!r}; use one of {', '.join(REASONS)}",
            )
    if strangers := body.doubt.keys() - body.v.keys():
        raise BadMessageError(
            "bad_field",
            f"{topic}: {', '.join(sorted(strangers))} in doubt without a number; send it in bad",
        )
    return Samples(board, body, body.v, body.bad, body.doubt, body.hist in (1, True))


def _alarm(topic: str, board: str, payload: bytes) -> Alarm:
    body = _read(_ALARM, topic, payload)
    _check_order(topic, body)
    for name in ("value", "limit"):
        _check_number(topic, name, getattr(body, name))
    return Alarm(board, body, body.condition, body.edge, body.point, body.value, body.limit)


def _state(topic: str, board: str, part: str, payload: bytes) -> State:
    fields = _read(_STATE, topic, payload)
    online = fields.get("online")
    if not isinstance(online, bool) and (part == "state" or online is not None):
        raise BadMessageError(
            "bad_field", f"{topic}: online is {online!r}; say true, or false in the last will"
        )
    return State(board, part, online, fields)


def _check_order(topic: str, record: Record) -> None:
    if record.oldest > record.seq:
        raise BadMessageError(
            "bad_field",
            f"{topic}: oldest {record.oldest} is above its own seq {record.seq}; "
            "oldest is the lowest seq the board still holds",
        )


def _check_number(topic: str, name: str, value: float | None) -> None:
    if value is not None and not math.isfinite(value):
        raise BadMessageError(
            "bad_value", f"{topic}: {name} is {value}, no number; put {name} in bad with a reason"
        )


def _excerpt(payload: bytes) -> str:
    return repr(payload if len(payload) <= 120 else payload[:120] + b"...")
