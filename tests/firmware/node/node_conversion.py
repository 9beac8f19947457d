import conversion
from scratch import equal


def scratchpad(raw, byte6=0x10):
    data = bytes([raw & 0xFF, raw >> 8 & 0xFF, 0x4B, 0x46, 0x7F, 0xFF, byte6, 0x10])
    return data + bytes([conversion.crc8(data)])


def test_ds18b20_values_of_the_data_sheet():
    for raw, degc in ((0x07D0, 125.0), (0x0191, 25.0625), (0xFF5E, -10.125), (0xFC90, -55.0)):
        equal(conversion.ds18b20(scratchpad(raw)), (degc, None))


def test_crc_of_a_published_scratchpad():
    equal(conversion.crc8(bytes([0xDD, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x03, 0x10])), 0x1E)


def test_ds18b20_85_is_the_power_on_value_only_with_its_mark():
    equal(conversion.ds18b20(scratchpad(0x0550, 0x0C)), (None, "power_on_value"))
    equal(conversion.ds18b20(scratchpad(0x0550)), (85.0, None))


def test_ds18b20_faults_are_no_numbers():
    good = scratchpad(0x0191)
    equal(conversion.ds18b20(good[:1] + b"\x02" + good[2:]), (None, "crc"))
    equal(conversion.ds18b20(b"\x00" * 9), (None, "sensor_short"))
    equal(conversion.ds18b20(b"\xff" * 9), (None, "sensor_open"))
    equal(conversion.ds18b20(b""), (None, "sensor_open"))
    equal(conversion.ds18b20(scratchpad(0x0800)), (None, "out_of_range"))


def test_current_over_100_ohm():
    equal(conversion.loop_ma(1360000, 100.0), 13.6)


def test_rom_codes_are_whole_and_of_the_right_family():
    body = b"\x28\x05\x00\x00\x00\x00\x00"
    whole = body + bytes([conversion.crc8(body)])
    equal(conversion.rom(whole.hex()), whole)
    equal(conversion.rom(whole.hex().upper()), whole)
    other = b"\x10" + whole[1:7]
    strange = other + bytes([conversion.crc8(other)])
    damaged = whole[:7] + bytes([whole[7] ^ 1])
    for text in (damaged.hex(), strange.hex(), "", "28", "zz" * 8, None, 28):
        equal(conversion.rom(text), None)
