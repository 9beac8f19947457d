"""What every node test needs, and nothing of the firmware beside its files."""

import json

import files
import folders

GOLDEN = SCRATCH = ""  # set by run.py before any test is imported
VALUES = ["temp_1_degc", "temp_2_degc", "co_ppm"]
_count = [0]


def fresh():
    """A directory nobody has used."""
    _count[0] += 1
    path = f"{SCRATCH}/d{_count[0]}"
    folders.make_directory(path)
    return path


def golden(name):
    """Topic and payload of a golden message."""
    message = json.loads(files.read(f"{GOLDEN}/{name}.json"))
    return message["topic"], message["payload"]


def equal(got, wanted):
    """Assert with both sides in the message, on Pythons that print none."""
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r}")
