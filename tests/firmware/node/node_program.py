import telling
import wire
from support import equal


def test_what_parts_know_is_added_in_their_order():
    tellers = [lambda: {"a": 1, "b": [2]}, lambda: {"c": None}]
    equal(telling.extend({"online": True}, tellers), {"online": True, "a": 1, "b": [2], "c": None})


def test_a_message_never_grows_too_long_and_says_what_it_leaves_out():
    tellers = [lambda: {"first": "x" * 300}]
    tellers.append(lambda: {f"key{number}": "y" * 40 for number in range(30)})
    message = telling.extend({"online": True, "base": "z" * 400}, tellers)
    assert len(wire.encode(message)) <= wire.MAX_BYTES
    equal(message["first"], "x" * 300)
    kept = [key for key in message if key[:3] == "key"]
    equal(message["left_out"], 30 - len(kept))
    assert kept
