"""Walking: what people do on a handheld round, carried out by the engine."""

from agent.alarms.engine import AlarmEngine
from agent.alarms.events import AlarmEvent
from agent.alarms.instant import Instant
from agent.alarms.rounds import Entry
from agent.alarms.standing import Cause


def enter_round(engine: AlarmEngine, round_id: str, entry: Entry, now: Instant) -> list[AlarmEvent]:
    """A person measured a store by hand: judged as any other sample, and told by `derived`.

    Raises:
        UnknownRoundError: There is no such round.
        NotAllowedError: It is closed, the store is not in it, or the reading cannot be.
    """
    engine.rounds.enter(round_id, entry)
    return engine.by_hand(entry.samples(), now) + engine.rounds.on_tick(now)


def close_round(
    engine: AlarmEngine, round_id: str, person: str, comment: str | None, now: Instant
) -> list[AlarmEvent]:
    """A person closes a round.

    An alarm of a store that was measured, and that no board watches any more, returns by it.

    Raises:
        UnknownRoundError: There is no such round.
        NotAllowedError: It is closed, nobody is named, or a reading is missing without a word.
    """
    closed = engine.rounds.close(round_id, person, comment, now)
    cause = Cause(now.utc_us, now.utc_us, person=person, comment=comment)
    events: list[AlarmEvent] = []
    for store in sorted({entry.store for entry in closed.entries}):
        events += engine.forget(store, cause, now)
    return events + engine.rounds.on_tick(now)
