"""What stands when the gateway starts is journalled and told: nothing is silently known."""

from gateway.recording.items import Started


def heats(bench):
    async def play():
        for seq, temp in enumerate((20.0, 51.0), 1):
            bench.time.mono += 1_000_000
            await bench.put([bench.samples(seq, temp)])
        await bench.settled()

    bench.run(play)


def test_an_alarm_that_stands_at_the_start_is_announced(make_bench):
    heats(make_bench())
    bench = make_bench()

    async def starts():
        await bench.put([Started(bench.clock.now().mono_us)])
        await bench.settled()

    bench.run(starts)
    (event,) = [e for e in bench.events if e.condition == "temp_high"]
    assert (event.edge, event.state, event.visibility) == ("announced", "unacknowledged", "shown")
    assert [e.edge for e in bench.stored()["events"]] == ["raised", "announced"]


def test_nothing_is_announced_where_nothing_stands(make_bench):
    bench = make_bench()

    async def starts():
        await bench.put([Started(bench.clock.now().mono_us)])
        await bench.settled()

    bench.run(starts)
    assert bench.stored()["events"] == []
