"""The board's state message, composed when it is told; it leaves the heap before it is sent."""

import gc

import journal
import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ring import Ring
    from session import Session

VERSION = "0.1.0"


def state(talk: "Session") -> "dict[str, object]":
    """The board's state, as published and retained."""
    ring, sampler = talk.outbox.ring, talk.sampler
    report_s = sampler.report_ms / 1000
    gc.collect()
    told: "dict[str, object]" = {
        "online": True,
        "format": 1,
        "firmware": VERSION,
        "stream": ring.stream,
        "boot": talk.boot,
        "reset_cause": talk.board.reset_cause(),
        "up_ms": talk.now_ms(),
        "t_us": talk.board.utc_us(),
        "clock": talk.settings["clock"],
        "report_s": int(report_s) if report_s == int(report_s) else report_s,
        "next_report_up_ms": sampler.next_report_ms,
        "free_heap": talk.board.free_heap(),
        "acks_ignored": talk.outbox.ignored_acks,
        "sensors": len(sampler.values),
    }
    told.update(store(ring, report_s))
    return extend(told, talk.tellers + [lambda: net(talk)])  # noqa: RUF005, no star on boards


def extend(
    told: "dict[str, object]", tellers: "list[Callable[[], dict[str, object]]]"
) -> "dict[str, object]":
    """Add what all parts know to a state message, as far as one message holds.

    What did not fit is counted in ``left_out``.
    """
    left_out = 0
    room = wire.MAX_BYTES - len(wire.encode(told)) - len(',"left_out":99')
    for teller in tellers:
        for key, value in teller().items():
            size = len(wire.encode({key: value})) - 1
            if size > room:
                left_out += 1
            else:
                room -= size
                told[key] = value
    if left_out:
        told["left_out"] = left_out
    return told


def net(talk: "Session") -> "dict[str, object]":
    """What the state says of the network, and whether the clock is right."""
    talk.net["lost_pubacks"] = talk.client.pubacks_lost
    talk.net["refused_topics"] = talk.client.topics_refused
    told: "dict[str, object]" = {"net": talk.net, "clock_synchronised": False}
    if talk.clock is not None and talk.clock.utc_us() is not None:
        told["clock_synchronised"] = True
        told["clock_error_ms"] = talk.clock.error(talk.now_ms())
    return told


def store(ring: "Ring", report_s: float) -> "dict[str, object]":
    """What the state says of the board's store.

    Args:
        ring: The store.
        report_s: Time between samples [s].
    """
    return {
        "ring_fill": round(ring.journal.used / ring.journal.blocks.count, 3),
        "ring_records": ring.held(),
        "ring_days": round(records(ring) * report_s / 86400, 1),
        "newest": ring.newest,
        "oldest": ring.oldest(),
        "acked": ring.acked,
        "dropped": ring.journal.dropped,
        "alarms_dropped": ring.journal.edges_dropped,
        "lost": ring.lost,
        "erases": ring.journal.erases,
    }


def records(ring: "Ring") -> int:
    """How many samples the store can hold, beside one block of alarm edges and a spare one."""
    blocks = sum(1 for kind in ring.journal.kinds if kind != journal.BAD)
    return max(1, blocks - 2) * ring.samples.slots
