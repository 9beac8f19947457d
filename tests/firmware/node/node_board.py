import json

import board
import files
import folders
import outputs
from support import VALUES, equal, fresh

SETTINGS = {"clock": "none", "guard": "loop"}


def at_hand_again(path, clock="none"):
    named = {"feed": path + "/feed.json", "out": path + "/out.json", "ring": path + "/ring"}
    return board.open_board(dict(SETTINGS, clock=clock, **named))


def at_hand(clock="none"):
    path = fresh()
    return path, at_hand_again(path, clock)


def feed(path, text):
    files.write(path + "/feed.json", text if isinstance(text, bytes) else json.dumps(text).encode())


def test_a_reading_is_given_once():
    path, face = at_hand()
    feed(path, {"n": 1, "v": {"temp_1_degc": 20.5, "temp_2_degc": 21, "co_ppm": 3}})
    equal(face.read(VALUES), ({"temp_1_degc": 20.5, "temp_2_degc": 21, "co_ppm": 3}, {}))
    equal(face.read(VALUES), None)
    feed(path, {"n": 2, "v": {"temp_1_degc": 20.5}, "bad": {"co_ppm": "low_o2"}})
    equal(
        face.read(VALUES),
        ({"temp_1_degc": 20.5}, {"temp_2_degc": "comm_fail", "co_ppm": "low_o2"}),
    )


def test_a_feed_that_cannot_be_read_gives_nothing():
    path, face = at_hand()
    equal(face.read(VALUES), None)
    for text in (b"", b'{"n": 3, "v"', b"[]", b"7", b'{"v": {}}', b'{"n": 1, "v": 3}'):
        feed(path, text)
        equal(face.read(VALUES), None)


def test_what_is_no_number_and_no_known_reason_is_comm_fail():
    path, face = at_hand()
    feed(
        path,
        {"n": 1, "v": {"temp_1_degc": None, "temp_2_degc": "41"}, "bad": {"co_ppm": "gremlins"}},
    )
    equal(face.read(VALUES), ({}, dict.fromkeys(VALUES, "comm_fail")))


def test_the_outputs_are_written_whole_and_counted():
    path, face = at_hand()
    panel = outputs.Outputs(face, fail_safe=False)
    assert face.show(panel)
    levels = {"horn": 0, "condition": None, "relay": 0, "led": 0, "silenced": False, "test": 0}
    equal(json.loads(files.read(path + "/out.json")), dict(levels, n=1))
    panel.horn, panel.condition = 1, "co_high"
    assert face.show(panel)
    equal(
        json.loads(files.read(path + "/out.json")), dict(levels, horn=1, condition="co_high", n=2)
    )


def test_outputs_that_cannot_be_written_say_so():
    settings = dict(SETTINGS, feed="x", out="/nowhere/at/all/out.json", ring=fresh())
    face = board.open_board(settings)
    assert not face.show(outputs.Outputs(face))


def test_the_button_is_a_file():
    path, face = at_hand()
    assert not face.input_pressed()
    files.write(path + "/out.json.press", b"")
    assert face.input_pressed()


def test_a_note_outlives_the_board_and_is_taken_once():
    path, face = at_hand()
    folders.make_directory(path + "/ring")
    equal(face.noted(), 0)
    face.note(0x7363)
    face = at_hand_again(path)
    equal(face.noted(), 0x7363)
    equal(at_hand_again(path).noted(), 0)


def test_a_board_without_a_clock_knows_no_time():
    assert at_hand()[1].utc_us() is None
    assert at_hand("host")[1].utc_us() > 1700000000000000


def test_ticks_wrap_where_boards_wrap():
    assert 0 <= at_hand()[1].ticks_ms() < 1 << 30


def test_files_that_are_not_named_are_refused():
    try:
        board.open_board(dict(SETTINGS, feed="", out="", ring=""))
    except ValueError:
        return
    raise AssertionError("a board without a feed")
