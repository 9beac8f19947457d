import json

import config
from support import equal

WHOLE = {"site": "example", "board": "b0150", "broker_host": "127.0.0.1"}


def test_without_a_config_the_alarm_has_its_limits():
    settings, wrong = config.load(None)
    equal(config.limits(settings), {"temp_degc": 50, "co_ppm": 3000})
    equal(len(wrong), 3)


def test_a_whole_config_is_fine():
    settings, wrong = config.load(json.dumps(WHOLE).encode())
    equal(wrong, [])
    equal(config.number(settings, "report_s"), 60)


def test_whatever_is_wrong_is_said_and_keeps_its_default():
    for key, value in (
        ("report_s", 0),
        ("report_s", "60"),
        ("report_s", True),
        ("values", []),
        ("values", [1]),
        ("clock", "moon"),
        ("gateway", 1),
        ("nonsense", 1),
        ("limits", 50),
        ("limits", {"temp_degc": 500}),
        ("limits", {"temp_degf": 122}),
    ):
        settings, wrong = config.load(json.dumps(dict(WHOLE, **{key: value})).encode())
        equal(len(wrong), 1)
        equal(config.limits(settings), {"temp_degc": 50, "co_ppm": 3000})
        equal(settings.get(key), config.load(None)[0].get(key))


def test_text_that_is_no_config():
    for text in (b"", b"{", b"[]", b"null"):
        settings, wrong = config.load(text)
        equal(len(wrong), 1)
        equal(config.limits(settings)["temp_degc"], 50)


def test_one_config_does_not_leak_into_the_next():
    config.load(json.dumps(dict(WHOLE, limits={"temp_degc": 40})).encode())
    equal(config.limits(config.load(None)[0])["temp_degc"], 50)


def test_a_section_of_words_and_numbers_is_checked_key_by_key():
    for section, good in (
        ("outputs", {"latch": False, "relay": "energise", "silence_s": 60}),
        ("power", {"mode": "mains", "sleep_s": 300}),
    ):
        settings, wrong = config.load(json.dumps(dict(WHOLE, **{section: good})).encode())
        equal(wrong, [])
        equal(dict(config.section(settings, section), **good), settings[section])
    for section, bad in (
        ("outputs", []),
        ("outputs", {"latch": 1}),
        ("outputs", {"relay": "yes"}),
        ("outputs", {"silence_s": 5}),
        ("outputs", {"silence_s": True}),
        ("outputs", {"test_s": "2"}),
        ("outputs", {"siren": 1}),
        ("power", "battery"),
        ("power", {"mode": "solar"}),
        ("power", {"sleep_s": 1}),
    ):
        settings, wrong = config.load(json.dumps(dict(WHOLE, **{section: bad})).encode())
        equal(len(wrong), 1)
        equal(settings[section], config.load(None)[0][section])


def test_a_limit_above_the_bound_of_the_site_falls_back_to_it():
    given = {"limits": {"temp_degc": 60}, "bounds": {"temp_degc": 45}}
    settings, wrong = config.load(json.dumps(dict(WHOLE, **given)).encode())
    equal((len(wrong), config.limits(settings)["temp_degc"]), (1, 45))
    settings, wrong = config.load(json.dumps(dict(WHOLE, limits={"temp_degc": 60})).encode())
    equal((wrong, config.limits(settings)["temp_degc"]), ([], 60))
    equal(settings["bounds"]["temp_degc"], 60)
