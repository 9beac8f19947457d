import sys

import files
import folders
import ring
from support import blocks_of, dropped, edge, equal, everything, fresh, open_ring, sample


def test_what_erases_a_block_is_gone_before_one_is_opened():
    store = open_ring(fresh())
    for name in ring.LENT:
        sys.modules.pop(name, None)
    store.journal.ready = None
    changes = store.journal.changes
    while store.journal.changes == changes:
        store.append(sample())
    assert "opens" in sys.modules
    equal([name for name in ("rolling", "header") if name in sys.modules], [])


def test_seqs_rise_by_one_and_samples_and_edges_share_them():
    store = open_ring(fresh())
    equal([store.append(item) for item in (sample(), edge(), sample(), sample())], [1, 2, 3, 4])
    equal(everything(store), [(1, "sample"), (2, "alarm"), (3, "sample"), (4, "sample")])


def test_a_new_start_finds_everything_again_and_the_same_stream():
    path = fresh()
    store = open_ring(path)
    for number in range(200):
        store.append(edge() if number % 50 == 7 else sample(number))
    again = open_ring(path, boot=2)
    equal(again.stream, store.stream)
    equal(len(store.stream), 8)
    for seq in range(200):
        got, wanted = again.after(seq), store.after(seq)
        equal((got[0], got[1].v, got[1].alarm), (seq + 1, wanted[1].v, wanted[1].alarm))
    equal(again.append(sample()), 201)


def test_two_stores_are_two_streams():
    assert open_ring(fresh()).stream != open_ring(fresh()).stream


def test_an_empty_store_keeps_its_stream():
    path = fresh()
    equal(open_ring(path).stream, open_ring(path).stream)


def test_the_stream_survives_the_loss_of_what_says_it():
    path = fresh()
    store = open_ring(path)
    store.append(sample())
    files.write(path + "/stream", b"torn")
    equal(open_ring(path).stream, store.stream)
    name = path + "/" + blocks_of(path)[0]
    data = files.read(name)
    files.write(name, bytes(40) + data[40:])
    again = open_ring(path)
    equal((again.stream, everything(again)[0]), (store.stream, (1, "sample")))


def test_an_ack_frees_files_but_never_the_seq():
    path = fresh()
    store = open_ring(path, limit_bytes=8192)
    for number in range(100):
        store.append(edge() if number % 10 == 0 else sample(number))
    before = store.journal.used
    store.free(100)
    assert store.journal.used < before
    equal(everything(store), [])
    equal(store.held(), 0)
    equal(store.oldest(), 101)
    equal(open_ring(path, limit_bytes=8192).append(sample()), 101)


def test_a_last_seq_used_by_an_edge_is_not_used_again():
    path = fresh()
    store = open_ring(path, limit_bytes=4096)
    for _ in range(60):
        store.append(sample())
    for _ in range(60):
        store.append(edge())
    store.free(120)
    equal(open_ring(path, limit_bytes=4096).append(sample()), 121)


def test_an_ack_above_the_newest_frees_nothing():
    store = open_ring(fresh())
    store.append(sample())
    store.free(2)
    equal((store.acked, store.held()), (0, 1))


def test_the_ack_is_remembered_by_the_next_record():
    path = fresh()
    store = open_ring(path)
    for number in range(10):
        store.append(sample(number))
    store.free(8)
    store.append(sample())
    again = open_ring(path)
    equal(again.acked, 8)
    equal(again.oldest(), 9)
    equal(everything(again), [(9, "sample"), (10, "sample"), (11, "sample")])


def test_a_full_ring_drops_its_oldest_samples_and_counts_them():
    path = fresh()
    store = open_ring(path, limit_bytes=4096)
    for number in range(400):
        store.append(sample(number))
    assert sum(folders.size(path + "/" + name) for name in blocks_of(path)) <= 4096
    told = everything(store)
    equal(told[-1], (400, "sample"))
    equal(len(told) + dropped(store), 400)
    equal(store.oldest(), dropped(store) + 1)
    equal(told, [(seq, "sample") for seq in range(dropped(store) + 1, 401)])


def test_a_full_ring_keeps_edges_longer_than_any_sample():
    store = open_ring(fresh(), limit_bytes=4096)
    edges = []
    for number in range(300):
        if number in (3, 4, 100, 250):
            edges.append(store.append(edge(number=number)))
        else:
            store.append(sample(number))
    told = everything(store)
    equal([seq for seq, what in told if what == "alarm"], edges)
    assert not [seq for seq, what in told if what == "lost"]
    equal(len(told) + dropped(store), 300)
    equal(store.oldest(), edges[0])
    store.free(edges[0])
    equal(store.oldest(), edges[1])


def test_edges_alone_stay_within_the_store_too():
    path = fresh()
    store = open_ring(path, limit_bytes=4096)
    for _ in range(300):
        store.append(edge())
    assert sum(folders.size(path + "/" + name) for name in blocks_of(path)) <= 4096
    equal(len(everything(store)) + dropped(store), 300)


def test_other_values_after_a_new_config_are_read_by_their_own_names():
    path = fresh()
    open_ring(path).append(sample())
    store = open_ring(path, values=["temp_9_degc"])
    store.append(sample())
    first, second = store.after(0), store.after(1)
    equal(first[1].v, {"temp_1_degc": 20, "co_ppm": 0})
    equal(second[1].v, {})
    equal(open_ring(path, values=["temp_9_degc"]).append(sample()), 3)


def test_boot_numbers_stay_with_their_records():
    path = fresh()
    open_ring(path, boot=1).append(sample())
    store = open_ring(path, boot=2)
    store.append(sample())
    equal([store.after(seq)[1].boot for seq in (0, 1)], [1, 2])
