"""What people asked for of meters and boards, done in memory, and the journal's line about it."""

from gateway.boards.commands import CommandBook
from gateway.clock import Now
from gateway.historian.rows import Booking, Deed
from gateway.modbus.counters import CounterBook
from gateway.recording.items import Exchange, Order


def exchange(item: Exchange, counters: CounterBook, now: Now) -> tuple[list[Booking], Deed]:
    """Tell the ledger of a meter's exchange.

    Raises:
        NotAllowedError: What was told cannot be, in words.
    """
    bookings: list[Booking] = []
    if item.action == "cancel":
        kind, item.points = "swap cancelled", counters.cancel_swap(item.meter)
    elif item.action == "amend":
        bookings = counters.amend_swap(item.meter, item.told, now)
        kind, item.points = "swap amended", [booking.counter for booking in bookings]
    else:
        kind = "swap"
        item.points = counters.announce_swap(
            item.meter, item.told, person=item.person, comment=item.comment, now=now
        )
    details = tuple(
        f"{point} {what} {value!r}"
        for point, told in item.told.items()
        for what, value in (("final", told.final), ("initial", told.initial))
        if value is not None
    )
    deed = Deed(kind, item.meter, item.person, now.utc_us, item.comment, details)
    return bookings, deed


def order(item: Order, commands: CommandBook, now: Now) -> Deed:
    """Give a command to a board its number."""
    item.n = commands.next(item.board, item.obeyed, item.release)
    details = (f"n {item.n}", " ".join(map(str, (item.op, *item.args))))
    return Deed("command", item.board, item.person, now.utc_us, item.comment, details)
