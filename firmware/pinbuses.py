"""The buses of a real board, made when a sensor asks for them."""

import sys
import time

import machine
import onewire

# GPIO numbers. The ADC pin must be of ADC1 (ESP32: 32–39, ESP32-S3: 1–10): ADC2 stops while WLAN
# runs. On the S3 26 to 37 belong to flash and PSRAM.
PINS = {
    "esp32": {"onewire": 4, "adc": 34, "scl": 22, "sda": 21, "sck": 18, "mosi": 23, "miso": 19},
    "esp32s3": {"onewire": 4, "adc": 1, "scl": 9, "sda": 8, "sck": 12, "mosi": 11, "miso": 13},
    "rp2": {"onewire": 15, "adc": 26, "scl": 5, "sda": 4, "sck": 2, "mosi": 3, "miso": 0},
}
_SPI_ID = {"esp32": 2, "esp32s3": 2, "rp2": 0}
_I2C_HZ = 100000
_I2C_TIMEOUT_US = 2000
_SPI_HZ = 500000


def port() -> str:
    """Which of `PINS` this chip uses."""
    return "esp32s3" if "S3" in sys.implementation._machine else sys.platform


class PinBuses:
    """The buses of this chip; other pins come with an entry of kind "bus" in the config.

    Args:
        taken: GPIO numbers of the outputs and the button. A sensor on one of them is refused with
            a ValueError: it would turn the horn's pin into an input.
    """

    def __init__(self, taken: "tuple[int, ...]" = ()) -> None:
        self.pins = dict(PINS[port()])
        self._taken = taken
        self._i2c: "machine.SoftI2C | None" = None
        self._spi: "machine.SPI | None" = None

    def wire(self, entry: "dict[str, object]") -> None:
        """Take over pins that differ from the port's own."""
        for key in self.pins:
            given = entry.get(key)
            if isinstance(given, int):
                self.pins[key] = given

    def onewire(self, pin: int) -> onewire.OneWire:
        """A 1-Wire cable."""
        return onewire.OneWire(machine.Pin(self._free(pin)))

    def i2c(self) -> machine.SoftI2C:
        """The I²C bus; in software, which no peripheral's state can hang."""
        if self._i2c is None:
            self._i2c = machine.SoftI2C(
                scl=machine.Pin(self._free(self.pins["scl"])),
                sda=machine.Pin(self._free(self.pins["sda"])),
                freq=_I2C_HZ,
                timeout=_I2C_TIMEOUT_US,
            )
        return self._i2c

    def recover_i2c(self) -> bool:
        """Free a bus whose data line a chip holds down: nine clocks and a stop, in 0.2 ms.

        Returns:
            Whether both lines are high afterwards.

        Source: NXP UM10204, I²C-bus specification, "Bus clear".
        """
        scl = machine.Pin(self.pins["scl"], machine.Pin.OPEN_DRAIN, value=1)
        sda = machine.Pin(self.pins["sda"], machine.Pin.OPEN_DRAIN, value=1)
        for _ in range(9):
            scl(0)
            time.sleep_us(5)
            scl(1)
            time.sleep_us(5)
        scl(0)
        sda(0)
        time.sleep_us(5)
        scl(1)
        time.sleep_us(5)
        sda(1)
        time.sleep_us(5)
        self._i2c = None
        return scl() == 1 and sda() == 1

    def spi(self) -> machine.SPI:
        """The SPI bus, in the mode of the MAX31865."""
        if self._spi is None:
            self._spi = machine.SPI(
                _SPI_ID[port()],
                baudrate=_SPI_HZ,
                polarity=0,
                phase=1,
                sck=machine.Pin(self._free(self.pins["sck"])),
                mosi=machine.Pin(self._free(self.pins["mosi"])),
                miso=machine.Pin(self._free(self.pins["miso"])),
            )
        return self._spi

    def cs(self, pin: int) -> machine.Pin:
        """A chip select, high until it is used."""
        return machine.Pin(self._free(pin), machine.Pin.OUT, value=1)

    def wait_ms(self, ms: int) -> None:
        """Wait [ms]; for commissioning only, nothing that samples may wait."""
        time.sleep_ms(ms)

    def adc(self, pin: "int | None") -> "Adc":
        """A pin of the chip's own converter."""
        return Adc(self._free(self.pins["adc"] if pin is None else pin))

    def _free(self, pin: int) -> int:
        """A pin that no output has."""
        if pin in self._taken:
            raise ValueError("GPIO %d is an output's or the button's; take another" % pin)
        return pin


class Adc:
    """A converter's pin that answers in microvolts on every port."""

    def __init__(self, pin: int) -> None:
        if hasattr(machine.ADC, "ATTN_11DB"):  # else the ESP32 ends at 1 V, 10 mA
            self._adc = machine.ADC(machine.Pin(pin), atten=machine.ADC.ATTN_11DB)
        else:
            self._adc = machine.ADC(machine.Pin(pin))

    def read_uv(self) -> int:
        """The pin's voltage [µV]; calibrated on the ESP32."""
        if hasattr(self._adc, "read_uv"):
            return int(self._adc.read_uv())
        return int(self._adc.read_u16()) * 3300000 // 65535
