import greet
import hail
import packets
from support import equal

OPTIONS = {
    "client_id": "b1",
    "keepalive_s": 30,
    "will_topic": "t",
    "will_payload": b"{}",
    "username": "u",
    "password": "p",
}


def refused(call, *args):
    try:
        call(*args)
    except packets.RefusedError:
        return True
    return False


def test_connect_asks_for_a_persistent_session_and_a_retained_will():
    packet = greet.connect(OPTIONS)
    equal(packet[:12], b"\x10\x1b\x00\x04MQTT\x04\xec\x00\x1e")
    equal(packet[12:], b"\x00\x02b1\x00\x01t\x00\x02{}\x00\x01u\x00\x01p")


def test_connect_without_a_user():
    packet = greet.connect(dict(OPTIONS, username="", password=""))
    equal(packet[9], 0x2C)
    assert packet.endswith(b"{}")


def test_publish_and_its_way_back():
    packet = packets.publish(b"a/b", 200, 513, True) + b"x" * 200
    equal(packet[:10], b"\x33\xcf\x01\x00\x03a/b\x02\x01")
    equal(packets.parse_publish(0x33, packet[3:]), ("a/b", b"x" * 200, 513))
    equal(packets.publish(b"t", 1, 1), b"\x32\x06\x00\x01t\x00\x01")
    equal(packets.parse_publish(0x30, b"\x00\x01tpayload"), ("t", b"payload", 0))


def test_a_message_shorter_than_it_says_is_refused():
    for body in (b"", b"\x00", b"\x00\x05ab", b"\x00\x01t\x00", b"\x00\x01\xff\x00\x01"):
        assert refused(packets.parse_publish, 0x32, body), body


def test_subscribe_and_puback():
    equal(greet.subscribe("t", 7), b"\x82\x06\x00\x07\x00\x01t\x01")
    equal(packets.puback(258), b"\x40\x02\x01\x02")


def test_connack():
    assert hail.check_connack(0x20, b"\x01\x00")
    assert not hail.check_connack(0x20, b"\x00\x00")
    for kind, body in ((0x20, b"\x00\x05"), (0x20, b"\x00\x99"), (0x30, b"\x00\x00"), (0x20, b"")):
        assert refused(hail.check_connack, kind, body)


def test_a_message_that_does_not_fit_is_not_sent():
    try:
        packets.publish(b"t", packets.BUFFER_BYTES - 8, 1)
    except ValueError:
        return
    raise AssertionError("sent")


def decoded(decoder, data, step):
    """All packets of some bytes that arrive in portions."""
    found = []
    while True:
        packet = decoder.next()
        if packet is not None:
            found.append((packet[0], bytes(packet[1])))
        elif data:
            space = decoder.space()
            count = min(step, len(data), len(space))
            space[:count] = data[:count]
            decoder.arrived(count)
            data = data[count:]
        else:
            return found


STREAM = b"\x20\x02\x01\x00" + b"\x30\x85\x01\x00\x01t" + b"p" * 130 + b"\xd0\x00\x40\x02\x00\x07"
PACKETS = [
    (0x20, b"\x01\x00"),
    (0x30, b"\x00\x01t" + b"p" * 130),
    (0xD0, b""),
    (0x40, b"\x00\x07"),
]


def test_packets_are_found_in_any_portions():
    for step in (1, 2, 3, 7, 50, 1000):
        equal(decoded(packets.Decoder(200), STREAM, step), PACKETS)


def test_a_packet_that_does_not_fit_is_skipped_and_its_message_confirmed():
    long = b"\x32\x80\x08\x00\x01t\x01\x02" + b"x" * 1019
    for step in (1, 3, 64, 1000):
        decoder = packets.Decoder(150)
        equal(decoded(decoder, long + STREAM, step), PACKETS)
        equal((decoder.too_long, decoder.skipped), (1, [258]))


def test_a_topic_longer_than_the_buffer_is_skipped():
    long = b"\x32\x80\x08\x04\x00" + b"t" * 1022
    decoder = packets.Decoder(150)
    equal(decoded(decoder, long + STREAM, 40), PACKETS)
    equal((decoder.too_long, decoder.skipped), (1, []))


def test_a_packet_of_just_the_buffer_fits():
    body = b"\x00\x01t" + b"x" * 125
    decoder = packets.Decoder(131)
    equal(decoded(decoder, b"\x30\x80\x01" + body, 5), [(0x30, body)])
    equal(decoder.too_long, 0)


def test_a_length_that_is_none_is_refused():
    assert refused(decoded, packets.Decoder(), b"\x30\xff\xff\xff\xff\x01", 1)


def test_a_new_connection_begins_with_an_empty_buffer():
    decoder = packets.Decoder()
    equal(decoded(decoder, STREAM[:9], 3), PACKETS[:1])
    decoder.clear()
    equal(decoded(decoder, STREAM, 3), PACKETS)
