"""How simulated days begin; it leaves the heap before they do.

Keys: ``hours``, ``scan_s``, ``report_s``, ``first_tick`` [ms], ``temps`` (how many temperatures),
``heat_h`` (hours between two minutes in which a cable is hot), ``reset_s`` (silence after which a
board resets itself), ``littlefs`` 1 for a partition of its own, ``peak`` for how often the heap is
collected [bytes] while a thread looks for the most that lives in it.
"""

import json

import config
import day
import files

NO_SERVER = "127.0.0.1:1"


def prepare(scratch, arguments):
    """Write the board's settings to ``<scratch>/config``.

    Args:
        scratch: A directory nobody has used.
        arguments: Texts like ``hours=24``.

    Returns:
        What `day.Day` is given, and ``peak``.
    """
    given = {"hours": "2", "scan_s": "1", "report_s": "60", "first_tick": "0", "temps": "2",
             "peak": "0", "heat_h": "0.75", "reset_s": "1800", "littlefs": "0"}  # fmt: skip
    given.update(argument.split("=", 1) for argument in arguments)
    directory = scratch + "/ring"
    if given["littlefs"] == "1":
        import partition  # noqa: PLC0415, else it need not be there

        directory = partition.mount(scratch + "/flash.bin") + "/ring"
    asked = {
        "site": "example", "board": "b0150", "broker_host": "127.0.0.1", "ring": directory,
        "feed": scratch + "/feed", "out": scratch + "/out", "scan_s": float(given["scan_s"]),
        "report_s": float(given["report_s"]), "outputs": {"latch": False},
        "net": {"reset_s": int(given["reset_s"])}, "time": {"ntp": [NO_SERVER]},
        "values": [f"temp_{n + 1}_degc" for n in range(int(given["temps"]))] + ["co_ppm"]
        + day.CODES,
    }  # fmt: skip
    text = json.dumps(asked).encode()
    if wrong := config.load(text)[1]:
        raise ValueError(wrong)
    files.write(scratch + "/config", text)
    scan_ms, heat_ms = int(float(given["scan_s"]) * 1000), int(float(given["heat_h"]) * day.HOUR_MS)
    numbers = (scan_ms, int(given["hours"]), heat_ms, int(given["first_tick"]))
    return scratch + "/config", numbers, int(given["peak"])
