"""What runs, and the judgement of a program on trial: healthy in time, or the old one is back."""

import asyncio
import json
import sys

import counter
import files
import slots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from remote import Remote

_POLL_S = 1
_DEFAULT_HEALTHY_S = 600
_SCAN_PATIENCE_MS = 15000
_LONGEST_SETTLE_MS = 60000
_MOST_HEAD_BYTES = 400  # version and number stand before the list of files


def describe(remote: "Remote") -> None:
    """Find out which program runs, and what was ordered before the start."""
    told, directory = remote.told, str(remote.settings["ring"])
    told["release"], told["number"] = None, 0
    told["cmd_n"] = counter.Counter(directory + "/command").value
    told["port"] = sys.platform if sys.platform in ("esp32", "rp2") else "unix"
    book = slots.opened()
    if book is None:
        return
    told["release"], told["number"] = _running_release(book)
    told["slot"], told["trial"] = book.running, book.on_trial
    if book.record["why"] is not None:
        told["failed"] = [book.record["tried"], book.record["why"]]
    order = files.read_sealed(directory + "/order")
    if isinstance(order, dict):
        if order["number"] in (told["number"], book.record["tried"]):
            files.remove(directory + "/order")  # power went before that was done
        else:
            remote.order = order


async def watch(remote: "Remote") -> None:
    """Confirm the running slot once it is healthy; else roll back and start anew.

    Where the gateway was within reach when the update was ordered, the new program must have
    reached it too, and the gateway must have acknowledged one of its samples. Where it was not,
    the new program cannot be blamed: scans, alarm and store decide, after the whole time.
    """
    book, program = slots.opened(), remote.program
    if book is None or not book.on_trial:
        return
    store, clock = program.samples.ring, program.clock
    section = remote.settings.get("update")
    healthy_s = section.get("healthy_s") if isinstance(section, dict) else None
    healthy_ms = max(
        int(1000 * float(str(healthy_s or _DEFAULT_HEALTHY_S))),
        2000 * _POLL_S + 2 * program.samples.report_ms,
    )
    settle_ms = min(_LONGEST_SETTLE_MS, healthy_ms // 4)
    newest = 0 if store is None else store.newest
    good_ms: "int | None" = None
    while True:
        now_ms = clock.ms()
        why = ill = _local(remote, newest, now_ms)
        reached = store is not None and store.acked > newest
        if why is None and book.record["net"] and not reached:
            why = "the gateway has acknowledged no sample of it"
        if why is not None:
            good_ms = None
        elif good_ms is None:
            good_ms = now_ms
        steady = good_ms is not None and now_ms - good_ms >= settle_ms
        if steady and (reached or now_ms >= healthy_ms):
            try:
                book.confirm(int(str(remote.told["number"])))
                remote.told["trial"] = False
                if program.talk is not None:
                    program.talk.tell_state()
                return
            except OSError as error:
                why = "the record: %r" % error
                steady = False
        # A new program that does sound its horn is not cut off for want of a gateway.
        if now_ms >= healthy_ms and not steady and (ill or not program.alarm_stands()):
            _roll_back(remote, book, why or "not healthy for long enough")
        await asyncio.sleep(_POLL_S)


def _local(remote: "Remote", newest: int, now_ms: int) -> "str | None":
    """What is wrong with scans, alarm and store, or None."""
    guard, samples = remote.program.guard, remote.program.samples
    if now_ms - guard.scanned_ms > _SCAN_PATIENCE_MS:
        return "scans stand still"
    if guard.failures:
        return "the guard failed: " + guard.failure
    if samples.ring is None or samples.store_failures:
        return "the store fails"
    return "nothing was stored yet" if samples.ring.newest <= newest else None


def _roll_back(remote: "Remote", book: slots.Slots, why: str) -> None:
    """Write down why, and start anew; the count of starts holds where flash does not."""
    try:
        book.roll_back(why[:80])
    except OSError:
        pass
    remote.program.face.reset()


def _running_release(book: slots.Slots) -> "tuple[str | None, int]":
    """Version and number of the program that runs; None and 0 when it does not say."""
    try:
        with open("%s%s/release" % (book.root, book.running), "rb") as file:
            text = bytes(file.read(_MOST_HEAD_BYTES))[10:]
        manifest = json.loads(text[: text.find(b'"files":[')] + b'"files":0}')
        return str(manifest["version"]), int(manifest["number"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, 0
