"""On MicroPython, for firmware.py: what imports, scans and the ring store take.

Usage: _firmware_node.py <folder of the modules> imports <module …>
       _firmware_node.py <folder of the modules> work <scratch folder> <how many>
"""

import asyncio
import gc
import json
import sys
import time

sys.path.insert(0, sys.argv[1])
VALUES = ["temp_1_degc", "temp_2_degc", "co_ppm"]
asyncio.Event, asyncio.Lock, asyncio.StreamReader, asyncio.wait_for  # noqa: B018, loads them


def heap():
    """What is in use [bytes]."""
    gc.collect()
    return gc.mem_alloc()


def imports(names):
    """Heap [bytes] and time [ms] of each import, in the given order."""
    cost = {}
    for name in names:
        before, begun_us = heap(), time.ticks_us()
        try:
            __import__(name)
        except ImportError as error:
            cost[name] = [str(error), 0]
            continue
        taken_us = time.ticks_diff(time.ticks_us(), begun_us)
        cost[name] = [heap() - before, taken_us / 1000]
    return cost


def per_second(work, times):
    """How often a second something is done."""
    begun_us = time.ticks_us()
    for number in range(times):
        work(number)
    return times / max(1, time.ticks_diff(time.ticks_us(), begun_us)) * 1e6


def work(scratch, times):
    """Rates of the parts that work all day."""
    import record  # noqa: PLC0415, the path is an argument
    import ring  # noqa: PLC0415
    import wire  # noqa: PLC0415

    store = ring.Ring(scratch, VALUES, 1, 1 << 20)

    def sample(number):
        values = {"temp_1_degc": 20.5, "temp_2_degc": 21.25, "co_ppm": number % 3000}
        return record.Record(number * 1000, None, values)

    found = {"ring append": per_second(lambda number: store.append(sample(number)), times)}
    at = [0]

    def replay(_number):
        at[0], item = store.after(at[0])
        _noun, payload = wire.message(store.stream, 1, item)
        wire.encode(payload)

    found["replay to a message"] = per_second(replay, times)
    begun_us = time.ticks_us()
    ring.Ring(scratch, VALUES, 2, 1 << 20)
    found["open a ring of so many, ms"] = time.ticks_diff(time.ticks_us(), begun_us) / 1000
    return found


def main():
    """Do as asked and print the answer as JSON."""
    if sys.argv[2] == "imports":
        sys.stdout.write(json.dumps(imports(sys.argv[3:])))
    else:
        sys.stdout.write(json.dumps(work(sys.argv[3], int(sys.argv[4]))))


main()
