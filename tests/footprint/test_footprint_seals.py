"""The chain's ends, signed each day: a cut or rewritten chain shows, whoever puts its end right."""

import stat
from datetime import datetime

import msgspec
import pytest

from gateway.footprint.canonical import hash_of, text_of
from gateway.footprint.site_key import SiteKey, SiteKeyError, fingerprint, signed_by

MINUTE_US = 60_000_000
MIDNIGHT_US = int(datetime.fromisoformat("2026-10-01T00:00:00+09:00").timestamp()) * 1_000_000
SERIES = "example.unit1.electricity.minute"


@pytest.fixture
def key(tmp_path) -> SiteKey:
    return SiteKey.open(tmp_path / "site.key")


@pytest.fixture
def sealed(site, key):
    """Some minutes on both sides of a midnight."""
    site.clock.utc_us = MIDNIGHT_US + 10**10
    site.run(MIDNIGHT_US - 5 * MINUTE_US, MIDNIGHT_US + 3 * MINUTE_US)
    accountant = site.accountant(key=key)
    while accountant.step():
        pass
    return site


def change(site, *statements):
    with site.store.engine.begin() as connection:
        for table in ("factor_records", "slots", "seals"):
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount > 0


def test_each_day_is_signed_once(sealed, key):
    found = sealed.store.seals()
    assert sorted({each.day for each in found}) == ["2026-09-29", "2026-09-30"]
    for each in found:
        assert signed_by(key.public, each.text(), each.signature)
    assert {each.series_id for each in sealed.store.seals("2026-09-30")} >= {SERIES}
    report = sealed.store.verify(key.public)
    assert report.ok
    assert report.counts["seals"] == len(found)


def test_a_cut_tail_shows_although_the_end_was_put_right(sealed, key):
    change(
        sealed,
        "DELETE FROM factor_records WHERE series_id LIKE '%electricity.minute' AND chain_seq >= 3",
        "UPDATE chains SET length = 3, head_hash = (SELECT record_hash FROM factor_records "
        "WHERE series_id LIKE '%electricity.minute' AND chain_seq = 2) "
        "WHERE series_id LIKE '%electricity.minute'",
    )
    problems = sealed.store.verify(key.public).problems
    assert any("records were sealed, 3 are left" in problem for problem in problems)


def test_a_chain_written_anew_shows(sealed, key):
    """Every hash fits again, but not what was signed."""
    records = sealed.store.factors(period="minute", limit=10_000)
    before, updates = None, []
    for n, record in enumerate(records):
        forged = {"prev_hash": before, "gross_kwh": 1.0}
        text = text_of({**msgspec.to_builtins(record), **forged})
        before = hash_of(text)
        updates.append((text, before, n))
    with sealed.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER factor_records_no_update")
        for text, record_hash, n in updates:
            connection.exec_driver_sql(
                "UPDATE factor_records SET body = ?, record_hash = ? "
                "WHERE series_id = ? AND chain_seq = ?",
                (text, record_hash, SERIES, n),
            )
        connection.exec_driver_sql(
            "UPDATE chains SET head_hash = ? WHERE series_id = ?", (before, SERIES)
        )
    problems = sealed.store.verify(key.public).problems
    assert problems
    assert all("is not the one that was sealed" in problem for problem in problems)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE seals SET length = 1 WHERE day = '2026-09-30'", "signature does not fit"),
        ("UPDATE seals SET day = '2026-09-28' WHERE day = '2026-09-30'", "signature does not fit"),
    ],
)
def test_an_altered_seal_shows(sealed, key, statement, words):
    change(sealed, statement)
    assert any(words in problem for problem in sealed.store.verify(key.public).problems)


def test_another_key_is_not_the_sites(sealed, tmp_path):
    other = SiteKey.open(tmp_path / "other.key")
    problems = sealed.store.verify(other.public).problems
    assert all("another key than the site's" in problem for problem in problems)
    assert sealed.store.verify().ok


def test_altered_sums_show(sealed):
    change(sealed, "UPDATE sums SET body = replace(body, '1200', '1201')")
    assert any("altered" in problem for problem in sealed.store.verify().problems)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "keys" / "site.key"
    made = SiteKey.open(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SiteKey.open(path).public == made.public
    assert len(fingerprint(made.public)) == 39
    path.chmod(0o640)
    with pytest.raises(SiteKeyError, match="chmod 600"):
        SiteKey.open(path)
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(SiteKeyError, match="no private key"):
        SiteKey.open(path)
