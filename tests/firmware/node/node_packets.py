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
    packet = packets.connect(OPTIONS)
    equal(packet[:12], b"\x10\x1b\x00\x04MQTT\x04\xec\x00\x1e")
    equal(packet[12:], b"\x00\x02b1\x00\x01t\x00\x02{}\x00\x01u\x00\x01p")


def test_connect_without_a_user():
    packet = packets.connect(dict(OPTIONS, username="", password=""))
    equal(packet[9], 0x2C)
    assert packet.endswith(b"{}")


def test_publish_and_its_way_back():
    packet = packets.publish("a/b", b"x" * 200, 513, True)
    equal(packet[:10], b"\x33\xcf\x01\x00\x03a/b\x02\x01")
    equal(packets.parse_publish(0x33, packet[3:]), ("a/b", b"x" * 200, 513))
    equal(packets.parse_publish(0x30, b"\x00\x01tpayload"), ("t", b"payload", 0))


def test_a_message_shorter_than_it_says_is_refused():
    for body in (b"", b"\x00", b"\x00\x05ab", b"\x00\x01t\x00"):
        assert refused(packets.parse_publish, 0x32, body), body


def test_subscribe_and_puback():
    equal(packets.subscribe("t", 7), b"\x82\x06\x00\x07\x00\x01t\x01")
    equal(packets.puback(258), b"\x40\x02\x01\x02")


def test_connack():
    assert packets.check_connack(0x20, b"\x01\x00")
    assert not packets.check_connack(0x20, b"\x00\x00")
    for kind, body in ((0x20, b"\x00\x05"), (0x20, b"\x00\x99"), (0x30, b"\x00\x00"), (0x20, b"")):
        assert refused(packets.check_connack, kind, body)
