"""Commissioning, on scripted buses in place of the chip's."""

import sys

import files
import scripted
from scratch import equal, fresh
from scripted import Buses
from scripted_onewire import Thermometer


class Chip:
    """Stands for `pinbuses`, which only a chip can import."""

    PinBuses = None


sys.modules["pinbuses"] = Chip
import roms  # noqa: E402, after its buses

HOT = Thermometer(7, 41.25)
COLD = Thermometer(3, 4.5)


def at_hand(*slaves, pin=4):
    """A board with a cable; its ROM file is in a directory of its own."""
    buses = Buses()
    buses.cable(pin, *slaves)
    Chip.PinBuses = lambda: buses
    roms.FILE = fresh() + "/roms.json"
    return buses


def line(slave, value=None, pin=4):
    return {"pin": pin, "rom": slave.rom.hex(), "value": value, "degc": slave.degc, "reason": None}


def test_all_sensors_are_listed_with_their_temperature():
    at_hand(HOT, COLD)
    equal(roms.listing("/nowhere.json"), [line(COLD), line(HOT)])


def test_bound_sensors_say_their_value_and_a_missing_one_is_told():
    at_hand(HOT)
    roms.bind({"temp_1_degc": HOT.rom.hex(), "temp_2_degc": COLD.rom.hex().upper()})
    missing = {"rom": COLD.rom.hex(), "value": "temp_2_degc", "degc": None, "reason": "sensor_open"}
    equal(roms.listing("/nowhere.json"), [line(HOT, "temp_1_degc"), missing])


def test_the_order_holds_from_the_next_start():
    buses = at_hand(HOT, COLD)
    roms.bind({"temp_1_degc": HOT.rom.hex(), "temp_2_degc": COLD.rom.hex()})
    values = ["temp_1_degc", "temp_2_degc"]
    board = scripted.Station(None, values, buses, roms=roms.FILE)
    equal(board.reading(), ({"temp_1_degc": 41.25, "temp_2_degc": 4.5}, {}))


def test_the_cables_of_the_config_are_searched():
    at_hand(HOT, pin=13)
    path = fresh() + "/config.json"
    entry = b'{"value": "temp_1_degc", "kind": "ds18b20", "pin": 13}'
    files.write(path, b'{"sensors": [' + entry + b"]}")
    equal(roms.listing(path), [line(HOT, pin=13)])
    text = HOT.rom.hex().encode()
    files.write(path, b'{"sensors": [' + entry[:-1] + b', "rom": "' + text + b'"}]}')
    equal(roms.listing(path), [line(HOT, "temp_1_degc", pin=13)])


def test_codes_that_cannot_be_are_refused_and_change_nothing():
    at_hand(HOT)
    for order in (
        {"temp_1_degc": "28ff"},
        {"temp_1_degc": HOT.rom.hex(), "temp_2_degc": HOT.rom.hex().upper()},
    ):
        try:
            roms.bind(order)
        except ValueError:
            equal(files.read(roms.FILE), None)
            continue
        raise AssertionError(order)
