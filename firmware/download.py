"""Fetches an ordered release chunk by chunk, checks all of it, and starts it on trial."""

import asyncio
import binascii
import struct

import files
import release
import staging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from update import Updates

_CHUNKS = 4  # asked for at a time
_PATIENCE_S = 10
_LONGEST_S = 60
_MOST_DAMAGED = 3
_PAUSE_S = 2


async def fetch(updates: "Updates", order: "dict[str, object]") -> None:
    """Carry out one order until it is tried, refused or replaced by another; tell how it ended.

    What was fetched stays on flash: the same order given again goes on from there.
    """
    try:
        why = await _fetch(updates, order)
    except (OSError, MemoryError, ValueError, release.BadReleaseError) as error:
        why = str(error) or repr(error)
    if updates.order is not order:
        return
    n, number = order.get("n"), order.get("number")
    updates.set_order(None)
    updates.progress("%s: %s" % (number, why or "starts on trial"))
    updates.tell(n if isinstance(n, int) else None, "update", why)
    if why is None:
        updates.restart_soon()


async def _fetch(updates: "Updates", order: "dict[str, object]") -> "str | None":
    """`fetch` up to the mark on the slot; returns why it came to nothing, or None."""
    book = updates.slots
    if book is None:
        return "no launcher"
    key = files.read(str(updates.section["release_key"])) or b""
    digest = binascii.unhexlify(str(order["digest"]))
    into = staging.Staging(book.root + book.begin(), digest, int(str(order["total"])))
    wait_s, damaged = _PATIENCE_S, 0
    while updates.order is order:
        if into.release is not None:
            into.release.check_fit(updates.board, updates.highest())
            if into.release.number != order["number"]:
                return "it has number %d" % into.release.number
        hindrance = updates.hindrance()
        if hindrance is not None:
            updates.progress("waits: " + hindrance)
            await asyncio.sleep(_PAUSE_S)
        elif into.complete:
            updates.progress("checks")
            if await into.check(key) and updates.hindrance() is None:
                return _mark(updates, into)
            damaged += not into.complete
        elif updates.talk is None or not updates.talk.connected:
            updates.progress("waits: no connection")
            await asyncio.sleep(_PAUSE_S)
        else:
            updates.told = "%d of %d bytes" % (into.offset, into.total)
            moved = await _ask(updates, into, order, key, wait_s)
            if moved is None:
                return "the gateway does not have it"
            wait_s = _PATIENCE_S if moved else min(_LONGEST_S, 2 * wait_s)
        if into.damaged + damaged > _MOST_DAMAGED:
            return "it arrives damaged"
    return "replaced"


async def _ask(
    updates: "Updates",
    into: staging.Staging,
    order: "dict[str, object]",
    key: bytes,
    wait_s: float,
) -> "bool | None":
    """Ask for some chunks and take what comes.

    Returns:
        Whether the release came on; None when the gateway cannot serve it.
    """
    if updates.talk is None:
        return False
    want = {"number": order["number"], "offset": into.offset, "n": _CHUNKS}
    updates.chunks.clear()
    updates.talk.post("update/want", want)
    taken = 0
    while taken < _CHUNKS and not into.complete:
        updates.arrived.clear()
        if not updates.chunks:
            try:
                await asyncio.wait_for(updates.arrived.wait(), wait_s)
            except asyncio.TimeoutError:
                break
        if updates.order is not order:
            break
        if not updates.chunks:
            continue
        chunk = updates.chunks.pop(0)
        number, offset = struct.unpack(">II", chunk[:8])
        if number != order["number"] or offset < into.offset:
            continue
        if offset > into.offset:
            break  # one was lost, or belongs behind the head: ask again from there
        if len(chunk) == 8:
            return None
        if updates.hindrance() is not None or not await into.take(offset, chunk[8:], key):
            break
        taken += 1
    return taken > 0


def _mark(updates: "Updates", into: staging.Staging) -> "str | None":
    """Let the next start be of the new release."""
    if updates.slots is None or into.release is None:
        return "no launcher"
    net = updates.talk is not None and updates.talk.connected
    updates.slots.try_out(into.release.number, net)
    return None
