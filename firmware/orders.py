"""What each command does; the site's bounds hold for all of them."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from update import Updates


def obey(  # noqa: PLR0911, one return an op
    updates: "Updates", n: int, op: str, args: "list[object]"
) -> "str | None":
    """Do what a command says.

    Args:
        updates: What it may be done to.
        n: The command's number.
        op: What to do.
        args: Whole numbers, ASCII text or None.

    Returns:
        None when it is done, else why not: ``unknown``, ``form``, ``bounds: …`` or ``busy: …``.
    """
    controls = updates.controls
    numbers = [a for a in args if isinstance(a, int)]
    given = len(args)
    if op == "silence" and given == len(numbers) == 1:
        return _bounds(controls.silence(numbers[0]))
    if op == "test" and not args:
        return _bounds(controls.test())
    if op == "reset_latch" and not args:
        return _bounds(controls.reset_latch())
    if op == "interval" and given == len(numbers) == 1:
        return _bounds(controls.interval(numbers[0]))
    if op == "limits" and given == 2:
        now = updates.guard.local.limits
        wanted = [now["temp_degc"], now["co_ppm"]]
        for i in (0, 1):
            number = args[i]
            if isinstance(number, int):
                wanted[i] = number
            elif number is not None:
                return "form"
        return _bounds(controls.limits(wanted[0], wanted[1]))
    if op == "reboot" and not args:
        hindrance = updates.hindrance()
        if hindrance is not None:
            return "busy: " + hindrance
        updates.restart_soon()
        return None
    if op == "update" and given == 4:
        return _update(updates, n, args)
    known = ("silence", "test", "reset_latch", "interval", "limits", "reboot", "update")
    return "form" if op in known else "unknown"


def _update(updates: "Updates", n: int, args: "list[object]") -> "str | None":
    """Order a release: its number, version, length [bytes] and the digest of its manifest."""
    number, version, total, digest = args
    text = isinstance(version, str) and isinstance(digest, str) and len(digest) == 64
    if not (isinstance(number, int) and isinstance(total, int) and text):
        return "form"
    if updates.slots is None:
        return "busy: this program was not started by its launcher, which swaps slots"
    if updates.slots.on_trial:
        return "busy: release %d is on trial" % updates.number
    if number <= updates.highest():
        return "bounds: number %d is not above %d" % (number, updates.highest())
    order = {"n": n, "number": number, "version": version, "total": total, "digest": digest}
    updates.slots.forget_failure()
    updates.set_order(order)
    return None


def _bounds(refusal: "str | None") -> "str | None":
    """A refusal of the controls as a result."""
    return None if refusal is None else "bounds: " + refusal
