"""The site's file: what is wrong with recipients, routes, heartbeat and horn, with its remedy."""

from pathlib import Path

import pytest
from notified import EXAMPLE, RECIPIENTS

from gateway.config_file import read_config
from gateway.notify.site_rules import broken_addresses, broken_notify
from gateway.problems import ConfigError
from gateway.reload import ReloadError, changes
from gateway.site import check_addresses, load_site

FILES = RECIPIENTS.replace('id = "shift"', 'id = "shift"\nurl_file = "shift"').replace(
    'id = "chief"', 'id = "chief"\nurl_env = "HINOBAN_TEST_CHIEF"'
)
ROUTE = FILES + '[[route]]\nid = "r"\nrecipients = ["shift"]\n'

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def written(folder: Path, text: str) -> Path:
    path = folder / "plant.toml"
    lots = EXAMPLE.with_name("example-lots.toml")
    (folder / lots.name).write_text(lots.read_text())
    own = EXAMPLE.read_text().replace("[notify]\n", "")
    path.write_text(own + text)
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '[[recipient]]\nid = "shift"\n',
            r"recipient\.shift: an Apprise address stands in a file or in an environment variable:"
            r" one of the two\. Give url_file",
        ),
        (FILES + '[notify]\ntest_at = "9:00"\n', r"test_at = '9:00': .*local time\. .*08:30"),
        (FILES + "[notify]\nnobody = true\n", r"nobody = true: there are 2 recipients"),
        (FILES + '[notify]\npage_url = "hinoban"\n', r"page_url = 'hinoban': .*whole address"),
        (
            FILES.replace('url_file = "shift"', 'url_file = "shift"\nquiet_from = "22:00"'),
            r"'quiet_from' and 'quiet_to' go together",
        ),
        (
            ROUTE.replace('["shift"]', '["shfit"]'),
            r"route\.r\.recipients = 'shfit': there is no recipient .*Did you mean 'shift'\?",
        ),
        (ROUTE.replace('["shift"]', "[]"), r"this route tells nobody"),
        (ROUTE + 'stores = ["k*"]\n', r"stores = 'k\*': there is no store"),
        (ROUTE + 'rows = ["Z"]\n', r"rows = 'Z': there is no row"),
        (ROUTE + 'from = "08:00"\n', r"'from' and 'to' go together"),
        (ROUTE + 'from = "08:00"\nto = "08:00"\n', r"the span is empty"),
        (ROUTE + 'weekdays = ["monday"]\n', r"weekdays.*'mon'"),
        (ROUTE + 'tell = ["clear"]\n', r"tell = 'clear': there is no edge .*'cleared'"),
        (
            ROUTE
            + '[[route.step]]\nafter_minutes = 10\nrecipients = ["chief"]\n'
            + '[[route.step]]\nafter_minutes = 5\nrecipients = ["boss"]\n',
            r"after_minutes = 5 min: the step before it comes after 10 min",
        ),
        (ROUTE + ROUTE[len(FILES) :], r"another route has this id already"),
        (FILES + "[heartbeat]\nevery_s = 60\n", r"the heartbeat's address stands in a file"),
        (FILES + '[horn]\noutput = "gpio"\ndevice = "/dev/gpiochip0"\n', r"needs 'line'"),
        (FILES + '[horn]\noutput = "serial"\ndevice = "x"\nline = 3\n', r"line = 3: a serial"),
        (
            FILES + '[horn]\noutput = "serial"\ndevice = "x"\nclasses = []\n',
            r"no alarm would ever sound",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load_site(written(tmp_path, text))


def test_an_address_in_the_config_is_refused_without_being_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the key 'url' is unknown here"):
        load_site(written(tmp_path, '[[recipient]]\nid = "shift"\nurl = "ntfy://secret"\n'))


def test_an_address_that_is_missing_stops_the_check_and_not_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, FILES)
    load_site(path)
    with pytest.raises(ConfigError) as refused:
        check_addresses(path)
    said = [str(problem) for problem in refused.value.problems]
    assert len(said) == 2
    assert "No such file" in said[0]
    assert "Make it readable" in said[0]
    assert "the variable HINOBAN_TEST_CHIEF holds no address. Write one line into it" in said[1]
    (tmp_path / "shift").write_text("# of the shift\nntfy://127.0.0.1/yard\n")
    monkeypatch.setenv("HINOBAN_TEST_CHIEF", "json://127.0.0.1")
    check_addresses(path)


def test_an_address_nobody_understands_is_not_shown(tmp_path: Path) -> None:
    text = FILES + '[heartbeat]\nurl_file = "beat"\n'
    config = read_config(written(tmp_path, text)).config
    (tmp_path / "shift").write_text("slack://token-of-hana")
    (tmp_path / "beat").write_text("ftp://token-of-hana")
    said = str(broken_addresses(config))
    assert broken_notify(config) == []
    assert "Apprise cannot use the address (slack://…)" in said
    assert "neither http:// nor https://" in said
    assert "token-of-hana" not in said


def test_recipients_and_routes_change_while_the_gateway_runs(tmp_path: Path) -> None:
    before = load_site(written(tmp_path, FILES))
    after = load_site(written(tmp_path, ROUTE.replace("HINOBAN_TEST_CHIEF", "HINOBAN_TEST_BOSS")))
    assert changes(before, after) == ("recipient changed: chief", "route added: r")
    quiet = load_site(written(tmp_path, FILES + '[notify]\ntest_at = "10:00"\n'))
    assert changes(before, quiet) == ("section changed: notify",)
    horn = '[horn]\noutput = "serial"\ndevice = "/dev/ttyUSB0"\n'
    with pytest.raises(ReloadError, match=r"\[horn\] changed, which cannot be applied"):
        changes(before, load_site(written(tmp_path, FILES + horn)))
