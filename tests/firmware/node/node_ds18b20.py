import json

import conversion
import files
from scratch import equal, fresh
from scripted import Buses, Station
from scripted_onewire import Thermometer

VALUES = ["temp_1_degc", "temp_2_degc", "temp_3_degc"]


def three():
    return [Thermometer(serial, degc) for serial, degc in ((9, 20.5), (5, -10.125), (7, 41.25))]


def bound(slaves):
    names = zip(VALUES, slaves)  # noqa: B905, MicroPython's zip has no strict
    return [{"value": name, "kind": "ds18b20", "rom": one.rom.hex()} for name, one in names]


def at_hand(section=None, slaves=None):
    buses = Buses()
    cable = buses.cable(4, *(three() if slaves is None else slaves))
    return cable, Station(section, VALUES, buses)


def test_unconfigured_values_take_the_sensors_in_rising_order():
    _, board = at_hand()
    equal(
        board.reading(), ({"temp_1_degc": -10.125, "temp_2_degc": 41.25, "temp_3_degc": 20.5}, {})
    )


def test_values_are_bound_to_their_rom_codes():
    slaves = three()
    _, board = at_hand(bound(slaves), slaves)
    equal(
        board.reading(), ({"temp_1_degc": 20.5, "temp_2_degc": -10.125, "temp_3_degc": 41.25}, {})
    )


def test_a_missing_sensor_shifts_no_other():
    slaves = three()
    _, board = at_hand(bound(slaves), slaves)
    board.reading()
    slaves[1].alive = False
    expected = ({"temp_1_degc": 20.5, "temp_3_degc": 41.25}, {"temp_2_degc": "sensor_open"})
    equal(board.reading(), expected)
    _, restarted = at_hand(bound(slaves), [slaves[0], slaves[2]])
    equal(restarted.reading(), expected)


def test_an_unconfigured_missing_sensor_shifts_no_other_until_the_next_start():
    slaves = three()
    _, board = at_hand(None, slaves)
    board.reading()
    slaves[1].alive = False
    equal(
        board.reading(),
        ({"temp_2_degc": 41.25, "temp_3_degc": 20.5}, {"temp_1_degc": "sensor_open"}),
    )


def test_a_replaced_sensor_is_read_by_nobody_until_it_is_bound():
    slaves = three()
    section = bound(slaves)
    slaves[0] = Thermometer(99, 77.0)
    _, board = at_hand(section, slaves)
    equal(
        board.reading(),
        ({"temp_2_degc": -10.125, "temp_3_degc": 41.25}, {"temp_1_degc": "sensor_open"}),
    )


def test_the_order_file_binds_values_whose_entry_names_no_code():
    slaves = three()
    path = fresh() + "/roms.json"
    order = {"temp_1_degc": slaves[2].rom.hex(), "temp_2_degc": slaves[0].rom.hex()}
    files.write(path, json.dumps(order).encode())
    buses = Buses()
    buses.cable(4, *slaves)
    board = Station(None, VALUES, buses, roms=path)
    equal(
        board.reading(), ({"temp_1_degc": 41.25, "temp_2_degc": 20.5, "temp_3_degc": -10.125}, {})
    )


def test_a_damaged_code_in_the_order_file_takes_no_other_sensor():
    slaves = three()
    path = fresh() + "/roms.json"
    files.write(path, json.dumps({"temp_1_degc": "28zz"}).encode())
    buses = Buses()
    buses.cable(4, *slaves)
    board = Station(None, VALUES, buses, roms=path)
    equal(board.reading()[1], {"temp_1_degc": "sensor_open"})


def test_sixteen_on_each_of_two_cables():
    buses = Buses()
    names, section = [], []
    for cable, pin in enumerate((4, 5)):
        slaves = [Thermometer(100 * cable + i, 10.0 + cable * 20 + i) for i in range(16)]
        buses.cable(pin, *slaves)
        for i in range(16):
            names.append(f"temp_{cable * 16 + i + 1}_degc")
            section.append(
                {"value": names[-1], "kind": "ds18b20", "pin": pin, "rom": slaves[i].rom.hex()}
            )
    v, bad = Station(section, names, buses).reading()
    equal(bad, {})
    equal(
        [v[name] for name in names], [10.0 + i for i in range(16)] + [30.0 + i for i in range(16)]
    )


def longest_us(board, cable, calls):
    """The longest that one call keeps the bus, over so many calls 50 ms apart."""
    longest = 0
    for _ in range(calls):
        cable.busy_us = 0
        board.sensors.read(board.buses.clock.now_ms)
        longest = max(longest, cable.busy_us)
        board.buses.clock.now_ms += 50
    return longest


def test_one_call_keeps_a_full_cable_for_a_tenth_of_a_second_at_most():
    slaves = [Thermometer(i) for i in range(16)]
    names = [f"temp_{i}_degc" for i in range(16)]
    buses = Buses()
    cable = buses.cable(4, *slaves)
    section = [
        {"value": names[i], "kind": "ds18b20", "rom": slaves[i].rom.hex()} for i in range(16)
    ]
    assert longest_us(Station(section, names, buses), cable, 40) < 100000


def test_a_search_of_a_full_cable_takes_a_third_of_a_second_at_most():
    buses = Buses()
    cable = buses.cable(4, *[Thermometer(i) for i in range(16)])
    board = Station(None, [f"temp_{i}_degc" for i in range(16)], buses)
    assert longest_us(board, cable, 1) < 333000


def test_a_late_sensor_of_an_unconfigured_board_is_found():
    slaves = three()
    cable, board = at_hand(None, slaves[:2])
    equal(board.reading()[1], {"temp_3_degc": "sensor_open"})
    cable.slaves.append(Thermometer(6, 33.0))
    equal(cable.searches, 2)
    v, bad = board.last(70)
    equal((v["temp_3_degc"], bad), (33.0, {}))


def test_a_reading_takes_one_conversion_and_is_never_given_twice():
    _, board = at_hand()
    clock = board.buses.clock
    equal(board.sensors.read(0), None)
    clock.now_ms = 749
    equal(board.sensors.read(749), None)
    clock.now_ms = 750
    assert board.sensors.read(750) is not None
    equal(board.sensors.read(750), None)


def test_strangers_on_the_cable_are_left_alone():
    slaves = three()
    stranger = Thermometer(3)
    body = b"\x10" + stranger.rom[1:7]
    stranger.rom = body + bytes([conversion.crc8(body)])
    _, board = at_hand(None, [stranger] + slaves)  # noqa: RUF005, MicroPython
    equal(board.reading()[0], {"temp_1_degc": -10.125, "temp_2_degc": 41.25, "temp_3_degc": 20.5})


def test_each_fault_has_its_reason_and_no_number():
    def crc(cable, slave):
        slave.pad = bytes([0x91, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x0F, 0x10, 0x00])

    def zeros(cable, slave):
        slave.pad = bytes(9)

    def power_on(cable, slave):
        slave.converts = False
        slave.power_up()

    def dead(cable, slave):
        slave.alive = False

    for fault, reason in (
        (crc, "crc"),
        (zeros, "sensor_short"),
        (power_on, "power_on_value"),
        (dead, "sensor_open"),
    ):
        slaves = three()
        cable, board = at_hand(bound(slaves), slaves)
        board.reading()
        fault(cable, slaves[0])
        equal(
            board.reading(),
            ({"temp_2_degc": -10.125, "temp_3_degc": 41.25}, {"temp_1_degc": reason}),
        )


def test_a_cable_that_is_cut_or_shorted():
    cable, board = at_hand(bound(three()))
    cable.shorted = True
    equal(board.reading(), ({}, dict.fromkeys(VALUES, "sensor_short")))
    cable.shorted = False
    cable.slaves = []
    board.reading()
    equal(board.reading(), ({}, dict.fromkeys(VALUES, "sensor_open")))


def test_a_shorted_cable_is_not_searched_for_ever():
    cable, board = at_hand()
    cable.shorted = True
    equal(board.reading(), ({}, dict.fromkeys(VALUES, "sensor_short")))
    board.reading()
    equal(cable.searches, 0)
    cable.shorted = False
    board.reading()
    equal(board.reading()[1], {})


def test_a_crackling_cable_is_searched_no_longer_than_two_full_ones():
    cable, board = at_hand()
    turns = [0]

    def noise():
        turns[0] += 1
        return turns[0] == 1 or turns[0] % 7 == 0  # mostly pulled down, by nobody

    cable.readbit = noise
    for second in range(5):
        board.sensors.read(second * 1000)
        equal(cable.searches, 32)


def test_one_damaged_transfer_is_read_again():
    slaves = three()
    cable, board = at_hand(bound(slaves), slaves)
    cable.flips = 1
    equal(board.reading()[1], {})
    cable.flips = 2
    equal(board.reading()[1], {"temp_1_degc": "crc"})


def test_a_real_85_degrees_is_a_number():
    slaves = three()
    slaves[0].degc = 85.0
    _, board = at_hand(bound(slaves), slaves)
    equal(board.reading()[0]["temp_1_degc"], 85.0)


def test_sensors_that_do_not_convert_give_no_old_value():
    slaves = three()
    _, board = at_hand(bound(slaves), slaves)
    board.reading()
    board.reading()
    for slave in slaves:
        slave.converts = False
    board.reading()
    equal(board.reading(), ({}, dict.fromkeys(VALUES, "comm_fail")))


def test_a_sensor_of_nine_bits_keeps_only_the_bits_it_has():
    slaves = three()
    slaves[0].config, slaves[0].degc = 0x1F, 20.9375
    _, board = at_hand(bound(slaves), slaves)
    equal(board.reading()[0]["temp_1_degc"], 20.5)
