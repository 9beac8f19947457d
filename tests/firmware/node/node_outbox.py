import json

import outbox
from support import edge, equal, fresh, golden, open_ring, sample


def at_hand(samples=0, window=256):
    ring = open_ring(fresh())
    for number in range(samples):
        ring.append(sample(number))
    return ring, outbox.Outbox(ring, "gw1", 60000, window)


def sent(out):
    """Seqs in the order they leave."""
    seqs = []
    while True:
        message = out.next()
        if message is None:
            return seqs
        seqs.append(message[1]["seq"])


def ack(ring, seq, gateway="gw1", stream=None):
    return json.dumps({"gateway": gateway, "stream": stream or ring.stream, "seq": seq}).encode()


def test_everything_goes_out_once_and_in_order():
    ring, out = at_hand(10)
    equal(sent(out), list(range(1, 11)))
    equal(sent(out), [])
    ring.append(sample())
    equal(sent(out), [11])


def test_after_a_connect_everything_above_the_ack_goes_out_again():
    ring, out = at_hand(10)
    sent(out)
    assert out.take_ack(ack(ring, 4))
    out.restart()
    equal(sent(out), [5, 6, 7, 8, 9, 10])


def test_after_an_outage_alarm_edges_go_first():
    ring, out = at_hand(3)
    ring.append(edge())
    ring.append(sample())
    ring.append(edge("cleared"))
    equal(sent(out), [4, 6, 1, 2, 3, 5])


def test_an_edge_overtakes_the_history():
    ring, out = at_hand(5)
    equal(out.next()[1]["seq"], 1)
    ring.append(edge())
    equal(sent(out), [6, 2, 3, 4, 5])


def test_only_the_own_gateway_frees_the_ring():
    ring, out = at_hand(5)
    for payload in (
        ack(ring, 3, gateway="gw2"),
        ack(ring, 3, stream="00000000"),
        ack(ring, 6),
        ack(ring, True),
        ack(ring, "3"),
        b"",
        b"[]",
        b"7",
        b'{"gateway":"gw1"}',
        b"\xff\xfe",
    ):
        assert not out.take_ack(payload), payload
    equal((ring.acked, ring.held(), out.ignored_acks), (0, 5, 10))


def test_the_golden_ack_is_obeyed():
    ring, out = at_hand(500)
    ring.stream = "9f3a12c4"
    assert out.take_ack(json.dumps(golden("ack")[1]).encode())
    equal((ring.acked, out.ignored_acks), (412, 0))


def test_an_old_ack_again_is_neither_obeyed_nor_strange():
    ring, out = at_hand(5)
    assert out.take_ack(ack(ring, 4))
    assert not out.take_ack(ack(ring, 4))
    assert not out.take_ack(ack(ring, 2))
    equal((ring.acked, out.ignored_acks), (4, 0))


def test_an_ack_ahead_of_the_sending_is_not_sent_again():
    ring, out = at_hand(5)
    assert out.take_ack(ack(ring, 3))
    equal(sent(out), [4, 5])


def test_a_standing_ack_brings_everything_again_and_a_moving_one_does_not():
    ring, out = at_hand(5)
    sent(out)
    assert not out.tick(0)
    assert not out.tick(59999)
    assert out.tick(60000)
    equal(sent(out), [1, 2, 3, 4, 5])
    assert not out.tick(60001)
    assert out.take_ack(ack(ring, 2))
    assert not out.tick(110000)
    assert not out.tick(169999)
    assert out.tick(170000)
    equal((sent(out), out.resends), ([3, 4, 5], 2))


def test_a_board_whose_ring_was_empty_does_not_send_twice():
    ring, out = at_hand(1)
    sent(out)
    out.take_ack(ack(ring, 1))
    assert not out.tick(0)
    assert not out.tick(100000)
    ring.append(sample())
    assert not out.tick(120000)
    equal(sent(out), [2])


def test_a_window_bounds_what_waits_in_the_broker_but_never_an_edge():
    ring, out = at_hand(10, window=4)
    equal(sent(out), [1, 2, 3, 4])
    ring.append(edge())
    equal(sent(out), [11])
    out.take_ack(ack(ring, 2))
    equal(sent(out), [5, 6])


def test_messages_say_the_oldest_seq_still_held():
    ring, out = at_hand(5)
    out.take_ack(ack(ring, 2))
    equal(out.next()[1]["oldest"], 3)


def test_lost_records_are_told_in_their_place():
    ring, out = at_hand(2)
    ring.newest += 1
    ring.append(sample())
    messages = [out.next() for _ in range(4)]
    equal(messages[2], ("samples", {"stream": ring.stream, "seq": 3, "lost": "crc"}))
    equal(messages[3][1]["seq"], 4)
