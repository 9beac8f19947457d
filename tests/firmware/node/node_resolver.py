import asyncio
import struct

import datagram
import resolver
from support import equal, fresh

NAME = "broker.site"


def reply(asked, addresses=((10, 0, 0, 7),), ttl_s=300, flags=0x8180, alias=False):
    """What a name server would say."""
    answers = b""
    if alias:
        answers += b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, 4) + b"\x01x\xc0\x13"
    for address in addresses:
        answers += b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, ttl_s, 4) + bytes(address)
    count = len(addresses) + alias
    return asked[:2] + struct.pack(">5H", flags, 1, count, 0, 0) + asked[12:] + answers


class Network:
    """Name servers that answer as told; the program's waits move its time."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []
        self.now_ms = 0
        self.open = 0

    def ms(self):
        return self.now_ms

    def open_datagrams(self, address, port):
        self.asked.append((address, port))
        self.open += 1
        return Wire(self, self.answers.get("s" + address.split(".")[-1]))


class Wire:
    def __init__(self, network, answer):
        self.network = network
        self.answer = answer
        self.query = b""

    def send(self, data):
        if self.answer == "unreachable":
            raise OSError(101)
        self.query = data

    def recv(self, _size):
        self.network.now_ms += 50
        return None if self.answer is None else self.answer(self.query)

    def close(self):
        self.network.open -= 1


def ask(network, names, servers=("10.0.0.1", "10.0.0.2"), path=None):
    """Resolve names one after another: addresses, kept ones in brackets, None for no address."""
    directory = path or fresh()

    async def all_of():
        found = []
        for name in names:
            try:
                address, answered = await resolver.address(
                    name, list(servers), directory, network.ms
                )
                found.append(address if answered else [address])
            except resolver.NoAddressError:
                found.append(None)
        return found

    original, pause = datagram.open_datagrams, resolver._POLL_S
    datagram.open_datagrams, resolver._POLL_S = network.open_datagrams, 0
    try:
        return asyncio.run(all_of())
    finally:
        datagram.open_datagrams, resolver._POLL_S = original, pause
        equal(network.open, 0)


def test_a_query_as_the_standard_writes_it():
    wanted = b"\x01\x02\x01\x00\x00\x01" + b"\x00" * 6 + b"\x06broker\x04site\x00\x00\x01\x00\x01"
    equal(resolver.query(NAME, 258), wanted)
    for name in ("", "a..b", "x" * 64):
        try:
            resolver.query(name, 1)
        except ValueError:
            continue
        raise AssertionError(name)


def test_an_answer_gives_addresses():
    asked = resolver.query(NAME, 7)
    equal(resolver.read(reply(asked), asked), ["10.0.0.7"])
    two = reply(asked, ((10, 0, 0, 7), (10, 0, 0, 8)), alias=True)
    equal(resolver.read(two, asked), ["10.0.0.7", "10.0.0.8"])


def test_what_is_no_answer_is_refused():
    asked = resolver.query(NAME, 7)
    for answer in (
        b"",
        asked,
        reply(resolver.query(NAME, 8)),
        reply(resolver.query("other.site", 7)),
        reply(asked, flags=0x8183),
        reply(asked, ()),
        reply(asked)[:-8],
        asked[:2] + b"\x81\x80\x00\x01\xff\xff\x00\x00\x00\x00" + asked[12:] + b"\x3f" * 200,
    ):
        try:
            resolver.read(answer, asked)
        except ValueError:
            continue
        raise AssertionError(answer)


def test_numbers_need_no_server():
    network = Network()
    equal(ask(network, ["10.1.2.3", "localhost"]), ["10.1.2.3", "127.0.0.1"])
    equal(network.asked, [])


def test_a_name_is_asked_for_anew_each_time():
    network = Network(s1=reply)
    equal(ask(network, [NAME, NAME]), ["10.0.0.7"] * 2)
    equal(len(network.asked), 2)


def test_a_silent_server_is_given_up_in_time_and_the_next_one_asked():
    network = Network(s2=reply)
    equal(ask(network, [NAME]), ["10.0.0.7"])
    equal(network.asked, [("10.0.0.1", 53), ("10.0.0.2", 53)])
    assert network.now_ms < 1700, network.now_ms


def test_without_any_answer_the_last_good_address_comes_from_flash():
    path = fresh()
    equal(ask(Network(s1=reply), [NAME], path=path), ["10.0.0.7"])
    network = Network(s1="unreachable")
    equal(ask(network, [NAME, "other.site"], path=path), [["10.0.0.7"], None])
    equal(len(network.asked), 8)
    assert network.now_ms < 7000, network.now_ms


def test_each_of_several_addresses_has_its_turn():
    network = Network(s1=lambda asked: reply(asked, ((10, 0, 0, 7), (10, 0, 0, 8))))
    equal(sorted(set(ask(network, [NAME] * 64))), ["10.0.0.7", "10.0.0.8"])


def test_a_foreign_answer_does_not_count():
    network = Network(s1=lambda asked: reply(b"\xff\xff" + asked[2:]), s2=reply)
    equal(ask(network, [NAME]), ["10.0.0.7"])


def test_servers_with_ports_and_servers_that_are_no_numbers():
    network = Network(s1=reply)
    equal(ask(network, [NAME], ["ns.site", "10.0.0.1:5353"]), ["10.0.0.7"])
    equal(network.asked, [("10.0.0.1", 5353)])
