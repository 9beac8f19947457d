"""`hinoban probe` finds out what a device says that nobody has described."""

import json
import socket
import ssl
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from gateway.modbus.profile import parse_profile

HEAD = '[device]\nname = "Panel"\nsource = "its display"\n[fields]\n'

Say = Callable[..., Result]
Serve = Callable[..., Any]


@pytest.fixture
def port(serve: Serve, panel: dict[str, Any]) -> int:
    port: int = serve(panel).port
    return port


def probe(hinoban: Say, port: int, *words: str | float | Path) -> Result:
    return hinoban("probe", "127.0.0.1", "--port", port, "--unit", 7, "--wait", 0.1, *words)


def line_in(done: Result) -> str:
    return next(line for line in done.stdout.splitlines() if " = { register = " in line)


def test_what_the_display_shows_tells_type_and_order(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 100, "--expect", 230, "--name", "voltage_v")
    assert done.exit_code == 0, done.stderr
    assert line_in(done) == (
        'voltage_v = { register = "holding", address = 100, type = "float32", order = "CDAB",'
        ' unit = "v" }'
    )
    assert "voltage_v" in parse_profile("panel", HEAD + line_in(done)).fields


def test_a_manual_that_counts_from_one_is_found_out(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 101, "--count", 1, "--expect", 230)
    assert "address = 100," in line_in(done)
    assert "one before: the manual counts from 1" in done.stdout


def test_the_last_register_counted_from_one(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 201, "--expect", 12345678.9)
    assert 'address = 200, type = "uint32", order = "CDAB", scale = 0.1' in line_in(done)


def test_the_low_word_of_a_neighbour_makes_a_twin(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 101, "--expect", 230, "--register", "holding")
    assert "Not certain: " in done.stdout
    assert "If the manual writes 40101 or counts from 1, that one is right" in done.stdout or (
        "If the manual counts from 0, that one is right" in done.stdout
    )


def test_many_digits_leave_no_doubt(hinoban: Say, port: int) -> None:
    for address in (200, 201):
        done = probe(hinoban, port, "--address", address, "--expect", 12_345_679.1)
        assert 'address = 200, type = "uint32", order = "CDAB", scale = 0.1' in line_in(done)
        assert "Not certain" not in done.stdout


def test_an_unusual_scale_is_remarked_on(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 200, "--expect", 12345.6789)
    assert "scale = 0.0001 is unusual" in done.stdout


@pytest.mark.parametrize("name", ["voltage", "l1_voltage"])
def test_a_name_without_its_unit(hinoban: Say, port: int, name: str) -> None:
    done = probe(hinoban, port, "--address", 100, "--expect", 230, "--name", name)
    assert f"name it {name}_v if it is in v" in done.stdout


def test_a_value_that_moves_is_no_text(hinoban: Say, serve: Serve, panel: dict[str, Any]) -> None:
    panel["field"]["letters"] = {
        "register": "holding", "address": 400, "type": "uint64", "order": "ABCDEFGH",
        "modulus": 1 << 62, "scale": 1.0, "start": 0x4142_4344_4546_4748,
        "low": 100.0, "high": 100.0, "per_s": 0.0,
    }  # fmt: skip
    port = serve(panel).port
    done = probe(hinoban, port, "--address", 400, "--wait", 0.3)
    assert "stands a text" not in done.stdout
    assert "stands a text" in probe(hinoban, port, "--address", 300).stdout
    named = probe(hinoban, port, "--address", 300, "--name", "power_kw")
    assert "stands a text" not in named.stdout


def test_a_port_is_no_part_of_the_host(hinoban: Say) -> None:
    done = hinoban("probe", "127.0.0.1:15502", "--address", 0)
    assert done.exit_code == 2
    assert "127.0.0.1 --port 15502" in done.stderr


@pytest.mark.parametrize("command", ["probe", "import-registers"])
def test_units_in_the_help_are_shown(hinoban: Say, command: str) -> None:
    shown = hinoban(command, "--help").stdout
    assert " ." not in shown.replace("...", "")


def test_a_poor_fit_is_called_one(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 102, "--count", 1, "--expect", 77)
    assert "None of these fits 77 well" in done.stdout


def test_scale_and_totaliser(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 200, "--expect", 12345678.9, "--wait", 1,
                 "--name", "energy_kwh")  # fmt: skip
    assert 'type = "uint32", order = "CDAB", scale = 0.1, unit = "kwh"' in line_in(done)
    assert 'kind = "counter"' in done.stdout


def test_without_an_expectation_it_says_how_to_be_certain(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 100, "--json")
    data = json.loads(done.stdout)
    best = data["guesses"][0]
    assert (best["types"][0], best["order"]) == ("float32", "CDAB")
    assert 228 <= best["value"] <= 232
    assert set(data["registers"]) == {"100", "101", "102"}
    assert tomllib.loads(data["line"])["name_unit"]["address"] == 100


def test_a_text_is_recognised(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 300)
    assert '"FP-2219/B"' in done.stdout
    field = parse_profile("panel", HEAD + line_in(done)).fields["serial_number"]
    assert (field.kind, field.length) == ("text", 5)


def test_a_bit(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 4, "--count", 1, "--register", "coil", "--name",
                 "pump_on")  # fmt: skip
    assert parse_profile("panel", HEAD + line_in(done)).fields["pump_on"].type == "bit"


def test_nothing_comes_near(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--address", 0, "--register", "input", "--expect", 5000)
    assert done.exit_code == 0
    assert "within a factor of ten of 5,000" in done.stdout


def test_which_registers_can_be_read(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--addresses", "98-109", "--json")
    assert json.loads(done.stdout)["readable"] == [[100, 102]]
    done = probe(hinoban, port, "--addresses", "200-204")
    assert "200 to 202  (3)" in done.stdout
    assert "none: try --register input" in probe(hinoban, port, "--addresses", "0-5").stdout


def test_which_units_answer(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--units", "5-8", "--json")
    assert [one["unit"] for one in json.loads(done.stdout)] == [7]
    done = probe(hinoban, port, "--units", "7")
    assert "unit 7 answers (a refusal is an answer)" in done.stdout


def test_no_unit_answers(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--units", "8-9", "--timeout", 0.1)
    assert done.exit_code == 1
    assert "0 of 2 unit numbers answered" in done.stdout
    assert "then --units 10-247" in done.stdout


def test_a_range_as_a_manual_writes_it(hinoban: Say, port: int) -> None:
    done = probe(hinoban, port, "--addresses", "30001-30010")
    assert "a manual's 30001–30010 is --register input --addresses 0-9" in done.stdout


def test_a_register_map_is_tried_without_a_site(hinoban: Say, port: int, tmp_path: Path) -> None:
    path = tmp_path / "panel.toml"
    path.write_text(
        HEAD
        + 'voltage_v = { register = "holding", address = 100, type = "float32", order = "CDAB",'
        ' unit = "v", max = 300 }\n'
        'energy_kwh = { register = "holding", address = 200, type = "uint32", order = "CDAB",'
        ' scale = 0.1, unit = "kwh", kind = "counter", max_rate_per_s = 1 }\n'
        'serial = { register = "holding", address = 300, kind = "text", type = "string",'
        " length = 5 }\n"
    )
    done = probe(hinoban, port, "--profile", path)
    assert done.exit_code == 0, done.stdout + done.stderr
    assert "FP-2219/B" in done.stdout
    assert "3 fields read, none implausible. Now compare each with the meter's" in done.stdout
    path.write_text(path.read_text().replace("max = 300", "max = 200"))
    done = probe(hinoban, port, "--profile", path)
    assert done.exit_code == 1
    assert "v is not between min = any and max = 200" in done.stdout


def test_serial_frames_over_tcp(
    hinoban: Say, serve: Serve, panel: dict[str, Any], serial_frames: type
) -> None:
    place = serve(panel, framing=serial_frames)
    done = probe(hinoban, place.port, "--transport", "rtu_over_tcp", "--address", 100,
                 "--expect", 230)  # fmt: skip
    assert '"CDAB"' in line_in(done)


def test_a_serial_line(hinoban: Say, serve_serial: Serve, panel: dict[str, Any]) -> None:
    device = serve_serial(panel).device
    words = ("probe", device, "--baud", 19200, "--wait", 0)
    done = hinoban(*words, "--unit", 7, "--address", 100, "--expect", 230)
    assert '"CDAB"' in line_in(done), done.stderr
    done = hinoban(*words, "--unit", 8, "--address", 100, "--timeout", 0.1)
    assert done.exit_code == 2
    assert "no answer within 0.1" in done.stderr
    assert "--parity" in done.stderr
    assert "A and B" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--address", 50), "exception 2 (illegal data address"),
        (("--address", 50), "Try --register input, the address less one, or --addresses"),
        (("--address", 30071), "mostly means --register input --address 70"),
        ((), "say what to look at"),
        (("--address", 1, "--addresses", "1-2"), "give one of"),
        (("--units", "9-3"), "the first must not be above the last"),
        (("--units", "1-300"), "nor that above 255"),
        (("--addresses", "a-b"), "is no range: write it as 0-200"),
        (("--transport", "tls", "--address", 1), "needs --tls-ca"),
        (("--profile", "none.toml"), "none.toml: No such file"),
        (("--address", 300_013), "a manual's 300013 is --register input --address 12"),
        (("--address", 99_999), "addresses are 0 to 65535"),
        (("--address", 100, "--expect", "230,5"), "'230,5' is no number: write 230.5"),
        (("--address", 100, "--name", "L1 V"), "--name l1_v"),
    ],
)
def test_what_cannot_be_is_said_in_words(
    hinoban: Say, port: int, words: tuple[str | int, ...], told: str
) -> None:
    done = probe(hinoban, port, *words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_nobody_there(hinoban: Say) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = probe(hinoban, taken.getsockname()[1], "--address", 1)
    assert done.exit_code == 2
    assert "Connection refused" in done.stderr
    done = hinoban("probe", "/dev/ttyNONE", "--address", 1)
    assert done.exit_code == 2
    assert "/dev/ttyNONE" in done.stderr


def test_a_lost_reply_hides_no_register(hinoban: Say, serve: Serve, panel: dict[str, Any]) -> None:
    place = serve(panel, fault="reset:0.3")
    done = probe(hinoban, place.port, "--addresses", "98-109", "--json")
    found = json.loads(done.stdout)
    assert place.bus.struck
    known = set(map(int, found["contents"]))
    open_ = {n for first, last in found["unanswered"] for n in range(first, last + 1)}
    assert known <= {100, 101, 102} <= known | open_ or found["ended"]


def test_silence_ends_a_scan_with_what_was_found(
    hinoban: Say, serve: Serve, panel: dict[str, Any]
) -> None:
    port = serve(panel, fault="silent").port
    done = probe(hinoban, port, "--addresses", "0-200", "--timeout", 0.05)
    assert done.exit_code == 2
    assert "the unit fell silent: no answer within 0.05 s" in done.stderr


def test_over_tls(hinoban: Say, serve: Serve, panel: dict[str, Any], tmp_path: Path) -> None:
    certificate, key = tmp_path / "meter.pem", tmp_path / "meter.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=meter", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(certificate, key)
    place = serve(panel, tls=secured)
    words = ("--transport", "tls", "--address", 100, "--expect", 230)
    done = probe(hinoban, place.port, *words, "--tls-ca", certificate)
    assert '"CDAB"' in line_in(done), done.stderr
    other = tmp_path / "other.pem"
    other.write_text("no certificate")
    done = probe(hinoban, place.port, *words, "--tls-ca", other)
    assert done.exit_code == 2
    assert "tls_ca" in done.stderr
