import files
import record
from support import VALUES, copy, edge, equal, everything, fresh, open_ring, sample


def written():
    """A store of samples and edges, and its two files with their kinds."""
    path = fresh()
    store = open_ring(path)
    for number in range(12):
        store.append(edge() if number in (4, 5, 9) else sample(number))
    kinds = {"s": record.SAMPLE, "a": record.ALARM}
    return path, [(n, kinds[n[0]]) for n in files.names(path) if n.endswith(".seg")]


def last_seq(path, kind):
    told = everything(open_ring(path))
    return [seq for seq, what in told if (what == "alarm") == (kind == record.ALARM)][-1]


def test_a_cut_at_any_byte_of_the_last_record_loses_that_record_only():
    path, names = written()
    whole = everything(open_ring(path))
    for name, kind in names:
        data = files.read(path + "/" + name)
        slot = record.slot_size(kind, len(VALUES))
        last = last_seq(path, kind)
        for cut in range(len(data) - slot + 1, len(data)):
            scene = fresh()
            copy(path, scene)
            files.write(scene + "/" + name, data[:cut])
            store = open_ring(scene, boot=2)
            expected = [(seq, "lost" if seq == last else what) for seq, what in whole]
            seq = store.append(sample())
            assert seq > 12, (name, cut, seq)
            told = everything(store)
            equal(told[:12], expected)
            equal(told[-1], (seq, "sample"))
            equal(everything(open_ring(scene, boot=3)), told)
            for leftover in files.names(scene):
                files.remove(scene + "/" + leftover)


def test_a_flipped_byte_anywhere_loses_its_record_and_tells_it():
    path, names = written()
    whole = everything(open_ring(path))
    for name, kind in names:
        data = files.read(path + "/" + name)
        slot = record.slot_size(kind, len(VALUES))
        seqs = [seq for seq, what in whole if (what == "alarm") == (kind == record.ALARM)]
        scene = fresh()
        copy(path, scene)
        for index in range(0, len(data), 7):
            flipped = data[:index] + bytes([data[index] ^ 0x10]) + data[index + 1 :]
            files.write(scene + "/" + name, flipped)
            store = open_ring(scene, boot=2)
            hit = seqs[index // slot]
            told = everything(store)
            equal(told[:12], [(seq, "lost" if seq == hit else what) for seq, what in whole])
            assert store.newest >= 12


def test_a_lost_record_does_not_hold_the_ack_back():
    path, names = written()
    name = names[-1][0]
    data = files.read(path + "/" + name)
    files.write(path + "/" + name, data[:40] + b"\x00\x01\x02" + data[43:])
    store = open_ring(path, boot=2)
    store.free(store.newest)
    equal((store.held(), everything(store)), (0, []))


def test_an_erased_tail_burns_no_seq_twice():
    path, names = written()
    for name, kind in names:
        slot = record.slot_size(kind, len(VALUES))
        scene = fresh()
        copy(path, scene)
        data = files.read(scene + "/" + name)
        files.write(scene + "/" + name, data[: -2 * slot] + b"\xff" * (2 * slot))
        assert open_ring(scene, boot=2).append(sample()) > 12


def test_a_power_cut_while_a_file_was_made_is_no_harm():
    path = fresh()
    store = open_ring(path, limit_bytes=4096)
    while not store.samples.must_roll() or store.newest == 0:
        store.append(sample())
    name = f"/s{store.newest + 1:08x}-{store.samples.schema}.seg"
    files.write(path + name, b"")
    again = open_ring(path, limit_bytes=4096)
    again.free(again.newest)
    equal(again.append(sample()), store.newest + 1)
    equal(open_ring(path, limit_bytes=4096).append(sample()), store.newest + 2)


def test_a_write_that_flash_refuses_spends_its_seq_and_is_told_as_lost():
    path = fresh()
    store = open_ring(path)
    store.append(sample())
    good = store.samples.prefix
    store.samples.list[-1].path = path + "/no/such/place-xxxxxxxx.seg"
    store.samples.prefix = path + "/no/s"
    try:
        store.append(sample())
    except OSError:
        pass
    else:
        raise AssertionError("the write went somewhere")
    store.samples.prefix = good
    equal(store.append(sample()), 3)
    equal(everything(open_ring(path)), [(1, "sample"), (2, "lost"), (3, "sample")])
