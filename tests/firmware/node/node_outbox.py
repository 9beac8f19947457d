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


def test_new_samples_go_out_once_and_in_order():
    ring, out = at_hand()
    for number in range(10):
        ring.append(sample(number))
    equal(sent(out), list(range(1, 11)))
    equal(sent(out), [])
    ring.append(sample())
    equal(sent(out), [11])


def test_after_a_connect_everything_above_the_ack_goes_out_again():
    ring, out = at_hand(10)
    sent(out)
    assert out.take_ack(ack(ring, 4))
    out.restart()
    equal(sent(out), [10, 5, 6, 7, 8, 9])


def test_after_an_outage_edges_go_first_then_what_is_live_then_history_and_it_says_so():
    ring, out = at_hand(3)
    ring.append(edge())
    ring.append(sample())
    ring.append(edge("cleared"))
    ring.append(sample())
    out.restart()
    ring.append(sample())
    messages = [out.next() for _ in range(8)]
    equal([m[1]["seq"] for m in messages], [4, 6, 7, 8, 1, 2, 3, 5])
    equal([m[1].get("hist") for m in messages], [None, None, 1, None, 1, 1, 1, 1])
    equal(out.next(), None)


def test_an_edge_and_a_new_sample_overtake_the_history():
    ring, out = at_hand(5)
    equal((out.next()[1]["seq"], out.next()[1]["seq"]), (5, 1))
    ring.append(edge())
    ring.append(sample())
    assert out.urgent()
    equal(sent(out), [6, 7, 2, 3, 4])
    assert not out.urgent()


def test_edges_keep_their_order():
    ring, out = at_hand()
    for number in range(6):
        ring.append(edge("cleared" if number % 2 else "raised", number))
        ring.append(sample(number))
    out.restart()
    equal(sent(out)[:7], [1, 3, 5, 7, 9, 11, 12])


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
    equal(sent(out), [5, 4])


def test_a_standing_ack_brings_everything_again_and_ever_more_rarely():
    ring, out = at_hand(5)
    sent(out)
    assert not out.tick(0)
    assert not out.tick(59999)
    assert out.tick(60000)
    equal(sent(out), [1, 2, 3, 4, 5])
    assert not out.tick(179999)
    assert out.tick(180000)
    equal(sent(out), [1, 2, 3, 4, 5])
    assert out.take_ack(ack(ring, 2))
    assert not out.tick(190000)
    assert not out.tick(249999)
    assert out.tick(250000)
    equal((sent(out), out.resends), ([3, 4, 5], 3))


def test_only_the_newest_sample_is_live_and_nothing_that_is_sent_again():
    ring, out = at_hand(3)
    ring.append(sample())
    messages = [out.next()[1] for _ in range(4)]
    equal([(m["seq"], m.get("hist")) for m in messages], [(3, 1), (4, None), (1, 1), (2, 1)])
    out.tick(0)
    out.tick(60000)
    messages = [out.next()[1] for _ in range(4)]
    equal([(m["seq"], m.get("hist")) for m in messages], [(1, 1), (2, 1), (3, 1), (4, 1)])


def test_a_board_whose_ring_was_empty_does_not_send_twice():
    ring, out = at_hand(1)
    sent(out)
    out.take_ack(ack(ring, 1))
    assert not out.tick(0)
    assert not out.tick(100000)
    ring.append(sample())
    assert not out.tick(120000)
    equal(sent(out), [2])


def test_a_window_bounds_each_walk_but_never_an_edge():
    ring, out = at_hand(10, window=4)
    equal(sent(out), [10, 1, 2, 3, 4])
    for _ in range(6):
        ring.append(sample())
    equal(sent(out), [11, 12, 13])
    ring.append(edge())
    equal(sent(out), [17])
    out.take_ack(ack(ring, 2))
    equal(sent(out), [5, 6])
    out.take_ack(ack(ring, 13))
    equal(sent(out), [14, 15, 16])
    out.take_ack(ack(ring, 17))
    equal((sent(out), ring.held()), ([], 0))


def test_after_an_overflow_a_record_says_at_once_where_it_goes_on():
    ring, out = at_hand(20)
    sent(out)
    ring.oldest = lambda: 8
    assert out.take_ack(ack(ring, 3))
    message = out.next()[1]
    equal((message["seq"], message["oldest"]), (8, 8))
    equal(out.next(), None)


def test_messages_say_the_oldest_seq_still_held():
    ring, out = at_hand(5)
    out.take_ack(ack(ring, 2))
    equal(out.next()[1]["oldest"], 3)


def test_lost_records_are_told_in_their_place():
    ring, out = at_hand(2)
    ring.newest += 1
    ring.append(sample())
    out.restart()
    messages = [out.next() for _ in range(4)]
    equal([m[1]["seq"] for m in messages], [4, 1, 2, 3])
    equal(messages[3], ("samples", {"stream": ring.stream, "seq": 3, "lost": "crc"}))
