"""Whatever goes wrong on the line, nothing wrong is stored as good, and good reads come again."""

import random
import shutil
import ssl
import subprocess
from collections.abc import Sequence

import pytest
from faulty_bus import DEVICES, Record
from faulty_hour import START_S, Secrets, polled
from held_to_truth import check_recovery, check_truth

from agent.samples import Quality, Sample
from gateway.modbus.mbap import Mbap
from gateway.modbus.reading import CounterRead
from simulators.fieldbus.device import Device
from simulators.fieldbus.faults import FAULTS, REFUSED
from simulators.fieldbus.schedule import drawn
from simulators.fieldbus.truth import Restart

UNITS = tuple(device.unit for device in DEVICES)
TRANSPORTS = ("tcp", "tcp_shared", "tls", "rtu", "rtu_over_tcp")
HOUR_S = 3600.0


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Secrets:
    """What a device shows that is its own authority, and the file that a gateway trusts."""
    assert shutil.which("openssl"), "needs Debian's package openssl: sudo apt-get install openssl"
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "tls.pem", folder / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=meter", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def restarted(devices: Sequence[Device], seed: int, seconds: float) -> list[Device]:
    """The devices, each of their totalisers reset or exchanged up to three times."""
    dice = random.Random(f"{seed}/restarts")
    changed = []
    for device in devices:
        restarts: dict[str, list[Restart]] = {}
        for field in device.fields:
            if (total := field.total) is None:
                continue
            t_s, restarts[field.name] = START_S, []
            for quarter in (1, 2, 3):
                t_s += dice.uniform(60.0, seconds / 3)
                # So far away that no flow could have led there: that would be a roll-over.
                far = quarter * total.modulus // 4 + dice.randrange(1000)
                shows = (total.shown(t_s) + far) % total.modulus
                restarts[field.name].append(Restart(t_s, shows))
        changed.append(device.with_restarts(restarts))
    return changed


@pytest.mark.long
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_no_wrong_value_is_stored_as_good(transport: str, full_size: bool, tls: Secrets) -> None:
    seconds = HOUR_S if full_size else 600.0
    for seed in range(1, 6 if full_size else 2):
        episodes = drawn(seed, UNITS, tuple(FAULTS), START_S, START_S + seconds)
        if transport == "tcp":
            episodes += drawn(seed + 1000, UNITS, (REFUSED,), START_S + 60, START_S + seconds)
        devices = restarted(DEVICES, seed, seconds)
        hour = polled(transport, episodes, seconds, seed=seed, devices=devices, tls=tls)
        check_truth(hour)
        good = [sample for sample in hour.record.gauges if sample.quality is Quality.GOOD]
        # Faults for half of the time spoil half; nothing would be wrong if nothing were good.
        assert len(good) > 0.4 * len(hour.record.gauges)
        asked = sum(len(bus.asked) for bus in hour.buses)
        assert sum(len(bus.excused) for bus in hour.buses) < 0.02 * asked
        assert len({fault for bus in hour.buses for _, fault in bus.struck}) > 15


# ── The test would notice ─────────────────────────────────────────────────────────────────


class Credulous(Record):
    """Takes a totaliser's first word for a reset."""

    def judge(self, read: CounterRead) -> Sample:
        super().judge(read)
        return super().judge(read)  # its own second read


def test_a_foreign_transaction_id_taken_for_the_own_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receive = Mbap.receive

    def receive_any(self: Mbap, data: bytes) -> tuple[int, ...] | None:
        return receive(self, self.transaction.to_bytes(2, "big") + data[2:])

    faults = ("foreign_id", "zero_id", "held", "shifted")
    episodes = drawn(1, UNITS, faults, START_S, START_S + 300)
    check_truth(polled("tcp", episodes, 300))
    monkeypatch.setattr(Mbap, "receive", receive_any)
    with pytest.raises(AssertionError, match="stored as good and wrong"):
        check_truth(polled("tcp", episodes, 300))


@pytest.mark.parametrize("transport", ["rtu", "rtu_over_tcp"])
def test_a_line_not_kept_silent_after_a_time_out_would_be_noticed(transport: str) -> None:
    episodes = drawn(1, UNITS, ("late",), START_S, START_S + 600)
    check_truth(polled(transport, episodes, 600))
    with pytest.raises(AssertionError, match="stored as good and wrong"):
        check_truth(polled(transport, episodes, 600, longest_reply_s=0.001))


def test_a_reset_accepted_at_once_would_be_noticed() -> None:
    episodes = drawn(1, UNITS, ("zeros",), START_S, START_S + 120)
    check_truth(polled("tcp", episodes, 120))
    with pytest.raises(AssertionError, match="nothing hid it"):
        check_truth(polled("tcp", episodes, 120, record=Credulous))


def test_a_gauge_without_a_greatest_rate_would_be_noticed() -> None:
    episodes = drawn(1, UNITS, ("zeros",), START_S, START_S + 120)
    with pytest.raises(AssertionError, match="phase_v"):
        check_truth(polled("tcp", episodes, 120, max_change=False))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_good_reads_come_back_within_a_step_of_the_back_off(
    transport: str, full_size: bool, tls: Secrets
) -> None:
    seconds = HOUR_S if full_size else 300.0
    alone = transport in {"tcp", "tls"}
    faults = (*FAULTS, REFUSED) if alone else tuple(FAULTS)
    episodes = drawn(7, UNITS if alone else UNITS[:1], faults, START_S, START_S + seconds)
    hour = polled(transport, episodes, seconds, seed=7, tls=tls)
    assert check_recovery(hour) > len(episodes) // 3
