"""Judges a program on trial: healthy in time, or the last healthy one comes back."""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from update import Updates

_POLL_S = 1
_SCAN_PATIENCE_MS = 15000
_LONGEST_SETTLE_MS = 60000


async def watch(updates: "Updates") -> None:
    """Confirm the running slot once it is healthy; else roll back and start anew.

    Where the gateway was within reach when the update was ordered, the new program must have
    reached it too, and the gateway must have acknowledged one of its samples. Where it was not,
    the new program cannot be blamed: scans, alarm and store decide, after the whole time.
    """
    book, store = updates.slots, updates.samples.ring
    if book is None:
        return
    section_s = updates.section.get("healthy_s", 600)
    report_ms = updates.samples.report_ms
    healthy_ms = max(int(float(str(section_s)) * 1000), 2 * report_ms + _POLL_S * 1000)
    settle_ms = min(_LONGEST_SETTLE_MS, healthy_ms // 4)
    newest = 0 if store is None else store.newest
    good_ms: "int | None" = None
    while True:
        now_ms = updates.clock.ms()
        why = _local(updates, newest, now_ms)
        reached = store is not None and store.acked > newest
        waits = None if reached else "the gateway has acknowledged no sample of it"
        if why is not None or (waits is not None and book.record["net"]):
            good_ms = None
        elif good_ms is None:
            good_ms = now_ms
        steady = good_ms is not None and now_ms - good_ms >= settle_ms
        if steady and (reached or now_ms >= healthy_ms):
            try:
                book.confirm(updates.number)
                updates.progress("%d is healthy" % updates.number)
                return
            except OSError as error:
                why = "the record: %r" % error
        if now_ms >= healthy_ms and not steady:
            _roll_back(updates, why or waits or "not healthy for long enough")
        await asyncio.sleep(_POLL_S)


def _local(updates: "Updates", newest: int, now_ms: int) -> "str | None":
    """What is wrong with scans, alarm and store, or None."""
    store = updates.samples.ring
    if now_ms - updates.guard.scanned_ms > _SCAN_PATIENCE_MS:
        return "scans stand still"
    if updates.guard.failures:
        return "the guard failed: " + updates.guard.failure
    if store is None or updates.samples.store_failures:
        return "the store fails"
    return "nothing was stored yet" if store.newest <= newest else None


def _roll_back(updates: "Updates", why: str) -> None:
    """Write down why, and start anew; the count of starts holds where flash does not."""
    if updates.slots is not None:
        try:
            updates.slots.roll_back(why[:80])
        except OSError as error:
            updates.say("roll-back: %r" % error)
    updates.face.reset()
