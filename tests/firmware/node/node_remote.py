"""Commands on the real parts of a board, in virtual time."""

import json
import sys

import files
from afar import World, on_trial
from scratch import equal


def test_commands_do_what_they_say_within_the_bounds():
    world = World()
    world.live(2)
    bounds = "bounds: "
    equal(world.order(1, "limits", 40, None), None)
    equal(world.order(2, "limits", None, 60000)[:8], bounds)
    equal(world.order(3, "limits", "40", None), "form")
    equal(world.order(4, "interval", 30), None)
    equal(world.order(5, "interval", 100000)[:8], bounds)
    equal(world.order(6, "silence", 11)[:8], bounds)
    equal(world.order(7, "silence"), "form")
    equal(world.order(8, "open", 1), "unknown")
    world.live(2)
    equal(world.program.guard.local.limits, {"temp_degc": 40, "co_ppm": 3000.0})
    equal(world.program.samples.report_ms, 30000)
    world.board.values["temp_1_degc"] = 45.0
    world.live(2)
    equal(world.program.guard.outputs.condition, "temp_high")
    equal(world.order(9, "silence", 10), None)
    world.live(2)
    equal(world.program.guard.outputs.silenced, True)
    equal(world.order(10, "reboot"), "busy: an alarm stands")
    equal(world.far.state()["cmd_n"], 10)
    equal(world.far.state()["cmd_refused"], 7)


def test_orders_of_releases_that_are_refused():
    world = World()
    equal(world.update(3, number=1), "bounds: number 1 is not above 1")
    digest = "0" * 64
    for args in ((2, "1", 9), (2, "1", 9, "00"), (2, "1", 9, "x" * 64), ("2", "1", 9, digest)):
        equal(world.order(world.far.state()["cmd_n"] + 1, "update", *args), "form")
    world.slot = "elsewhere"
    equal(world.update(9)[:5], "busy:")


def test_no_release_is_ordered_while_one_is_on_trial():
    world = on_trial()
    equal(world.update(9, number=3), "busy: a release is on trial")


def test_a_reboot_lets_its_answer_go_out_first():
    world = World()
    equal(world.order(1, "reboot"), None)
    equal(world.live(2), True)
    equal(world.live(9), False)


def test_an_alarm_delays_every_restart():
    world = World()
    equal(world.order(1, "reboot"), None)

    def fire():
        world.board.values["temp_1_degc"] = 55.0

    equal(world.live(20, at_1=fire), True)
    world.board.values["temp_1_degc"] = 20.0
    equal(world.live(60), False)


def test_nothing_of_it_stays_in_memory():
    world = World()
    world.order(1, "test")
    world.live(2)
    gone = ("orders", "command", "counter", "controls", "memory", "trial", "download", "release")
    for name in gone:
        equal((name, name in sys.modules), (name, False))


def test_a_command_without_a_key_on_the_board():
    world = World()
    files.remove(world.path + "/command.key")
    told = json.dumps({"n": 1, "op": "test", "args": [], "exp_up_ms": 9, "mac": ""}).encode()
    world.talk.routes["cmd"](told)
    equal(world.talk.said("cmd/result"), [{"n": None, "op": None, "ok": False, "why": "key"}])
