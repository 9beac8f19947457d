"""The site's configuration: one TOML file, unknown keys refused, nothing half started."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from gateway.config_accuracy import Calibration, PointAccuracy
from gateway.config_alarms import Alarm, EarlyWarning, SelfWatching
from gateway.config_balances import BalanceTable
from gateway.config_base import Identifier, Language, PointName
from gateway.config_base import Table as _Table
from gateway.config_boards import Provisioning
from gateway.config_cofiring import Cofiring
from gateway.config_footprint import FootprintServer
from gateway.config_handling import AlarmHandling
from gateway.config_notify import Heartbeat, Horn, Notify, Recipient, Route
from gateway.config_paths import BoardPath, Inhibition
from gateway.config_unit import BoilerTable, Fuel, Unit
from gateway.config_yard import RoundTimes, Store, StoreRow, Workplace
from gateway.paths import SITE_KEY

Port = Annotated[int, Field(ge=1, le=65535)]
Host = Annotated[str, Field(min_length=1, max_length=255)]
Seconds = Annotated[float, Field(ge=0, le=31_536_000)]
PositiveSeconds = Annotated[float, Field(gt=0, le=31_536_000)]


class Site(_Table):
    """Who and where.

    Args:
        id: In topics, points and records.
        timezone: Of the legal day.
        language: Of pages and messages.
        profiles: Folder of register maps of the site's own, beside those of the gateway.
    """

    id: Identifier
    name: str
    timezone: str
    language: Language = "en"
    profiles: Path | None = None


class ClockSettings(_Table):
    """How the gateway knows that its clock is right: "kernel", "assume" or a file's path."""

    synchronised_by: str = "kernel"


class Storage(_Table):
    """Where journal, archive, footprint database and users lie.

    Args:
        directory: The site's data directory; factors are kept in ``footprint.sqlite`` there, where
            [footprint] names no server.
        signing_key: The site's Ed25519 key, which signs where the chains of factors end each day;
            ``site.key`` in the directory where it is left out. It is made at the first start.
    """

    directory: Path
    signing_key: Path | None = None
    commit_interval_s: Annotated[float, Field(gt=0, le=10)] = 1.0


class Mqtt(_Table):
    """The broker, and the name under which boards know this gateway.

    Args:
        host: Where the broker answers.
        port: Its port; 8883 is usual with TLS.
        gateway: What boards know this gateway by.
        username: At a broker that asks for a password.
        password_file: Holds that password.
        tls_ca: Authority that signed the broker's certificate; PEM. TLS is spoken where it is
            given.
        tls_certificate: The gateway's own certificate; PEM.
        tls_key: Its key; PEM.
        tls_name: Name in the broker's certificate, where it is not `host`.
    """

    host: Host = "127.0.0.1"
    port: Port = 1883
    gateway: Identifier = "gw1"
    username: str | None = None
    password_file: Path | None = None
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_name: Host | None = None


class Http(_Table):
    """Where the pages and the API listen."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    tls_certificate: Path | None = None
    tls_key: Path | None = None


class Line(_Table):
    """A connection that several meters share: an RS-485 line, or a gateway on the network.

    Args:
        transport: "tcp", "tls", "rtu" (serial) or "rtu_over_tcp".
        host: Name or address; all transports but "rtu".
        port: TCP port; 802 is usual for "tls".
        device: Serial device, such as ``/dev/ttyUSB0``; "rtu" only.
        baud: Speed of the serial line [Bd].
        parity: Parity of the serial line.
        stop_bits: Stop bits of the serial line.
        connect_delay_s: Wait between connecting and the first request [s].
        pause_s: Silence between a reply and the next request on the line [s].
        release: Whether the connection is dropped after every poll, for devices that bear one
            master at a time.
        tls_ca: Authority that signed the device's certificate; PEM.
        tls_certificate: The gateway's own certificate, where the device asks for one; PEM.
        tls_key: Its key; PEM.
        tls_name: Name in the device's certificate, where it is not `host`.
    """

    id: Identifier
    name: str = ""
    transport: Literal["tcp", "tls", "rtu", "rtu_over_tcp"] = "tcp"
    host: Host | None = None
    port: Port = 502
    device: Path | None = None
    baud: Annotated[int, Field(ge=300, le=1_000_000)] = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    connect_delay_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    pause_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    release: bool = False
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_name: Host | None = None


class MeterPoint(PointAccuracy):
    """What becomes of one field of a meter; a plain text is the point's name.

    Args:
        point: The point.
        poll_s: Interval of its own [s]; the meter's where None.
        deadband: Greatest change that is not reported [the point's unit]; every reading is
            reported where None. Gauges only.
        heartbeat_s: Longest time without a report where nothing changed [s].
    """

    point: PointName
    poll_s: PositiveSeconds | None = None
    deadband: Annotated[float, Field(ge=0)] | None = None
    heartbeat_s: PositiveSeconds = 60.0

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, given: Any) -> Any:
        return {"point": given} if isinstance(given, str) else given


class Meter(_Table):
    """A Modbus device: register map (profile), address, and which fields become which points.

    Args:
        profile: Id of its register map.
        host: Name or address of a device with a network connection of its own.
        port: Its TCP port.
        line: Instead of `host`: the line it shares with others.
        unit: Unit number.
        poll_s: Interval of its points that have none of their own [s].
        timeout_s: Longest wait for a connection, and for a reply [s].
        crosscheck_minutes: Over how much measured time a totaliser is compared with the integral
            of its rate [min]; 0 for never.
        crosscheck_pct: By how much they may differ [%].
        accuracy: A class of meters in agent/tables/uncertainty.toml, for its totals.
        calibration: What calibrations of it found.
        points: Field of the profile -> point.
    """

    id: Identifier
    name: str = ""
    profile: str
    host: Host | None = None
    port: Port = 502
    line: Identifier | None = None
    unit: Annotated[int, Field(ge=0, le=255)] = 1
    poll_s: PositiveSeconds = 1.0
    timeout_s: PositiveSeconds = 1.0
    crosscheck_minutes: Annotated[float, Field(ge=0, le=10_080)] = 60.0
    crosscheck_pct: Annotated[float, Field(gt=0, le=100)] = 5.0
    accuracy: Identifier | None = None
    calibration: tuple[Calibration, ...] = ()
    points: dict[str, MeterPoint]

    @model_validator(mode="after")
    def _of_own_fields(self) -> "Meter":
        for each in self.calibration:
            if each.field is not None and each.field not in self.points:
                raise ValueError(
                    f"the calibration of {each.on:%Y-%m-%d} is of {each.field!r}; "
                    f"write one of {', '.join(self.points)}"
                )
        return self


class Board(_Table):
    """A board, what it watches, how often it reports [s] and what.

    Args:
        store: The store it watches; or
        workplace: the place where people work that it watches.
        since: Since when it hangs there, after a move; what it captured before stays with what it
            watched before. From its first word after the move where it is left out.
        o2_least_percent: Below this its CO cell lacks the oxygen to work, and its CO is doubted
            ("low_o2") where the board has not done so itself [% by volume].
        config: Settings of this board alone, as in its ``config.json``, such as its sensors.
    """

    id: Identifier
    store: Identifier | None = None
    workplace: Identifier | None = None
    since: AwareDatetime | None = None
    report_s: PositiveSeconds
    values: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ...]
    o2_least_percent: Annotated[float, Field(ge=0, le=25)] = 10.0
    config: dict[str, Any] = Field(default_factory=dict)

    @property
    def place(self) -> str:
        """Id of the store or workplace."""
        return self.store or self.workplace or ""

    def point(self, value: str) -> str:
        """The point that one of its values becomes."""
        return f"work.{self.place}.{value}" if self.store is None else f"yard.{self.place}.{value}"


class Sink(_Table):
    """A destination that reads the journal with its own cursor."""

    id: Identifier
    kind: Literal["influx"]
    url: str
    org: str
    bucket: str
    token_file: Path | None = None
    enabled: bool = True


class MeterTables(_Table):
    """What meters are read by."""

    site: Site
    line: tuple[Line, ...] = ()
    meter: tuple[Meter, ...] = ()


class Config(MeterTables):
    """The whole site."""

    clock: ClockSettings = ClockSettings()
    storage: Storage
    mqtt: Mqtt = Mqtt()
    http: Http = Http()
    provisioning: Provisioning = Provisioning()
    unit: Unit
    cofiring: Cofiring
    footprint: FootprintServer | None = None
    fuel: tuple[Fuel, ...]
    boiler: tuple[BoilerTable, ...] = ()
    balance: Annotated[tuple[BalanceTable, ...], Field(max_length=10)] = ()
    store_row: tuple[StoreRow, ...] = ()
    store: tuple[Store, ...] = ()
    workplace: tuple[Workplace, ...] = ()
    rounds: RoundTimes = RoundTimes()
    self_watch: SelfWatching = SelfWatching()
    path: tuple[BoardPath, ...] = ()
    inhibition: Inhibition = Inhibition()
    board: tuple[Board, ...] = ()
    alarm: tuple[Alarm, ...] = ()
    early_warning: EarlyWarning = EarlyWarning()
    alarm_handling: AlarmHandling = AlarmHandling()
    sink: tuple[Sink, ...] = ()
    notify: Notify = Notify()
    recipient: tuple[Recipient, ...] = ()
    route: tuple[Route, ...] = ()
    heartbeat: Heartbeat | None = None
    horn: Horn | None = None

    def signing_key(self) -> Path:
        """Where the site's own key lies."""
        return self.storage.signing_key or self.storage.directory / SITE_KEY

    def keyring(self) -> Path:
        """Where keys, certificates and releases of boards lie."""
        return self.provisioning.directory or self.storage.directory / "boards"

    def stores(self) -> tuple[Store, ...]:
        """Every store: rows of containers unfolded, then those named one by one.

        A container of a row that is named again stands where, and is what, it says there.
        """
        named = {store.id: store for store in self.store}
        rows = [store for row in self.store_row for store in row.stores()]
        told = [named.pop(store.id, store) for store in rows]
        return (*told, *named.values())
