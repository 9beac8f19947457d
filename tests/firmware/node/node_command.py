import binascii
import json

import command
import counter
import files
import folders
import scratch
from scratch import equal, fresh

KEY = bytes(range(32))
BOOT = 17
UP_MS = 1000


def signed(n, op="silence", args=(5,), exp_up_ms=60000, boot=BOOT, key=KEY, board="b0150"):
    args = list(args)
    text = command.canonical("example", board, n, op, args, boot, exp_up_ms)
    mac = binascii.hexlify(command.hmac_sha256(key, text)).decode()
    return {"n": n, "op": op, "args": args, "exp_up_ms": exp_up_ms, "mac": mac}


def commands(path):
    return command.Commands(KEY, counter.Counter(path + "/command"), "example", "b0150")


def take(known, message, boot=BOOT, up_ms=UP_MS):
    """The command obeyed, or why it is refused."""
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    try:
        return known.take(payload, boot, up_ms)
    except command.RefusedError as error:
        return error.why


def test_golden_commands():
    cases = [name for name in folders.names(scratch.GOLDEN) if name.startswith("cmd_")]
    if len(cases) < 13:
        raise AssertionError(f"{cases}")
    for name in cases:
        case = json.loads(files.read(f"{scratch.GOLDEN}/{name}"))
        at = case["board"]
        path = fresh()
        kept = counter.Counter(path + "/command")
        kept.rise(at["last_n"])
        known = command.Commands(bytes.fromhex(at["key"]), kept, at["site"], at["board"])
        got = take(known, case["payload"], at["boot"], at["up_ms"])
        wanted = case["take"]
        if "why" not in wanted:
            wanted = (wanted["n"], wanted["op"], wanted["args"])
            equal(counter.Counter(path + "/command").value, wanted[0])
        else:
            wanted = wanted["why"]
            equal(counter.Counter(path + "/command").value, at["last_n"])
        equal((name, got), (name, wanted))


def test_hmac_of_rfc_4231():
    known = (
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"),
        (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a7"),
    )
    for key, text, start in known:
        equal(command.hmac_sha256(key, text)[:16], bytes.fromhex(start))


def test_bytes_are_compared_whole():
    equal(command.same(b"abc", b"abc"), True)
    for other in (b"abd", b"xbc", b"ab", b"abcd", b""):
        equal(command.same(b"abc", other), False)


def test_a_command_counts_once_also_after_a_restart():
    path = fresh()
    known = commands(path)
    equal(take(known, signed(3)), (3, "silence", [5]))
    equal(take(known, signed(3)), "replayed")
    equal(take(commands(path), signed(3)), "replayed")
    equal(take(commands(path), signed(2)), "replayed")
    equal(take(commands(path), signed(4)), (4, "silence", [5]))


def test_the_number_is_on_flash_before_the_command_runs():
    path = fresh()
    take(commands(path), signed(3))
    equal(counter.Counter(path + "/command").value, 3)


def test_a_torn_copy_does_not_bring_a_number_back():
    path = fresh()
    for n in range(1, 5):
        take(commands(path), signed(n))
        for copy in (".0", ".1"):
            data = files.read(path + "/command" + copy)
            if data is None:
                continue
            for end in range(len(data)):
                files.write(path + "/command" + copy, data[:end])
                left = counter.Counter(path + "/command").value
                if left < n - 1:
                    raise AssertionError(f"{left} is left of {n}")
            files.write(path + "/command" + copy, data)


def test_without_flash_nothing_is_obeyed():
    equal(take(commands(fresh() + "/missing"), signed(1)), "store")


def test_what_was_changed_on_the_way_is_refused():
    known = commands(fresh())
    good = signed(5)
    for key, value in (
        ("n", 6),
        ("op", "test"),
        ("args", [6]),
        ("args", []),
        ("exp_up_ms", 60001),
        ("mac", good["mac"][:-1] + ("0" if good["mac"][-1] != "0" else "1")),
        ("mac", ""),
        ("mac", good["mac"][:-1]),
        ("mac", good["mac"] + "0"),
    ):
        equal(take(known, dict(good, **{key: value})), "mac")
    equal(take(known, good), (5, "silence", [5]))


def test_no_command_at_all():
    known = commands(fresh())
    good = signed(1)
    for payload in (
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"\xff\xfe",
        b"[" * 1000,
        b" " * 2000,
        json.dumps(dict(good, n="1")).encode(),
        json.dumps(dict(good, n=True)).encode(),
        json.dumps(dict(good, n=-1)).encode(),
        json.dumps(dict(good, n=1 << 60)).encode(),
        json.dumps(dict(good, op=1)).encode(),
        json.dumps(dict(good, op="stille\u00e4")).encode(),
        json.dumps(dict(good, args="5")).encode(),
        json.dumps(dict(good, args=[5.5])).encode(),
        json.dumps(dict(good, args=[[5]])).encode(),
        json.dumps(dict(good, args=["\u706b"])).encode(),
        json.dumps(dict(good, exp_up_ms=None)).encode(),
        json.dumps(dict(good, mac=None)).encode(),
        json.dumps({key: good[key] for key in good if key != "mac"}).encode(),
    ):
        equal((payload, take(known, payload)), (payload, "form"))


def test_the_first_boot_has_none_before_it():
    equal(take(commands(fresh()), signed(1, boot=0), boot=0), (1, "silence", [5]))
    equal(take(commands(fresh()), signed(1, boot=1), boot=0), "mac")
