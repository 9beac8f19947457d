"""A release on trial: healthy in time, or the old one is back."""

from afar import World, on_trial
from scratch import equal


def test_a_program_is_healthy_once_its_gateway_acknowledges():
    world = on_trial()
    equal(world.far.state()["trial"], True)
    equal(world.far.busy(), True)
    world.acks = False

    def gateway():
        equal(world.book().record["trial"], "b")
        world.acks = True

    equal(world.live(59, at_40=gateway), True)
    equal(world.book().record["trial"], None)
    equal((world.book().record["slot"], world.book().highest), ("b", 2))
    equal(world.far.state()["trial"], False)
    equal(world.far.busy(), False)


def rolled_back(world):
    """Why a board goes back; it does so after its time, and starts anew."""
    seen = []
    equal(world.live(70, at_55=lambda: seen.append(world.book().record["trial"])), False)
    equal(seen, ["b"])
    equal((world.book().record["trial"], world.book().record["slot"]), (None, "a"))
    equal(world.book().record["tried"], 2)
    told = World(world.path).far.state()
    equal((told["slot"], told["number"], told["trial"]), ("a", 1, False))
    equal(told["failed"], [2, world.book().record["why"]])
    return told["failed"][1]


def test_a_program_that_reaches_no_gateway_goes():
    world = on_trial()
    world.acks = False
    equal(rolled_back(world), "the gateway has acknowledged no sample of it")


def test_no_roll_back_while_its_horn_sounds():
    world = on_trial()
    world.acks = False
    world.board.values["temp_1_degc"] = 55.0
    equal(world.live(90), True)
    equal(world.book().record["trial"], "b")
    world.board.values["temp_1_degc"] = 20.0
    equal(world.live(90), False)
    equal(world.book().record["trial"], None)


def test_a_program_whose_scans_stand_still_goes():
    world = on_trial(net=False)
    world.scans = False
    equal(rolled_back(world), "scans stand still")


def test_a_program_whose_guard_fails_goes():
    world = on_trial(net=False)
    world.board.broken = True
    why = rolled_back(world)
    equal(why[:17] in ("scans stand still", "the guard failed:"), True)


def test_a_program_without_a_store_goes():
    world = on_trial(net=False)
    world.program.samples.ring = None
    equal(rolled_back(world), "the store fails")


def test_without_a_network_before_the_whole_time_decides():
    world = on_trial(net=False)
    world.acks = world.talk.connected = False
    seen = []
    equal(world.live(65, at_57=lambda: seen.append(world.book().record["trial"])), True)
    equal(seen, ["b"])
    equal((world.book().record["trial"], world.book().record["slot"]), (None, "b"))
