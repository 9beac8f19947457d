"""Fetches an ordered release chunk by chunk, checks all of it, and starts it on trial."""

import asyncio
import binascii
import gc
import struct

import files
import release
import slots
import staging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from remote import Remote

LENT = ("download", "staging", "folders", "release", "ecdsa", "slots")
_CHUNKS = 4  # asked for at a time
_PATIENCE_S = 5
_LONGEST_S = 60
_MOST_DAMAGED = 3
_PAUSE_S = 1


async def fetch(remote: "Remote", order: "dict[str, object]") -> None:
    """Carry out one order until it is tried, refused or replaced by another; tell how it ended.

    What was fetched stays on flash: the same order given again goes on from there, and so does
    this one when the heap was too full for a moment.
    """
    why: "str | None" = None
    try:
        if not await _fetch(remote, order):
            return
    except MemoryError:
        _progress(remote, "waits: memory")
        gc.collect()
        await asyncio.sleep(_PAUSE_S)
        return
    except (OSError, ValueError, release.BadReleaseError) as error:
        why = str(error) or repr(error)
    files.remove(str(remote.settings["ring"]) + "/order")
    remote.order = None
    _progress(remote, "%s: %s" % (order["number"], why or "starts on trial"))
    result = {"n": order["n"], "op": "update", "ok": why is None}
    if why is None:
        remote.leaving = True
    else:
        result["why"] = why[:120]
    if remote.program.talk is not None:
        remote.program.talk.post("cmd/result", result)


async def _fetch(remote: "Remote", order: "dict[str, object]") -> bool:
    """`fetch` up to the mark on the slot; returns whether it came so far, or was replaced."""
    book, talk, number = slots.opened(), remote.program.talk, int(str(order["number"]))
    section = remote.settings["update"]
    if book is None or not isinstance(section, dict):
        raise ValueError("this program was not started from a slot")
    key = files.read(str(section["release_key"])) or b""
    digest = binascii.unhexlify(str(order["digest"]))
    gc.collect()
    into = staging.Staging(book.root + book.begin(), digest, int(str(order["total"])), key)
    highest = max(book.highest, int(str(remote.told["number"])))
    wait_s, checks = _PATIENCE_S, 0
    while remote.order is order and not remote.leaving:
        if into.release is not None:
            into.release.check_fit(str(remote.settings["board"]), highest)
            if into.release.number != number:
                raise release.BadReleaseError("it has number %d" % into.release.number)
        if into.damaged > _MOST_DAMAGED or checks > _MOST_DAMAGED:
            raise release.BadReleaseError("it arrives damaged")
        hindrance = _hindrance(remote)
        if hindrance is None and (talk is None or not talk.connected) and not into.complete:
            hindrance = "no connection"
        if hindrance is not None:
            _progress(remote, "waits: " + hindrance)
            await asyncio.sleep(_PAUSE_S)
        elif into.complete:
            _progress(remote, "checks")
            checks += 1
            if await into.check() and _hindrance(remote) is None:
                book.try_out(number, talk is not None and talk.connected)
                return True
        else:
            remote.told["update"] = "%d of %d bytes" % (into.offset, into.total)
            moved = await _ask(remote, into, order, wait_s)
            wait_s = _PATIENCE_S if moved else min(_LONGEST_S, 2 * wait_s)
    return False


async def _ask(
    remote: "Remote", into: staging.Staging, order: "dict[str, object]", wait_s: float
) -> bool:
    """Ask for some chunks and take what comes; returns whether the release came on.

    Raises:
        BadReleaseError: The gateway cannot serve it, or it must not come here.
    """
    talk = remote.program.talk
    if talk is None:
        return False
    remote.chunks.clear()
    talk.post("update/want", {"number": order["number"], "offset": into.offset, "n": _CHUNKS})
    taken = 0
    while taken < _CHUNKS and not into.complete:
        remote.arrived.clear()
        if not remote.chunks:
            try:
                await asyncio.wait_for(remote.arrived.wait(), wait_s)
            except asyncio.TimeoutError:
                break
        if remote.order is not order or remote.leaving or _hindrance(remote) is not None:
            break
        chunk = remote.chunks.pop(0) if remote.chunks else b""
        number, offset = struct.unpack(">II", chunk[:8]) if len(chunk) >= 8 else (0, 0)
        if number != order["number"] or offset < into.offset:
            continue
        if len(chunk) == 8:
            raise release.BadReleaseError("the gateway does not have it")
        if offset > into.offset or not await into.take(offset, chunk[8:]):
            break  # one was lost: ask again from there
        taken += 1
        if into.offset != offset + len(chunk) - 8:
            break  # the head ended in it, or a damaged file was thrown away
    return taken > 0


def _hindrance(remote: "Remote") -> "str | None":
    """Why this is no time to write to flash or to start anew, or None."""
    if remote.program.alarm_stands():
        return "an alarm stands"
    power, section = remote.settings.get("power"), remote.settings["update"]
    battery = isinstance(power, dict) and power.get("mode") == "battery"
    supply = section.get("supply") if isinstance(section, dict) else None
    if supply is None or not isinstance(section, dict):
        return "no value is named that measures the battery" if battery else None
    newest = remote.program.samples.newest
    if newest is None or supply not in newest.v:
        return "the battery is not measured"
    if newest.v[supply] < float(str(section["supply_least"])):
        return "the battery is low"
    return None


def _progress(remote: "Remote", told: str) -> None:
    """Say how far an update is, soon."""
    if remote.told.get("update") != told and remote.program.talk is not None:
        remote.program.talk.tell_state()
    remote.told["update"] = told[:80]
