"""The operator page in a real browser, on a phone's screen."""

import pytest
from http_double import Double, Served
from playwright.sync_api import Page, expect
from signing_in import enter

pytestmark = pytest.mark.browser

FIRE = ".alarm-card.fire:has-text('yard.c0150.temp_1_degc')"


def test_an_alarm_arrives_is_acknowledged_by_a_person_and_reset(page: Page, served: Served) -> None:
    enter(page, "operator")
    expect(page.get_by_text("No alarm stands")).to_be_visible()

    served.do(lambda gateway: gateway.raise_fire())
    fire = page.locator(FIRE)
    expect(fire).to_be_visible()
    expect(fire).to_contain_text("Fire")
    expect(fire).to_contain_text("57.3")
    expect(fire).to_contain_text("limit 50.0")
    expect(page.locator(".cell.alarm")).to_have_count(2)  # one in the yard, one in the key

    fire.get_by_role("button", name="Acknowledge").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Do not enter")
    dialog.get_by_label("Comment").fill("on my way")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(fire).to_contain_text("acknowledged by operator")
    expect(fire).to_contain_text("on my way")
    expect(fire.get_by_role("button", name="Acknowledge")).to_have_count(0)

    served.do(lambda gateway: gateway.cool())
    fire.get_by_role("button", name="Reset").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset").click()
    expect(fire).to_have_count(0)

    journal = page.locator(".journal li", has_text="yard.c0150.temp_1_degc")
    expect(journal.filter(has_text="reset").first).to_contain_text("operator")
    story = [e.edge for e in served.double.journal if e.alarm_id == "temp_high:" + TEMP]
    assert story == ["raised", "acknowledged", "cleared", "reset"]


TEMP = "yard.c0150.temp_1_degc"


def test_a_viewer_sees_the_alarm_but_no_button(page: Page, served: Served) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    enter(page, "viewer")
    expect(page.locator(FIRE)).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(page.get_by_text("Your role cannot acknowledge")).to_be_visible()


def test_a_lost_stream_is_loud_and_nothing_stays_green(page: Page, served: Served) -> None:
    served.do(lambda gateway: gateway.heat("c0025", 25.0, 300.0))
    enter(page, "operator")
    expect(page.locator(".cells .cell.ok")).to_have_count(1)
    served.do(lambda gateway: gateway.hub.close())
    expect(page.get_by_role("alert")).to_contain_text("Connection lost")
    expect(page.locator(".cells .cell.ok")).to_have_count(0)
    expect(page.locator(".status.ok")).to_have_count(0)
    expect(page.locator("main.stale")).to_be_visible()


def test_alarms_that_cannot_be_read_are_loud_though_the_line_lives(
    page: Page, served: Served
) -> None:
    served.do(lambda gateway: gateway.heat("c0025", 25.0, 300.0))
    enter(page, "operator")
    expect(page.locator(".cells .cell.ok")).to_have_count(1)
    page.route("**/api/v1/alarms", lambda route: route.fulfill(status=503, body="{}"))
    served.do(lambda gateway: gateway.raise_fire())
    expect(page.get_by_role("alert")).to_contain_text("Alarms cannot be read")
    expect(page.locator(".link.live")).to_be_visible()
    expect(page.get_by_text("No alarm stands")).to_have_count(0)
    expect(page.locator(".cells .cell.ok")).to_have_count(0)
    page.unroute("**/api/v1/alarms")
    expect(page.locator(FIRE)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_absent_data_is_never_green(page: Page, served: Served) -> None:
    enter(page, "operator")
    expect(page.locator(".cells .cell.no_sensor")).to_have_count(196)
    expect(page.locator(".cells .cell.no_data")).to_have_count(4)
    expect(page.locator(".cells .cell.ok")).to_have_count(0)
    expect(page.get_by_text("1 board stands for 50 containers")).to_be_visible()


def test_a_board_is_green_only_where_it_is_heard(page: Page, served: Served) -> None:
    served.do(lambda gateway: gateway.describe())
    enter(page, "operator")
    row = page.locator(".board-row", has_text="b0025")
    expect(row.locator(".status.ok")).to_have_count(1)
    for fact in ("1.2.0", "slot b", "28.4", "synchronised", "3 sensors", "2 lost"):
        expect(row).to_contain_text(fact)
    expect(page.locator(".board-row .status.ok")).to_have_count(1)
    expect(page.locator(".board-row.unheard").first).to_contain_text("not heard")
    expired = page.locator(".board-row.warning")
    expect(expired).to_contain_text("calibration expired")
    expired.locator("summary").click()
    expect(expired.get_by_text("no communication")).to_be_visible()
    expect(page.locator(".board-row").first).to_contain_text("horn sounds")

    served.do(lambda gateway: gateway.hub.close())
    expect(page.get_by_role("alert")).to_contain_text("Connection lost")
    expect(page.locator(".board-row .status.ok")).to_have_count(0)


def test_boards_that_cannot_be_read_show_nothing_old(page: Page, served: Served) -> None:
    served.do(lambda gateway: gateway.describe())
    page.route("**/api/v1/boards", lambda route: route.fulfill(status=503, body="{}"))
    enter(page, "operator")
    expect(page.get_by_text("Boards cannot be read")).to_be_visible()
    expect(page.locator(".board-row")).to_have_count(0)


def test_a_wrong_password_is_told(page: Page) -> None:
    page.fill("input[name=name]", "operator")
    page.fill("input[name=password]", "not this one")
    page.click("button[type=submit]")
    expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")


@pytest.mark.parametrize(("language", "title"), [("ja", "警報"), ("zh-Hant", "燃料場")])
def test_the_page_speaks_other_languages(page: Page, language: str, title: str) -> None:
    enter(page, "operator")
    page.get_by_label("Language").select_option(language)
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == language


def test_it_fits_a_narrow_phone_and_asks_nobody_else(page: Page, served: Served) -> None:
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    served.do(lambda gateway: gateway.raise_fire())
    page.reload()
    enter(page, "operator")
    expect(page.locator(FIRE)).to_be_visible()
    page.locator(".store", has_text="c0150").locator("summary").click()
    expect(page.locator(".trend svg").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert errors == []
    assert {url.split("/")[2] for url in asked} == {served.url.split("/")[2]}
    reached = page.locator("button, select, summary")
    heights = reached.evaluate_all("all => all.map(one => one.offsetHeight)")
    assert min(heights) >= 44


def test_the_keyboard_reaches_the_acknowledge_button(page: Page, served: Served) -> None:
    served.do(lambda gateway: gateway.raise_fire())
    enter(page, "operator")
    fire = page.locator(FIRE)
    fire.get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_failed_path_is_one_card_and_what_follows_is_folded_away(
    page: Page, served: Served
) -> None:
    enter(page, "operator")
    served.do(Double.lose_the_broker)
    lost = page.locator(".alarm-card", has_text="Access point, supply or link lost")
    expect(lost).to_contain_text("6 boards")
    expect(lost).to_contain_text("Not seen behind it: c0025, c0075, c0125, c0150, s1–s2")
    expect(page.locator(".alarm-card")).to_have_count(1)
    folded = page.locator(".hidden-alarms")
    expect(folded.locator("summary")).to_contain_text("Hidden (1) · 1 in alarm")
    folded.locator("summary").click()
    expect(folded.locator("li")).to_contain_text("No connection to the broker")
    expect(page.locator(".flood")).to_have_count(0)

    served.do(Double.flood)
    expect(page.locator(".flood")).to_contain_text("Nothing is left out")
    expect(page.locator(".alarm-card")).to_have_count(12)
