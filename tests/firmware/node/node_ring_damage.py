import files
import journal
import ramflash
import record
import telling
from support import VALUES, dropped, edge, equal, everything, fresh, open_raw, open_ring, sample

BLOCKS, BLOCK = 6, 512
SLOT = record.slot_size(record.SAMPLE, len(VALUES))


# Made once, while the heap is whole.
FLASH, SCENE = (ramflash.RamFlash(BLOCKS, size=BLOCK) for _ in range(2))


def new_flash():
    """The first flash, erased."""
    for block in range(BLOCKS):
        FLASH.erase(block)
    return FLASH


def written(count=12):
    """A flash with a store of samples and edges, its directory, and what it tells."""
    flash, path = new_flash(), fresh()
    store = open_raw(flash, path)
    for number in range(count):
        store.append(edge() if number in (4, 5, 9) else sample(number))
    return flash, path, everything(store)


def copied(flash):
    """The second flash, with the bytes of the first."""
    SCENE.data[:] = flash.data
    return SCENE


def slot_of(flash, path, seq):
    """Where the slot of a seq begins, and its size."""
    store = open_raw(copied(flash), path)
    lane = store.alarms if everything(store)[seq - 1][1] == "alarm" else store.samples
    lane.after(seq - 1)
    return lane._index * BLOCK + journal.HEADER + lane._at * lane.slot, lane.slot


def test_a_cut_at_any_byte_of_the_last_record_loses_that_record_only():
    for count in (12, 10):  # a sample is last, an edge is
        flash, path, whole = written(count)
        start, size = slot_of(flash, path, count)
        for cut in range(1, size):
            scene = copied(flash)
            scene.data[start + cut : start + size] = b"\xff" * (size - cut)
            store = open_raw(scene, path, boot=2)
            told = everything(store)
            equal(told[: count - 1], whole[:-1])
            # Its last bytes may be those of erased flash, and it is whole without them.
            assert told[count - 1 :] in ([], [(count, "lost")], whole[-1:]), (cut, told)
            seq = store.append(sample())
            assert seq > count or told[count - 1 :] == [], (cut, seq)
            equal(everything(open_raw(scene, path, boot=3))[-1], (seq, "sample"))


def test_a_flipped_bit_in_any_byte_of_a_record_loses_it_and_tells_it():
    flash, path, whole = written()
    for seq in (1, 5, 7, 12):
        start, size = slot_of(flash, path, seq)
        for at in range(start, start + size):
            scene = copied(flash)
            scene.data[at] ^= 0x10
            store = open_raw(scene, path, boot=2)
            equal(everything(store), [(n, "lost" if n == seq else what) for n, what in whole])
            equal((store.lost, store.newest), (1, 12))


def test_a_flipped_bit_in_a_header_loses_nothing():
    flash, path, whole = written()
    for block in (0, 1):
        for at in range(block * BLOCK, block * BLOCK + journal.HEADER):
            scene = copied(flash)
            scene.data[at] ^= 0x04
            store = open_raw(scene, path, boot=2)
            equal(everything(store)[:12], whole)
            assert store.append(sample()) > 12, at


def test_a_lost_record_does_not_hold_the_ack_back():
    flash, path, _ = written()
    start, _ = slot_of(flash, path, 12)
    flash.data[start + 8] ^= 0x55
    store = open_raw(flash, path, boot=2)
    store.free(store.newest)
    equal((store.held(), everything(store)), (0, []))


def test_no_seq_is_used_twice_when_the_end_of_a_block_is_erased():
    flash, path, _ = written(12)
    for block in (0, 1):
        for length in (BLOCK - journal.HEADER - 2 * SLOT, BLOCK // 2, BLOCK * 3 // 8):
            scene = copied(flash)
            end = (block + 1) * BLOCK
            scene.data[end - length : end] = b"\xff" * length
            assert open_raw(scene, path, boot=2).append(sample()) > 12, (block, length)


def test_no_seq_is_used_twice_when_the_newest_block_is_erased_whole():
    flash, path = new_flash(), fresh()
    store = open_raw(flash, path)
    for number in range(70):
        store.append(edge() if number % 20 == 4 else sample(number))
    edges = [told for told in everything(store) if told[1] == "alarm"]
    newest = store.journal.order[store.journal.used - 1]
    flash.erase(newest)
    again = open_raw(flash, path, boot=2)
    equal([told for told in everything(again) if told[1] == "alarm"], edges)
    seq = again.append(sample())
    assert seq > 70
    third = open_raw(flash, path, boot=3)
    equal((third.newest, third.append(sample())), (seq, seq + 1))


def test_all_blocks_gone_is_a_new_stream_from_one():
    flash, path, _ = written()
    stream = open_raw(flash, path).stream
    for block in range(BLOCKS):
        flash.erase(block)
    store = open_raw(flash, path, boot=2)
    assert store.stream != stream
    equal((store.append(sample()), store.acked), (1, 0))


def test_noise_on_all_the_flash_is_a_new_stream_and_no_harm():
    flash, noise = new_flash(), 12345
    for at in range(len(flash.data)):
        noise = (noise * 1103515245 + 12345) & 0x7FFFFFFF
        flash.data[at] = noise >> 16 & 0xFF
    store = open_raw(flash, fresh())
    equal([store.append(item) for item in (sample(), edge())], [1, 2])
    equal(everything(store), [(1, "sample"), (2, "alarm")])


def test_a_slot_that_does_not_take_is_left_out_and_nothing_is_lost():
    flash, path, whole = written()
    start, _ = slot_of(flash, path, 12)
    flash.data[start + SLOT + 9] = 0x00  # a bit that is already programmed, unseen
    store = open_raw(flash, path, boot=2)
    seq = store.append(sample())
    again = open_raw(flash, path, boot=3)
    equal(everything(again)[:12], whole)
    equal(everything(again)[-1], (seq, "sample"))


def test_a_block_that_does_not_erase_is_passed_over():
    flash = new_flash()
    flash.data[2 * BLOCK : 3 * BLOCK] = bytes(BLOCK)
    erase = flash.erase
    flash.erase = lambda block, length=None: None if block == 2 else erase(block, length)
    path = fresh()
    store = open_raw(flash, path)
    for number in range(300):
        store.append(sample(number))
    flash.erase = erase
    told = everything(store)
    equal(told[-1], (300, "sample"))
    equal(len(told) + dropped(store), 300)
    assert telling.records(store) < (BLOCKS - 2) * store.samples.slots


def test_a_write_that_flash_refuses_spends_its_seq_and_is_told_as_lost():
    flash, path, _ = written(1)
    store = open_raw(flash, path)

    def refuse(block, buffer, offset=None):
        raise OSError(5)

    program = flash.writeblocks
    flash.writeblocks = refuse
    try:
        store.append(sample())
    except OSError:
        pass
    else:
        raise AssertionError("the write went somewhere")
    flash.writeblocks = program
    equal(store.append(sample()), 3)
    equal(everything(open_raw(flash, path)), [(1, "sample"), (2, "lost"), (3, "sample")])


def test_files_stand_in_where_no_flash_can_be_reached():
    path = fresh()
    store = open_ring(path)
    for number in range(40):
        store.append(edge() if number == 7 else sample(number))
    name = path + "/b0000"
    data = files.read(name)
    files.write(name, data[:-5])
    again = open_ring(path, boot=2)
    wanted = [(seq, "alarm" if seq == 8 else "sample") for seq in range(1, 40)]
    wanted.append((40, "lost"))
    equal(everything(again), wanted)
    equal(again.append(sample()), 41)
