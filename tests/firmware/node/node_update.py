"""Releases that are ordered from afar: fetched at once, or later, or not at all."""

import files
import folders
from afar import CONFIG, FILES, World, on_trial
from scratch import equal


def test_a_release_is_fetched_and_put_on_trial():
    world = World()
    equal(world.far.state()["release"], "1.1.0")
    equal(world.update(5), None)
    equal(world.far.state()["cmd_n"], 5)
    equal(world.live(60), False)
    equal((world.book().record["trial"], world.book().record["net"]), ("b", True))
    equal(files.read(world.path + "/b/main.py"), FILES["main.py"])
    equal(World(world.path, "b").far.order, None)


def test_an_order_survives_a_restart():
    world = World()
    world.talk.connected = False
    equal(world.update(5), None)
    equal(world.live(20), True)
    equal(world.far.state()["update"], "waits: no connection")
    path = world.path
    del world  # its heap is the next start's
    world = World(path)
    equal(world.far.order["number"], 2)
    equal(world.live(60), False)
    equal(world.book().record["trial"], "b")


def test_an_order_that_was_tried_is_not_tried_again():
    world = on_trial()
    files.write_sealed(world.path + "/ring/order", {"n": 5, "number": 2})
    equal(World(world.path, "b").far.order, None)
    equal(files.read(world.path + "/ring/order"), None)


def waits(world, why):
    """An update that is ordered waits."""
    equal(world.update(5), None)
    equal(world.live(30), True)
    equal(world.talk.said("update/want"), [])
    equal(folders.names(world.path + "/b"), [])
    equal(world.far.state()["update"], "waits: " + why)


def test_no_update_while_an_alarm_stands():
    world = World()
    world.board.values["temp_1_degc"] = 55.0
    world.live(3)
    waits(world, "an alarm stands")
    world.board.values["temp_1_degc"] = 20.0
    equal(world.live(90), False)
    equal(world.book().record["trial"], "b")


BATTERY = {"power": {"mode": "battery"}, "outputs": {"relay": "energise"}}


def test_no_update_where_no_value_measures_the_battery():
    waits(World(**BATTERY), "no value is named that measures the battery")


def test_no_update_on_a_low_battery():
    supply = {"supply": "battery_v", "supply_least": 3.5}
    world = World(update=dict(CONFIG["update"], **supply), **BATTERY)
    waits(world, "the battery is not measured")
    world.board.values["battery_v"] = 3.4
    equal(world.live(20), True)
    equal(world.far.state()["update"], "waits: the battery is low")
    world.board.values["battery_v"] = 3.6
    equal(world.live(60), False)
    equal(world.book().record["trial"], "b")
