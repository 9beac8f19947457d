"""Orders to boards: a person's command on its way to the disk and then to the board, and back."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from agent.errors import BadMessageError, HinobanError, NotAllowedError
from gateway.boards import commands, identity, messages, shelf
from gateway.boards.commands import Argument
from gateway.boards.errors import BoardError
from gateway.boards.keyring import Keyring
from gateway.boards.messages import Alive, Result, Want
from gateway.boards.release import Release
from gateway.boards.serving import Serving
from gateway.clock import Clock
from gateway.config import Config
from gateway.historian.errors import JournalError
from gateway.http.order_views import AnswerView, OrderView
from gateway.mqtt.inbox import Arrival
from gateway.recording.desk import Desk
from gateway.recording.items import Order
from gateway.recording.recorder import Recorder
from gateway.views.alarms import ANSWER_S

KEPT: Final = 16
"""Orders remembered per board; the journal has them all."""

MOST_ANSWERS: Final = 4

Publish = Callable[[str, bytes, int], None]


@dataclass(frozen=True, slots=True)
class _Heard:
    """A board's last state message: its boot and uptime [ms], and when it came [µs]."""

    online: bool
    boot: int
    up_ms: int
    mono_us: int


class OrderDesk:
    """Commands to boards, their answers, and the releases that boards fetch.

    Args:
        config: The site.
        desk: Holds the numbers of commands.
        recorder: Takes commands, so that each is on disk before it is sent.
        clock: What time it is.
        publish: Tells the broker: topic, payload and QoS.
        connected: Whether there is a broker to tell.
    """

    def __init__(
        self,
        config: Config,
        desk: Desk,
        recorder: Recorder,
        clock: Clock,
        publish: Publish,
        connected: Callable[[], bool],
    ) -> None:
        self._site = config.site.id
        self._desk = desk
        self._recorder = recorder
        self._clock = clock
        self._publish = publish
        self._connected = connected
        self._ring = Keyring(config.keyring())
        self._heard: dict[str, _Heard] = {}
        self._orders: dict[str, deque[OrderView]] = {
            board.id: deque(maxlen=KEPT) for board in config.board
        }
        self._serving = Serving(self._ring, self._send_chunk, lambda: clock.now().mono_us / 1e6)

    def take(self, arrival: Arrival) -> bool:
        """Look at a message; True where it is for this desk alone, and not for the journal."""
        board, part = messages.split(arrival.topic, self._site)
        mine = part in {messages.WANT, messages.RESULT}
        if board not in self._orders:
            return mine
        try:
            if part == messages.STATE:
                alive = messages.decode(Alive, arrival.topic, arrival.payload)
                self._hear(board, alive, arrival.now.mono_us)
            elif part == messages.WANT:
                want = messages.decode(Want, arrival.topic, arrival.payload)
                self._serving.take(board, want, self._desk.commands.release(board))
            elif part == messages.RESULT:
                self._answer(board, messages.decode(Result, arrival.topic, arrival.payload))
        except BadMessageError as err:
            if mine:
                self._desk.boards.refuse(err.reason, board)
        return mine

    def orders(self, board: str) -> list[OrderView]:
        """The newest orders to a board, the last first."""
        return list(reversed(self._orders[board]))

    async def order(
        self,
        board: str,
        op: str,
        args: Sequence[Argument],
        release: str | None,
        person: str,
        comment: str | None,
    ) -> OrderView:
        """Send a command once it is on disk.

        Args:
            board: Who is told.
            op: What to do.
            args: With what; made of the release for an update.
            release: Digest of the release, for an update.
            person: Who says so.
            comment: Their words.

        Raises:
            NotAllowedError: The command cannot be, or the board cannot be told, in words.
            JournalError: It is not on disk in time, and was not sent.
        """
        heard = self._reachable(board)
        try:
            key = await asyncio.to_thread(identity.command_key, self._ring, board)
            if op == commands.UPDATE:
                args = await self._update(board, release)
            else:
                commands.check(op, args)
        except BoardError as err:
            raise NotAllowedError(str(err)) from err
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        now = self._clock.now()
        obeyed = self._said(board, "cmd_n")
        known = release if op == commands.UPDATE else None
        item = Order(board, op, args, obeyed, known, person, comment, now.mono_us, done)
        await self._recorder.put(item)
        await asyncio.wait({done}, timeout=ANSWER_S)
        if not done.done():
            done.cancel()
            raise JournalError(
                f"{board}: not on disk after {ANSWER_S:g} s, because the journal cannot be "
                "written; the command is not sent"
            )
        n = done.result()
        passed_ms = (self._clock.now().mono_us - heard.mono_us) // 1000
        until_ms = heard.up_ms + passed_ms + commands.VALID_MS
        payload = commands.encode(key, self._site, board, n, op, args, heard.boot, until_ms)
        view = OrderView(n, board, op, tuple(args), person, now.utc_us, comment)
        self._orders[board].append(view)
        self._publish(messages.command_topic(self._site, board), payload, 1)
        return view

    async def _update(self, board: str, digest: str | None) -> list[Argument]:
        """The arguments that name a release, once its signature holds."""
        found = await asyncio.to_thread(_shelved, self._ring, digest)
        manifest = found.manifest
        if manifest.boards and board not in manifest.boards:
            raise NotAllowedError(f"{found.name} is not for {board}: {', '.join(manifest.boards)}")
        port = self._state(board).get("port")
        if port is not None and port != manifest.port:
            raise NotAllowedError(f"{found.name} is for {manifest.port}; {board} is {port}")
        return [manifest.number, manifest.version, len(found.packed), found.digest]

    def _reachable(self, board: str) -> _Heard:
        if not self._connected():
            # A command that waits for a broker would surprise whoever stands at the board then.
            raise NotAllowedError(f"{board} cannot be told: the gateway has no broker")
        heard = self._heard.get(board)
        if heard is None:
            raise NotAllowedError(
                f"{board} has not told its state since the gateway started; ask again once it "
                "is heard (a minute)"
            )
        if not heard.online:
            raise NotAllowedError(f"{board} is not connected; go there, or ask again once it is")
        return heard

    def _hear(self, board: str, alive: Alive, mono_us: int) -> None:
        if not alive.online:
            if (known := self._heard.get(board)) is not None:
                self._heard[board] = replace(known, online=False)
        elif alive.boot is not None and alive.up_ms is not None:
            self._heard[board] = _Heard(True, alive.boot, alive.up_ms, mono_us)

    def _answer(self, board: str, result: Result) -> None:
        """Add an answer to its order; one to an order of another gateway is passed over."""
        orders = self._orders[board]
        answer = AnswerView(self._clock.now().utc_us, result.ok, result.why)
        for at, view in enumerate(orders):
            if view.n == result.n and len(view.answers) < MOST_ANSWERS:
                orders[at] = replace(view, answers=(*view.answers, answer))

    def _state(self, board: str) -> dict[str, object]:
        return next(one.state for one in self._desk.boards.status() if one.board == board)

    def _said(self, board: str, key: str) -> int:
        """A number of the board's own state; 0 where it says none."""
        value = self._state(board).get(key)
        return value if type(value) is int and 0 <= value < 2**52 else 0

    def _send_chunk(self, board: str, payload: bytes) -> None:
        # At QoS 0: what is lost is asked for again, and nothing waits for a board that is gone.
        self._publish(messages.update_topic(self._site, board), payload, 0)


def _shelved(ring: Keyring, digest: str | None) -> Release:
    """A signed release of the ring, by its digest."""
    try:
        for one in shelf.shelved(ring):
            if one.digest == digest:
                return one
    except HinobanError as err:
        raise NotAllowedError(str(err)) from err
    raise NotAllowedError(
        "the gateway has no such release; put its file there with `hinoban board update`"
    )
