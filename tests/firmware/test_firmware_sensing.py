"""From scripted buses through a whole board and a real broker: what a gateway hears of sensors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

VALUES = ["temp_1_degc", "temp_2_degc", "co_ppm", "o2_percent"]
SENSORS = [
    {"value": "temp_1_degc", "kind": "ds18b20", "rom": "2801000000000029", "due": "2020-01-31"},
    {"value": "temp_2_degc", "kind": "ds18b20", "rom": "2802000000000070"},
    {"value": "co_ppm", "kind": "loop", "channel": 0, "low": 0, "high": 5000},
    {"value": "o2_percent", "kind": "loop", "channel": 1, "low": 0, "high": 25},
]


def test_what_a_gateway_hears_of_sensors(
    new_board: Callable[..., Any],
    mosquitto: Any,
    listener: Any,
    until: Callable[..., Any],
    node_directory: Path,
    firmware_directory: Path,
) -> None:
    board = new_board(
        mosquitto.port, values=VALUES, sensors=SENSORS, report_s=1, scan_s=0.5, clock="host"
    )
    board.program = node_directory / "sensing.py"
    board.environment = {"FIRMWARE": str(firmware_directory)}
    board.start()

    sample = until(lambda: [one for one in listener.said("samples") if "o2_percent" in one["v"]])[0]
    assert sample["v"]["temp_1_degc"] == 41.25
    assert abs(sample["v"]["co_ppm"] - 312.5) < 1
    assert sample["doubt"] == {"temp_1_degc": "expired_calibration", "co_ppm": "low_o2"}
    assert sample["bad"] == {"temp_2_degc": "sensor_open"}

    until(lambda: all(listener.said(f"state/sensors/{index}") for index in range(4)))
    kinds = [listener.said(f"state/sensors/{index}")[0]["kind"] for index in range(4)]
    assert kinds == ["ds18b20", "ds18b20", "loop", "loop"]
    first = listener.said("state/sensors/0")[-1]
    assert (first["rom"], first["due"], first["judged"]) == ("2801000000000029", "2020-01-31", True)
