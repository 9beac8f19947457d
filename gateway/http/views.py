"""The answers of the API, as the gateway fills them in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from agent.alarms.events import AlarmEvent
from agent.alarms.hides import HideView
from agent.samples import Quality, Sample
from gateway.config_base import Language
from gateway.http.moments import Moment, named

StoreStatus = Literal["alarm", "warning", "fault", "silent", "no_data", "no_sensor", "ok"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its capture time and how far it may be trusted."""

    t_us: Annotated[Moment, named("t_utc")]
    value: float | None
    quality: Quality
    reason: str | None = None

    @staticmethod
    def of(sample: Sample) -> "Value":
        """The value of a sample."""
        return Value(sample.t_us, sample.value, sample.quality, sample.reason)


@dataclass(frozen=True, slots=True)
class PointValue:
    """A value of a named point, as streamed."""

    point: str
    t_us: Annotated[Moment, named("t_utc")]
    value: float | None
    quality: Quality
    reason: str | None = None

    @staticmethod
    def of(sample: Sample) -> "PointValue":
        """The value of a sample."""
        return PointValue(sample.point, sample.t_us, sample.value, sample.quality, sample.reason)


@dataclass(frozen=True, slots=True)
class Health:
    """How the gateway fares.

    Args:
        status: "degraded" works, but something is missing.
        problems: In plain words, the worst first.
        clock_synchronised: Whether the gateway's clock can be believed; no factor until then.
        parts: One word or number per part, such as the queue.
    """

    status: Literal["ok", "degraded", "failing"]
    problems: tuple[str, ...]
    site: str
    version: str
    clock_synchronised: bool
    started_us: Annotated[Moment, named("started_utc")]
    now_us: Annotated[Moment, named("now_utc")]
    parts: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PointView:
    """A measured series: its unit, who measures it, its newest sample if there ever was one."""

    point: str
    unit: str
    origin: str
    latest: Value | None = None


@dataclass(frozen=True, slots=True)
class StoreView:
    """A container or silo.

    Args:
        represented_by: Without a board of its own: the store whose board stands for it.
        represents: With a board: how many stores it stands for, itself included.
        values: By the name of the board's value, such as ``co_ppm``; empty without a board.
        status: The worst of its alarms and sensors. "no_sensor" is never "ok".
        tier: How high it stands, from 1.
        neighbours: Stores beside it.
        coverage: The stores its board speaks for, in words.
        lot: What it was loaded with.
        loaded: When, as year-month-day.
        load_degc: The fuel's temperature then [°C].
        rounds: Open handheld rounds that are about it.
        by_hand: What people measured at it last, by name, with its time; never its present state.
    """

    id: str
    kind: Literal["container", "silo"]
    name: str
    row: str
    position: int
    fuel: str
    status: StoreStatus
    board: str | None = None
    represented_by: str | None = None
    represents: int = 0
    values: Mapping[str, Value] = field(default_factory=dict)
    tier: int = 1
    neighbours: tuple[str, ...] = ()
    coverage: str | None = None
    lot: str | None = None
    loaded: str | None = None
    load_degc: float | None = None
    rounds: tuple[str, ...] = ()
    by_hand: Mapping[str, Value] = field(default_factory=dict)


BoardStatus = Literal["ok", "warning", "alarm", "silent", "offline", "unheard"]
"""How a board stands; "ok" only where it is heard, told its state and has nothing to see to."""

Calibration = Literal["held", "soon", "expired"]


@dataclass(frozen=True, slots=True)
class SensorView:
    """One of a board's sensors, as the board describes it.

    Args:
        value: The board's name of what it measures; None where it says none.
        place: Its ROM code, pin, or address and channel.
        due: The last day its calibration, or its test with gas, holds, as year-month-day.
        calibration: How `due` stands to today; None without a date or a clock to judge it by.
        status: "good", or the reason of its last reading; None before the first.
        note: Words for a technician.
    """

    value: str | None
    kind: str | None = None
    place: str | None = None
    calibrated: str | None = None
    due: str | None = None
    calibration: Calibration | None = None
    status: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board: is it heard, what did it lose, what does it say of itself. Unknown is None.

    Args:
        status: The worst of what is known of it; the gateway's restart makes it "unheard" until
            it speaks again.
        problems: What somebody should see to, as words of the message catalogue, the worst first.
        report_s: Seconds between its samples, as configured.
        watermark: Everything up to this sequence number is on disk or booked as lost.
        held: How many ranges above the watermark are on disk.
        history: Records it had kept since before its connection began.
        bad_messages: Messages and values that could not be taken, since the gateway started.
        capture_known: Whether its samples get a capture time that can be believed.
        told_us: When it last described itself; None where only the broker's copy is known.
        next_report_us: When it will report next, by its own word.
        release: Version it runs.
        slot: The half of its flash it runs from.
        trial: Whether that release is on trial.
        failed: The release that was given up last, and why.
        boots: Its boot count.
        up_s: Time since its start, when it last described itself [s].
        report_now_s: Seconds between its samples now, which an alarm shortens.
        battery: Whether it sleeps between its reports.
        free_heap: Memory left [bytes].
        clock_synchronised: Whether its own clock is right.
        ring_fill: How full its store is, 0–1.
        ring_days: How many days its store holds.
        unacknowledged: Records it keeps until this gateway has them on disk.
        oldest: Lowest seq it keeps.
        dropped: Samples it gave up because its store was full.
        alarms_dropped: Alarm edges it gave up so.
        alarm: The condition its own alarm stands for.
        horn: Whether its horn sounds.
        silenced: Whether somebody silenced it.
        died: Values whose sensor rose and then died, which is an alarm.
        crash: The task that crashed last, and its words.
        certificate_ends_us: When its certificate ends, where this gateway keeps the papers.
        sensors: Its sensors, by the number in their topic.
        state: Its own state message, as sent.
    """

    id: str
    store: str
    online: bool | None
    report_s: float
    status: BoardStatus = "unheard"
    problems: tuple[str, ...] = ()
    heard_us: Annotated[Moment | None, named("heard_utc")] = None
    stream: str | None = None
    boot: int | None = None
    watermark: int | None = None
    held: int = 0
    lost: int = 0
    duplicates: int = 0
    history: int = 0
    bad_messages: int = 0
    capture_known: bool = False
    told_us: Annotated[Moment | None, named("told_utc")] = None
    next_report_us: Annotated[Moment | None, named("next_report_utc")] = None
    release: str | None = None
    number: int | None = None
    slot: str | None = None
    trial: bool | None = None
    failed: str | None = None
    update: str | None = None
    boots: int | None = None
    reset_cause: str | None = None
    up_s: int | None = None
    report_now_s: float | None = None
    battery: bool = False
    free_heap: int | None = None
    clock_synchronised: bool | None = None
    ring_fill: float | None = None
    ring_days: float | None = None
    unacknowledged: int | None = None
    oldest: int | None = None
    dropped: int | None = None
    alarms_dropped: int | None = None
    alarm: str | None = None
    horn: bool | None = None
    silenced: bool | None = None
    died: str | None = None
    crash: str | None = None
    reconnects: int | None = None
    certificate_ends_us: Annotated[Moment | None, named("certificate_ends_utc")] = None
    sensors: Mapping[str, SensorView] = field(default_factory=dict)
    state: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SwapView:
    """How a totaliser stands with regard to an exchange of its meter; amounts in its unit.

    Args:
        shown: What its register showed last, at `shown_utc`.
        total: Everything booked so far.
        pending: Whether an exchange is announced and not seen yet.
        final: What was told of the old device.
        initial: What was told of the new one.
        lost_kind: Kind of the newest interval of unknown amount: "reset", "gap" or "swap".
        lost_least: Least that was counted in it.
        lost_most: Most that was.
    """

    point: str
    unit: str
    shown: float
    shown_us: Annotated[Moment, named("shown_utc")]
    total: float
    pending: bool
    final: float | None
    initial: float | None
    announced_by: str | None
    announced_us: Annotated[Moment | None, named("announced_utc")]
    comment: str | None
    lost_kind: str | None
    lost_from_us: Annotated[Moment | None, named("lost_from_utc")]
    lost_to_us: Annotated[Moment | None, named("lost_to_utc")]
    lost_least: float | None
    lost_most: float | None


@dataclass(frozen=True, slots=True)
class MeterView:
    """A Modbus device: does it answer, and is it asked on time.

    Args:
        polls_due: Polls its intervals called for since the gateway started.
        polls_on_time: Those that left within 50 ms and were answered before the next was due.
        polls_late: Those that left later.
        overruns: Those left out because the one before was not over.
        strays: Replies that answered no request and were thrown away.
    """

    id: str
    name: str
    state: Literal["ok", "failing", "never"]
    last_good_us: Annotated[Moment | None, named("last_good_utc")]
    requests: int
    failures: int
    last_error: str | None = None
    polls_due: int = 0
    polls_on_time: int = 0
    polls_late: int = 0
    overruns: int = 0
    strays: int = 0


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm that stands, or waits to be acknowledged or reset.

    Args:
        place: The store, board or meter it is about, as people call it.
        state: Process state, in the words of `agent.alarms.states.State`.
        present: Whether its cause stands now.
        value: The newest value of its point, in `unit`; None where it is not known.
        latched: It stays until a named person resets it.
        reason: Why its value is not good, or not known.
        can_acknowledge: A person may acknowledge it now.
        can_reset: A person may reset it now.
        guidance: What to do, step by step, as keys of the message catalogue or plain text.
        group: Id of the alarm it is grouped under, if any.
        neighbours: Stores beside its store.
        coverage: What its store stands for, in words.
        visibility: "shown", or why it is not: "shelved", "suppressed", "out_of_service".
        hidden_by: The person, or the causes, that hide it.
        hidden_until_us: When that ends by itself.
        hidden_why: In the words of the person who hid it.
    """

    id: str
    condition: str
    source: str
    store: str | None
    place: str
    klass: Annotated[str, named("class")]
    priority: str
    state: str
    present: bool
    raised_us: Annotated[Moment, named("raised_utc")]
    value: float | None
    limit: float | None
    unit: str | None
    can_acknowledge: bool
    can_reset: bool
    latched: bool
    reason: str | None = None
    acknowledged_by: str | None = None
    comment: str | None = None
    from_history: bool = False
    unjournalled: bool = False
    guidance: tuple[str, ...] = ()
    group: str | None = None
    neighbours: tuple[str, ...] = ()
    coverage: str | None = None
    visibility: str = "shown"
    hidden_by: str | None = None
    hidden_until_us: Annotated[Moment | None, named("hidden_until_utc")] = None
    hidden_why: str | None = None


@dataclass(frozen=True, slots=True)
class HiddenView:
    """One thing that hides an alarm or source, or is asked for.

    Args:
        target: The alarm's id, or a point, board or store.
        what: "shelved", "suppressed", "out_of_service", "shelved_requested",
            "out_of_service_requested".
        by: The person, or the cause.
        second: Who agreed, where two had to.
        why: In that person's words.
        until_us: When it ends or lapses by itself, or is expected to end.
        for_s: For how long it was set, or is asked for [s].
    """

    target: str
    what: str
    by: str
    second: str | None
    why: str | None
    since_us: Annotated[Moment, named("since_utc")]
    until_us: Annotated[Moment | None, named("until_utc")]
    for_s: float | None

    @staticmethod
    def of(hide: HideView) -> "HiddenView":
        """The view of one thing."""
        return HiddenView(
            target=hide.target,
            what=hide.what,
            by=hide.by,
            second=hide.second,
            why=hide.why,
            since_us=hide.since_us,
            until_us=hide.until_us,
            for_s=None if hide.span_us is None else hide.span_us / 1e6,
        )


@dataclass(frozen=True, slots=True)
class IntervalView:
    """A stretch of time in alarm; `to_us` is None while it lasts."""

    from_us: Annotated[Moment, named("from_utc")]
    to_us: Annotated[Moment | None, named("to_utc")]


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the alarm journal; `n` is its number there, None before it is on disk."""

    n: int | None
    alarm_id: str
    edge: str
    condition: str
    source: str
    klass: Annotated[str, named("class")]
    priority: str
    t_us: Annotated[Moment, named("t_utc")]
    at_us: Annotated[Moment, named("at_utc")]
    state: str
    value: float | None
    limit: float | None
    unit: str | None
    person: str | None
    comment: str | None
    from_history: bool
    unjournalled: bool
    store: str | None
    group: str | None
    visibility: str
    second: str | None
    until_us: Annotated[Moment | None, named("until_utc")]
    neighbours: tuple[str, ...]
    coverage: str | None
    t_from_us: Annotated[Moment | None, named("t_from_utc")]
    t_to_us: Annotated[Moment | None, named("t_to_utc")]
    step: int | None

    @staticmethod
    def of(event: AlarmEvent, n: int | None) -> "EventView":
        """The line that an event makes."""
        return EventView(n=n, **event.as_dict())


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a response card; `done_by` is None until somebody has ticked it."""

    step: int
    text: str
    done_by: str | None
    done_us: Annotated[Moment | None, named("done_utc")]


@dataclass(frozen=True, slots=True)
class CardView:
    """What an alarm means, what follows if nobody acts, and what to do, in order."""

    alarm_id: str
    title: str
    meaning: str
    consequence: str
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True)
class FuelFlow:
    """One fuel in one period; shares are fractions of the period's whole."""

    id: str
    name: Mapping[Language, str]
    biomass: bool
    mass_kg: float | None
    mass_kg_per_h: float | None
    heat_mj: float | None
    share_mass: float | None
    share_heat: float | None


@dataclass(frozen=True, slots=True)
class CofiringView:
    """What burned in one period, and what came of it.

    Args:
        coverage: Part of the period that was measured, 0–1.
        estimated_fraction: Largest part of any totaliser's amount whose place in the period is
            interpolated, 0–1.
    """

    period: str
    valid_from_us: Annotated[Moment, named("valid_from_utc")]
    valid_to_us: Annotated[Moment, named("valid_to_utc")]
    fuels: tuple[FuelFlow, ...]
    biomass_share_mass: float | None
    biomass_share_heat: float | None
    cv_basis: str
    gross_kwh: float | None
    net_kwh: float | None
    net_kw: float | None
    steam_mj: float | None
    coverage: float
    quality: Quality
    reason: str | None = None
    estimated_fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class LiveFactor:
    """The factor of the trailing minutes, per net kWh; computed, never stored.

    Args:
        direct_co2e_kg_per_kwh: Fossil CO₂ + CH₄ + N₂O of combustion, in `gwp_set`.
        co2e_parts_kg_per_kwh: Its parts "fossil_co2", "ch4" and "n2o", in `gwp_set`.
        biogenic_co2_kg_per_kwh: Beside the sum, not in it.
        upstream_co2e_kg_per_kwh: Of the fuels' supply; None where it is not known.
        reason: Why there is no figure, in a word: "below_minimum_output" or "incomplete".
    """

    series_id: str
    product: Literal["electricity", "steam"]
    valid_from_us: Annotated[Moment, named("valid_from_utc")]
    valid_to_us: Annotated[Moment, named("valid_to_utc")]
    direct_co2e_kg_per_kwh: float | None
    co2e_parts_kg_per_kwh: Mapping[str, float | None]
    biogenic_co2_kg_per_kwh: float | None
    upstream_co2e_kg_per_kwh: float | None
    lifecycle_co2e_kg_per_kwh: float | None
    gwp_set: str
    net_kw: float | None
    coverage: float
    quality: Quality
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What a board said to an order, in its own words where it refused."""

    t_us: Annotated[Moment, named("t_utc")]
    ok: bool
    why: str | None = None


@dataclass(frozen=True, slots=True)
class OrderView:
    """A command that was sent to a board.

    Args:
        n: Its number; the board obeys each once.
        answers: In the order of their coming; an update is answered when it begins and when it
            is fetched.
    """

    n: int
    board: str
    op: str
    args: tuple[int | str | None, ...]
    person: str
    sent_us: Annotated[Moment, named("sent_utc")]
    comment: str | None = None
    answers: tuple[AnswerView, ...] = ()
