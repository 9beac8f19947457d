"""Obeys a command or refuses it; the site's bounds hold for all of them."""

import binascii

import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from remote import Remote

OPS = ("silence", "test", "reset_latch", "interval", "limits", "reboot", "update")


def take(
    remote: "Remote", n: "int | None", op: "str | None", args: "list[object]", why: "str | None"
) -> None:
    """Do what a command says, or refuse it, and tell the gateway which.

    Args:
        remote: What it may be done to.
        n: The command's number, None when it has none.
        op: What to do, None when it does not say.
        args: With what.
        why: It is not to be obeyed, and why not.
    """
    if why is None:
        try:
            why = obey(remote, n or 0, op or "", args)
        except Exception as error:
            why = "error: %r" % error
    if why is not None:
        refused = remote.told.get("cmd_refused")
        remote.told["cmd_refused"] = refused + 1 if isinstance(refused, int) else 1
    result: "dict[str, object]" = {"n": n, "op": None if op is None else op[:16], "ok": why is None}
    if why is not None:
        result["why"] = why[:120]
    if remote.program.talk is not None:
        remote.program.talk.post("cmd/result", result)


def obey(remote: "Remote", n: int, op: str, args: "list[object]") -> "str | None":
    """Do what a command says.

    Args:
        remote: What it may be done to.
        n: The command's number.
        op: What to do.
        args: Whole numbers, ASCII text or None.

    Returns:
        None when it is done, else why not: ``unknown``, ``form``, ``bounds: …`` or ``busy: …``.
    """
    program = remote.program
    numbers = [a for a in args if isinstance(a, int)]
    if op == "update" and len(args) == 4:
        return _update(remote, n, args)
    if op == "reboot" and not args:
        if program.alarm_stands():
            return "busy: an alarm stands"
        remote.leaving = True
        remote.arrived.set()
        return None
    hands = program.hands()
    if op in ("silence", "interval") and len(args) == len(numbers) == 1:
        refusal = hands.silence(numbers[0]) if op == "silence" else hands.interval(numbers[0])
    elif op in ("test", "reset_latch") and not args:
        refusal = hands.test() if op == "test" else hands.reset_latch()
    elif op == "limits" and len(args) == len(numbers) + args.count(None) == 2:
        now = program.guard.local.limits
        temp_degc = args[0] if isinstance(args[0], int) else now["temp_degc"]
        co_ppm = args[1] if isinstance(args[1], int) else now["co_ppm"]
        refusal = hands.limits(temp_degc, co_ppm)
    else:
        return "form" if op in OPS else "unknown"
    return None if refusal is None else "bounds: " + refusal


def _update(remote: "Remote", n: int, args: "list[object]") -> "str | None":
    """Order a release: its number, version, length [bytes] and the digest of its manifest."""
    import slots

    number, version, total, digest = args
    try:
        text = isinstance(version, str) and len(binascii.unhexlify(str(digest))) == 32
    except ValueError:
        text = False
    if not (isinstance(number, int) and isinstance(total, int) and text):
        return "form"
    book = slots.opened()
    if book is None:
        return "busy: this program was not started from a slot"
    if book.on_trial:
        return "busy: a release is on trial"
    highest = max(book.highest, int(str(remote.told["number"])))
    if number <= highest:
        return "bounds: number %d is not above %d" % (number, highest)
    order = {"n": n, "number": number, "version": version, "total": total, "digest": digest}
    book.forget_failure()
    files.write_sealed(str(remote.settings["ring"]) + "/order", order)
    remote.chunks.clear()
    remote.order = order
    remote.arrived.set()
    return None
