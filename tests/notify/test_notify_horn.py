"""The horn: quiet only while pulses come, sounding for what nobody has heard yet."""

import asyncio
import os
import pty
import select
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import virtual_time
from notified import FIRE, HOT, RECIPIENTS, World

from gateway.config_notify import Horn
from gateway.notify.horn import HornDriver
from gateway.notify.ledger import Ledger
from gateway.notify.pulses import HornError, open_pulses

PRE = "temp_pre:" + HOT
Make = Callable[..., World]


class Relay:
    """The far end of a serial line, as a watchdog relay sees it."""

    def __init__(self) -> None:
        self.end, self._port = pty.openpty()
        tty.setraw(self.end)
        tty.setraw(self._port)
        self.device = Path(os.ttyname(self._port))

    def pulsed(self) -> bool:
        """Whether anything came since the last look."""
        return bool(select.select([self.end], [], [], 0)[0]) and bool(os.read(self.end, 100_000))

    def close(self) -> None:
        for end in (self.end, self._port):
            os.close(end)


@pytest.fixture
def relay() -> Iterator[Relay]:
    found = Relay()
    yield found
    found.close()


def driver(world: World, relay: Relay, **more: object) -> HornDriver:
    settings = Horn.model_validate({"output": "serial", "device": relay.device, **more})
    ledger = Ledger(world.folder / "horn.sqlite")
    return HornDriver(settings, ledger, world.standing, world.clock)


def test_it_is_quiet_by_pulses_and_sounds_for_a_fire(make_world: Make, relay: Relay) -> None:
    async def story() -> None:
        world = make_world()
        horn = driver(world, relay)
        for _ in range(3):
            horn.step()
            assert relay.pulsed()
        world.feel(51.3)
        horn.told()
        for _ in range(3):
            horn.step()
            assert not relay.pulsed()
        assert horn.sounding == (FIRE,)  # the advisory of the same value is no matter of the horn
        world.acknowledge()
        horn.told()
        horn.step()
        assert relay.pulsed()

    virtual_time.run(story())


def test_silence_holds_for_what_sounded_and_not_for_what_comes_later(
    make_world: Make, relay: Relay
) -> None:
    async def story() -> None:
        world = make_world()
        horn = driver(world, relay)
        writing = asyncio.create_task(horn._ledger.run())
        world.feel(51.3)
        assert await horn.silence("Hana") == (FIRE,)
        horn.step()
        assert relay.pulsed()
        world.feel(52.0, "yard.c0025.temp_1_degc")
        horn.told()
        horn.step()
        assert not relay.pulsed()
        assert horn.sounding == ("temp_high:yard.c0025.temp_1_degc",)
        await horn.silence("Hana")
        writing.cancel()
        await asyncio.wait({writing})
        again = driver(world, relay)
        again.step()
        assert again.sounding == ()  # a restart wakes nobody for what was heard
        await asyncio.sleep(60)
        world.feel(20.0)
        world.feel(53.0)
        again.told()
        again.step()
        assert again.sounding == (FIRE,)  # raised anew

    virtual_time.run(story())


def test_which_classes_sound_is_data(make_world: Make, relay: Relay) -> None:
    async def story() -> None:
        world = make_world()
        world.feel(51.3)
        horn = driver(world, relay, classes=["advisory"])
        horn.step()
        assert horn.sounding == (PRE,)
        horn = driver(world, relay, classes=[], priorities=["critical"])
        horn.step()
        assert horn.sounding == (FIRE,)

    virtual_time.run(story())


def test_what_is_shelved_does_not_sound(make_world: Make, relay: Relay) -> None:
    async def story() -> None:
        world = make_world()
        world.feel(51.3)
        world.hidden[FIRE] = "shelved"
        horn = driver(world, relay)
        horn.step()
        assert horn.sounding == ()

    virtual_time.run(story())


def test_a_line_that_is_gone_sounds_is_told_and_comes_back(make_world: Make, relay: Relay) -> None:
    async def story() -> None:
        world = make_world(RECIPIENTS)
        away = relay.device.with_name("99999")
        horn = driver(world, relay, device=away)
        horn.step()
        assert horn.problem is not None
        assert "cannot be opened" in horn.problem
        assert "its relay sounds" in horn.problem

    virtual_time.run(story())


@pytest.mark.parametrize("device", ["/dev/gpiochip_none", "/dev/null"])
def test_a_gpio_chip_that_is_none_is_told_in_words(device: str) -> None:
    settings = Horn(output="gpio", device=Path(device), line=17)
    with pytest.raises(HornError, match=f"{device} line 17 cannot be taken"):
        open_pulses(settings)


def test_gas_that_becomes_fire_sounds_though_it_was_silenced(
    make_world: Make, relay: Relay
) -> None:
    async def story() -> None:
        world = make_world()
        horn = driver(world, relay)
        world.feel(3100.0, "yard.c0150.co_ppm")
        gas = "co_high:yard.c0150.co_ppm"
        assert await horn.silence("Hana") == (gas,)
        world.feel(46.0)  # an advisory, which is no matter of the horn
        horn.told()
        horn.step()
        assert horn.sounding == (gas,)
        assert await horn.silence("Hana") == (gas,)
        horn.told()
        horn.step()
        assert horn.sounding == ()

    virtual_time.run(story())
