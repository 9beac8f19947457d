"""Samples of a store with many values, split so that each fits into one message.

A board whose values always fit into one never loads it.
"""

import json

import record
import wire


def split(item: record.Record, values: "list[str]") -> "list[record.Record]":
    """Samples that each fit into a message, with the same capture time.

    Args:
        item: A sample.
        values: Names of the board's values, in their order.
    """
    names = [name for name in values if name in item.v or name in item.bad]
    body = len(json.dumps({"v": item.v, "bad": item.bad}))
    if wire.HEAD_BYTES + body <= wire.MAX_BYTES or len(names) < 2:
        return [item]
    half = (len(names) + 1) // 2
    parts = []
    for chosen in (names[:half], names[half:]):
        v = {name: item.v[name] for name in chosen if name in item.v}
        bad = {name: item.bad[name] for name in chosen if name in item.bad}
        parts += split(record.Record(item.up_ms, item.t_us, v, bad), chosen)
    return parts
