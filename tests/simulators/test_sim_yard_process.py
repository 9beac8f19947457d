import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def test_the_yard_feeds_boards_hears_horns_and_stops(
    tmp_path: Path, start_process: Callable[..., "subprocess.Popen[str]"]
) -> None:
    feed, log = tmp_path / "feed", tmp_path / "yard.jsonl"
    yard = start_process("simulators.yard", "--feed", str(feed), "--log", str(log))
    assert yard.stdout is not None
    assert yard.stdout.readline().startswith("ready yard stores=202")
    first = json.loads((feed / "bs1.json").read_text())
    assert set(first["v"]) == {*(f"temp_{n}_degc" for n in range(1, 17)), "co_ppm"}
    (feed / "b0150.out").write_text('{"horn": 1, "condition": "co_high", "n": 2}')
    deadline = time.monotonic() + 10.0
    while '"horn":1' not in log.read_text():
        assert time.monotonic() < deadline, "the yard never heard the horn"
        time.sleep(0.02)
    assert json.loads((feed / "bs1.json").read_text())["n"] > first["n"]
    yard.send_signal(signal.SIGTERM)
    assert yard.wait(timeout=5) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [lines[0]["kind"], lines[-1]["kind"]] == ["start", "stop"]
    horn = next(line for line in lines if line["kind"] == "horn")
    assert (horn["board"], horn["condition"]) == ("b0150", "co_high")
    truth = next(line for line in lines if line["kind"] == "truth")
    assert truth["unwatched"]["stores"] == 196
