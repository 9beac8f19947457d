import json
import sys

import boot
import files
import folders
import slots
from scratch import equal, fresh

RAN = []  # what the programs in the slots leave behind
PROGRAM = """import node_slots
def main():
    node_slots.RAN.append({what!r})
    {then}
"""


def open_slots(path):
    return slots.Slots(path + "/")


def torn(path, action):
    """Every record that a power cut may leave of one change."""
    before = {name: files.read(path + "/" + name) for name in folders.names(path)}
    action()
    after = {name: files.read(path + "/" + name) for name in folders.names(path)}
    (written,) = [name for name in after if after[name] != before.get(name)]
    for end in range(len(after[written])):
        files.write(path + "/" + written, after[written][:end])
        yield open_slots(path)
    files.write(path + "/" + written, after[written])


def test_without_a_record_slot_a_runs():
    book = open_slots(fresh())
    equal((book.choose(), book.on_trial, book.other()), ("a", False, "b"))


def test_a_trial_ends_after_three_starts():
    path = fresh()
    book = open_slots(path)
    equal(book.begin(), "b")
    book.try_out(12, True)
    for left in (2, 1, 0):
        book = open_slots(path)
        equal((book.choose(), book.record["left"]), ("b", left))
    book = open_slots(path)
    equal((book.choose(), book.record["trial"]), ("a", None))
    equal((book.record["tried"], book.record["why"]), (12, "started 3 times and never healthy"))
    equal(open_slots(path).choose(), "a")


def test_what_is_healthy_stays():
    path = fresh()
    book = open_slots(path)
    book.begin()
    book.try_out(12, True)
    book = open_slots(path)
    book.running = book.choose()
    equal(book.on_trial, True)
    book.confirm(12)
    equal(book.on_trial, False)
    book = open_slots(path)
    equal((book.choose(), book.other(), book.record["highest"]), ("b", "a", 12))
    equal((book.record["tried"], book.record["why"], book.record["dirty"]), (None, None, False))


def test_the_highest_number_never_falls():
    path = fresh()
    book = open_slots(path)
    for number in (12, 9, 15, 3):
        book.confirm(number)
    equal(open_slots(path).record["highest"], 15)


def test_a_torn_write_leaves_what_was():
    path = fresh()
    book = open_slots(path)
    book.confirm(3)
    for left in torn(path, book.begin):
        equal((left.choose(), left.record["highest"], left.record["trial"]), ("a", 3, None))
    for left in torn(path, lambda: book.try_out(4, True)):
        equal((left.record["trial"], left.record["dirty"]), (None, True))
    book = open_slots(path)
    for left in torn(path, book.choose):
        equal((left.record["trial"], left.record["left"]), ("b", 3))
    book.running = "b"
    for left in torn(path, lambda: book.confirm(4)):
        equal((left.record["slot"], left.record["trial"], left.record["highest"]), ("a", "b", 3))
    equal((open_slots(path).record["slot"], open_slots(path).record["highest"]), ("b", 4))


def test_a_flipped_bit_is_noticed():
    path = fresh()
    book = open_slots(path)
    book.confirm(7)
    book.confirm(8)
    for name in ("record.0", "record.1"):
        data = files.read(path + "/" + name)
        for at in range(len(data)):
            files.write(path + "/" + name, data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
            if open_slots(path).record["highest"] not in (7, 8):
                raise AssertionError(f"byte {at} of {name} was believed")
        files.write(path + "/" + name, data)


def test_a_trial_that_cannot_be_counted_does_not_run():
    path = fresh()
    book = open_slots(path)
    book.begin()
    book.try_out(12, True)
    book.root = path + "/gone/"
    equal(book.choose(), "a")


def test_strange_records_are_no_reason_to_stop():
    path = fresh()
    for value in ([], 7, None, {"serial": "9"}, {"serial": 5, "left": "x", "trial": "b"}):
        files.write_sealed(path + "/record.1", value)
        equal(open_slots(path).choose() in ("a", "b"), True)


class Started:
    """Starts a launcher on slots with given programs; tells what ran and how it ended."""

    def __init__(self, a, b=None):
        self.path = fresh()
        for slot, text in (("a", a), ("b", b)):
            if text is not None:
                folders.make_directory(self.path + "/" + slot)
                files.write(self.path + "/" + slot + "/main.py", text.encode())

    def start(self):
        RAN.clear()
        paths, known = list(sys.path), list(sys.modules)
        code = None
        try:
            boot.run(self.path + "/")
        except SystemExit as error:
            code = error.args[0] if error.args else None
        finally:
            sys.path[:] = paths
            for name in [name for name in sys.modules if name not in known]:
                del sys.modules[name]
        return list(RAN), code

    def on_trial(self):
        book = open_slots(self.path)
        book.begin()
        book.try_out(2, False)
        return self

    def record(self):
        return open_slots(self.path).record


def program(what, then="raise SystemExit(0)"):
    return PROGRAM.format(what=what, then=then)


def test_the_launcher_starts_slot_a():
    equal(Started(program("old")).start(), (["old"], 0))


def test_the_launcher_starts_a_trial_and_counts():
    started = Started(program("old"), program("new")).on_trial()
    equal(started.start(), (["new"], 0))
    equal(started.start(), (["new"], 0))
    equal(started.start(), (["new"], 0))
    equal(started.start(), (["old"], 0))


def test_a_trial_that_does_not_load_is_over_at_once():
    for text in ("import nowhere", "def main(", "raise MemoryError()", "x = 1 // 0"):
        started = Started(program("old"), text).on_trial()
        equal(started.start(), (["old"], 0))
        equal(started.record()["trial"], None)
        equal(started.record()["tried"], 2)
        equal(started.start(), (["old"], 0))


def test_a_trial_that_fails_is_over_at_once():
    started = Started(program("old"), program("new", "raise ValueError('pin')")).on_trial()
    equal(started.start(), (["new"], 1))
    equal(started.record()["why"], "ValueError: pin")
    equal(started.start(), (["old"], 0))


def test_nothing_of_a_trial_stays_loaded():
    started = Started(
        "import part\n" + program("old", "node_slots.RAN.append(part.NAME)"), "import part\nboom"
    ).on_trial()
    for slot, name in (("a", "old part"), ("b", "new part")):
        files.write(f"{started.path}/{slot}/part.py", f"NAME = {name!r}\n".encode())
    equal(started.start(), (["old", "old part"], 1))


def test_a_healthy_program_that_fails_starts_again():
    started = Started(program("old", "raise ValueError('x')"), program("new"))
    equal(started.start(), (["old"], 1))
    equal(started.start(), (["old"], 1))


def test_a_healthy_slot_that_no_longer_loads_has_a_spare():
    started = Started("damaged", program("older"))
    equal(started.start(), (["older"], 0))
    files.write(started.path + "/a/main.py", program("old").encode())
    equal(started.start(), (["old"], 0))


def test_an_update_never_goes_into_the_slot_that_runs():
    path = fresh()
    open_slots(path).confirm(5)
    book = slots.opened(path + "/b")  # slot a no longer loads
    equal((book.running, book.on_trial, book.begin()), ("b", False, "a"))
    equal((open_slots(path).record["slot"], open_slots(path).choose()), ("b", "b"))
    equal(slots.opened("/somewhere/firmware"), None)


def test_a_dirty_slot_is_no_spare():
    started = Started("damaged", program("half"))
    open_slots(started.path).begin()
    equal(started.start(), ([], 1))


def test_a_program_that_returns_starts_again():
    equal(Started(program("old", "pass")).start(), (["old"], 1))


def test_hold_keeps_the_prompt_once():
    started = Started(program("old"))
    files.write(started.path + "/hold", b"")
    equal(started.start(), ([], None))
    equal(started.start(), (["old"], 0))


def test_the_record_is_json_under_a_checksum():
    path = fresh()
    open_slots(path).confirm(5)
    equal(json.loads(files.read(path + "/record.1")[8:])["highest"], 5)
