"""The messages of a board, as JSON; the golden files in tests/golden/wire fix their form."""

import json

import record

MAX_BYTES = 1024
# What stands before the values when every number is at its widest; the stream has 8 characters.
HEAD_BYTES = 165


def topic(site: str, board: str, noun: str) -> str:
    """The topic of one of the board's messages."""
    return "hinoban/1/%s/%s/%s" % (site, board, noun)


def message(stream: str, oldest: int, item: record.Record) -> "tuple[str, dict[str, object]]":
    """The noun of a record's topic and its payload."""
    payload: "dict[str, object]" = {
        "stream": stream,
        "boot": item.boot,
        "seq": item.seq,
        "oldest": oldest,
        "up_ms": item.up_ms,
        "t_us": item.t_us,
    }
    if item.alarm is None:
        payload["v"] = item.v
        doubt = {name: item.bad[name] for name in item.bad if name in item.v}
        bad = {name: item.bad[name] for name in item.bad if name not in item.v}
        if bad:
            payload["bad"] = bad
        if doubt:  # a number that is known and not good
            payload["doubt"] = doubt
        return "samples", payload
    condition, edge, point, value, limit = item.alarm
    payload["condition"] = condition
    payload["edge"] = edge
    payload["point"] = point
    payload["value"] = value
    payload["limit"] = limit
    return "alarm", payload


def lost(stream: str, seq: int) -> "tuple[str, dict[str, object]]":
    """The noun and payload that tell of a record that can no longer be read."""
    return "samples", {"stream": stream, "seq": seq, "lost": "crc"}


def offline() -> "dict[str, object]":
    """The last will: what the broker says when the board is gone."""
    return {"online": False}


def encode(payload: "dict[str, object]") -> bytes:
    """A payload as bytes, without spaces."""
    return json.dumps(payload, separators=(",", ":")).encode()
