import asyncio
import random
import threading
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agent.samples import Quality, Sample
from gateway.sinks.cursor import Cursors, Gap, Position
from gateway.sinks.influx import InfluxSink
from gateway.sinks.trail import Trail

CO, RATE = "yard.c0150.co_ppm", "unit1.coal.mass_rate_kg_per_s"


@asynccontextmanager
async def running(sink):
    work = asyncio.create_task(sink.run())
    try:
        yield sink
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def until(condition, seconds=30.0):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (what is waited for lies in another thread)
            await asyncio.sleep(0.02)


def made(plant, sink_to, url, **options):
    quick = {"poll_s": 0.05, "first_wait_s": 0.05} | options
    return InfluxSink(sink_to(url), plant.path, plant.cursors, **quick)


def all_sent(plant, sink):
    status = sink.status()
    return status.lag_rows == 0 and status.sent_n == plant.journal.last_n()


@pytest.mark.debian
def test_every_good_sample_once_after_the_destination_was_away(plant, victoria_metrics, sink_to):
    """Ten minutes of commits while it is stopped, twice, and a restart of the sink."""
    chance = random.Random(3)
    second = 0

    def commit(seconds):
        nonlocal second
        for _ in range(seconds):
            second += 1
            late = 2000 if chance.random() < 0.05 else 0
            doubtful = Sample(CO, plant.at(second), 1.0, Quality.UNCERTAIN, "stuck")
            plant.commit(
                second,
                plant.sample(RATE, second + 0.001, round(chance.uniform(0, 20), 6)),
                plant.sample(RATE, second + 0.002, float(second)),
                plant.sample(CO, second - late + chance.random() * 0.9, 210.0)
                if chance.random() < 0.9
                else doubtful,
            )

    async def story():
        commit(30)
        async with running(made(plant, sink_to, victoria_metrics.url, settle_s=0.0)) as sink:
            await until(lambda: all_sent(plant, sink))
            victoria_metrics.stop()
            commit(600)
            await until(lambda: sink.status().last_error is not None)
            assert "not reached" in sink.status().last_error
        async with running(made(plant, sink_to, victoria_metrics.url)) as sink:
            commit(30)
            await until(lambda: sink.status().last_error is not None)
            victoria_metrics.start()
            commit(5)
            await until(lambda: all_sent(plant, sink))
            assert sink.status().last_error is None
            assert sink.status().quarantined == 0

    asyncio.run(story())
    expected = sorted(plant.good)
    assert len({(point, t) for point, t, _ in expected}) == len(expected)
    assert victoria_metrics.export() == expected
    marked = victoria_metrics.export("hinoban_history")
    assert 600 <= len(marked) < len(expected)


@pytest.mark.debian
def test_what_a_killed_destination_took_and_lost_is_sent_again(plant, victoria_metrics, sink_to):
    async def story():
        async with running(made(plant, sink_to, victoria_metrics.url)) as sink:
            for second in range(1, 40):
                plant.commit(second, plant.sample(CO, second, float(second)))
            await until(lambda: all_sent(plant, sink))
            victoria_metrics.kill()
            plant.commit(40, plant.sample(CO, 40, 40.0))
            await until(lambda: sink.status().last_error is not None)
            assert sink.status().cursor_n == 0
            victoria_metrics.start()
            await until(lambda: all_sent(plant, sink))

    asyncio.run(story())
    assert victoria_metrics.export() == plant.good


@pytest.mark.debian
def test_times_learnt_late_are_sent_once_known(plant, victoria_metrics, sink_to):
    day_us = 86_400_000_000
    doubtful = Sample(CO, plant.at(1) - day_us, 7.0, Quality.UNCERTAIN, "clock_unsynced")
    plant.start_us -= day_us
    plant.commit(1, doubtful, synchronised=False)
    plant.start_us += day_us
    early = plant.journal
    assert early.last_n() == 1
    plant.commit(20, corrections=(plant.clock_correction(),))

    async def story():
        async with running(made(plant, sink_to, victoria_metrics.url)) as sink:
            await until(lambda: all_sent(plant, sink))

    asyncio.run(story())
    ((point, _, value),) = victoria_metrics.export()
    assert (point, value) == (CO, 7.0)


@pytest.mark.debian
def test_alarms_go_first_and_as_states(plant, victoria_metrics, sink_to):
    plant.commit(1, plant.sample(CO, 1, 5.0), alarm_events=(plant.alarm(1, "raised"),))
    plant.commit(2, alarm_events=(plant.alarm(2, "acknowledged"), plant.alarm(3, "cleared")))

    async def story():
        async with running(made(plant, sink_to, victoria_metrics.url)) as sink:
            await until(lambda: all_sent(plant, sink))

    asyncio.run(story())
    alarm = "temp_high:yard.c0150.temp_1_degc"
    states = victoria_metrics.export("hinoban_alarm_active")
    assert states == [(alarm, plant.at(1) // 1000, 1), (alarm, plant.at(3) // 1000, 0)]
    assert len(victoria_metrics.export("hinoban_alarm_event_count")) == 3


class Picky:
    """A destination that refuses lines with a certain word: VictoriaMetrics never says 400."""

    def __init__(self, word: str) -> None:
        self.requests: list[list[str]] = []
        picky = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                lines = body.splitlines()
                refused = any(word in line for line in lines)
                if not refused:
                    picky.requests.append(lines)
                self.send_response(400 if refused else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def lines(self) -> list[str]:
        return [line for request in self.requests for line in request]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def picky():
    servers = []

    def start(word):
        servers.append(Picky(word))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def test_a_poison_line_is_quarantined_and_the_rest_goes_on(plant, sink_to, picky):
    server = picky("poison")
    for s in range(1, 40):
        plant.commit(s, plant.sample(f"yard.{'poison' if s == 17 else 'c1'}.co_ppm", s, 1.0))

    async def story():
        async with running(made(plant, sink_to, server.url)) as sink:
            await until(lambda: all_sent(plant, sink))
            assert sink.status().quarantined == 1

    asyncio.run(story())
    assert len(server.lines) == len(set(server.lines)) == 38
    cursors = Cursors(plant.cursors)
    (left,) = cursors.quarantined("metrics")
    assert left.n == 17
    assert "poison" in left.line
    assert left.reason.startswith("HTTP 400")
    cursors.close()


def test_a_destination_that_refuses_all_loses_nothing(plant, sink_to, picky):
    server = picky("hinoban")
    for s in range(1, 40):
        plant.commit(s, plant.sample(CO, s, 1.0))

    async def story():
        async with running(made(plant, sink_to, server.url)) as sink:
            await until(lambda: sink.status().last_error is not None)
            assert "takes none of the lines" in sink.status().last_error
            assert (sink.status().cursor_n, sink.status().quarantined) == (0, 0)

    asyncio.run(story())


def test_alarms_first_live_next_history_last(plant, sink_to, picky):
    server = picky("no such word")
    for s in range(1, 301):
        alarms = (plant.alarm(s, "raised"),) if s == 250 else ()
        plant.commit(s, plant.sample(CO, s, float(s)), alarm_events=alarms)

    async def story():
        sink = made(plant, sink_to, server.url, live_rows=10, batch_lines=100)
        live = sink._collect  # a live row arrives after the first piece of history

        def collect(reader, after_n, to_n):
            if len(server.requests) == 2:
                plant.commit(301, plant.sample(CO, 301, 301.0))
            return live(reader, after_n, to_n)

        sink._collect = collect
        async with running(sink):
            await until(lambda: all_sent(plant, sink) and plant.journal.last_n() == 301)

    asyncio.run(story())
    assert server.requests[0][0].startswith("hinoban_alarm_event")
    live = [k for k, lines in enumerate(server.requests) if "value=301.0" in lines[0]]
    assert live
    assert live[0] < len(server.requests) - 1
    history = [line for line in server.lines if "history=1i" in line]
    assert len(history) == 300
    assert len(server.lines) == len(set(server.lines)) == 303


def test_what_was_sent_counts_once_it_had_time_to_settle():
    trail = Trail(Position(1), settle_s=30.0)
    trail.sent(Position(2), 100.0)
    trail.sent(Position(3), 110.0)
    assert trail.settled(129.9) == Position(1)
    assert trail.settled(130.0) == Position(2)
    assert trail.back() == Position(2)
    assert trail.settled(500.0) == Position(2), "what came after the failure's begin was not kept"


def test_a_restarted_sink_goes_on_where_all_is_kept(plant, sink_to, picky):
    server = picky("no such word")
    for s in range(1, 6):
        plant.commit(s, plant.sample(CO, s, 1.0))

    async def story(settle_s):
        async with running(made(plant, sink_to, server.url, settle_s=settle_s)) as sink:
            await until(lambda: all_sent(plant, sink))
            if settle_s == 0.0:
                await until(lambda: sink.status().cursor_n == plant.journal.last_n())

    for settle_s, sent in ((30.0, 5), (0.0, 10), (30.0, 11)):
        if sent == 11:
            plant.commit(6, plant.sample(CO, 6, 1.0))
        asyncio.run(story(settle_s))
        assert len(server.lines) == sent


def test_positions_and_gaps_are_kept(tmp_path):
    cursors = Cursors(tmp_path / "sinks.sqlite")
    assert cursors.position("a") == Position()
    there = Position(90, 7, (Gap(10, 30), Gap(40, 90)))
    cursors.save("a", there)
    cursors.close()
    again = Cursors(tmp_path / "sinks.sqlite")
    assert again.position("a") == there
    assert (there.passed_n, there.history_rows) == (10, 70)
    assert again.position("b") == Position()
    again.close()
