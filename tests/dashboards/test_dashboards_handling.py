"""What people do with alarms on the page: hide them, agree, show them again, tick steps."""

from collections.abc import Iterator

import pytest
from http_double import Double, Served, sign_in
from playwright.sync_api import Browser, Locator, Page, expect
from signing_in import enter

from agent.samples import Quality, Sample

pytestmark = pytest.mark.browser

FIRE = ".alarm-card.fire:has-text('yard.c0150.temp_1_degc')"
FAULT = ".alarm-card.fault:has-text('yard.c0150.temp_2_degc')"


@pytest.fixture
def second(browser: Browser, served: Served) -> Iterator[Page]:
    """Another person's phone."""
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="en-GB")
    context.set_default_timeout(15_000)
    found = context.new_page()
    found.goto(served.url)
    yield found
    context.close()


def break_sensor(gateway: Double) -> None:
    now_us = gateway.now().utc_us
    gateway.take(Sample("yard.c0150.temp_2_degc", now_us, None, Quality.BAD, "sensor_open"))


def unfold(alarm: Locator) -> None:
    alarm.locator("summary").click()


def put(page: Page, alarm: Locator, button: str, span: str, reason: str) -> None:
    alarm.get_by_role("button", name=f"{button}…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").select_option(label=span)
    dialog.get_by_role("button", name=button).click()  # without a reason nothing is sent
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=button).click()
    expect(dialog).to_have_count(0)


def test_an_alarm_is_shelved_for_an_allowed_time_and_shown_again(
    page: Page, served: Served
) -> None:
    served.do(break_sensor)
    enter(page, "operator")
    fault, hidden = page.locator(FAULT), page.locator(".hidden-alarms")
    unfold(fault)
    expect(fault.get_by_role("button", name="Take out of service")).to_have_count(0)
    fault.get_by_role("button", name="Shelve…").click()
    spans = page.get_by_role("dialog").locator("option").all_inner_texts()
    assert spans == ["15 min", "30 min", "1 hr", "2 hr", "4 hr", "8 hr"]
    page.keyboard.press("Escape")
    put(page, fault, "Shelve", "2 hr", "new probe on order")

    expect(fault).to_have_count(0)
    expect(page.get_by_text("No alarm stands")).to_have_count(0)
    expect(hidden.locator("summary")).to_contain_text("Hidden (1) · 1 in alarm")
    expect(page.locator(".store", has_text="c0150").locator(".status.fault")).to_be_visible()
    unfold(hidden)
    row = hidden.locator("li")
    for words in ("c0150", "Sensor fault", "in alarm now", "shelved: operator", "until", "probe"):
        expect(row).to_contain_text(words)
    row.get_by_role("button", name="Show again").click()
    expect(fault).to_be_visible()
    expect(hidden).to_have_count(0)


def test_a_fire_is_hidden_by_two_people_and_its_store_stays_red(
    page: Page, second: Page, served: Served
) -> None:
    served.do(Double.raise_fire)
    enter(page, "operator")
    enter(second, "engineer")
    mine, theirs = page.locator(FIRE), second.locator(FIRE)
    unfold(mine)
    put(page, mine, "Shelve", "30 min", "hot work, watched")
    expect(mine.locator(".asked")).to_contain_text("operator asks to shelve this for 30 min")
    expect(mine.locator(".asked")).to_contain_text("Waits for a second person until")
    expect(mine.get_by_role("button", name="Agree")).to_have_count(0)

    theirs.get_by_role("button", name="Agree").click()
    dialog = second.get_by_role("dialog")
    expect(dialog).to_contain_text("hot work, watched")
    dialog.get_by_role("button", name="Agree").click()
    for one in (page, second):
        expect(one.locator(FIRE)).to_have_count(0)
        expect(one.locator(".hidden-alarms summary")).to_contain_text("in alarm")
        expect(one.locator(".cells .cell.alarm")).to_have_count(1)
    unfold(page.locator(".hidden-alarms"))
    expect(page.locator(".hidden-alarms li")).to_contain_text("shelved: operator + engineer")
    expect(page.locator(".journal .person", has_text="operator + engineer")).to_be_visible()


def test_engineers_take_out_of_service_and_operators_return(
    page: Page, second: Page, served: Served
) -> None:
    served.do(break_sensor)
    enter(page, "engineer")
    fault = page.locator(FAULT)
    unfold(fault)
    put(page, fault, "Take out of service", "3 days", "board is being moved")
    expect(fault).to_have_count(0)
    enter(second, "operator")
    unfold(second.locator(".hidden-alarms"))
    row = second.locator(".hidden-alarms li")
    expect(row).to_contain_text("out of service: engineer")
    row.get_by_role("button", name="Return to service").click()
    expect(second.locator(FAULT)).to_be_visible()
    expect(fault).to_be_visible()


def test_what_is_asked_about_an_alarm_that_does_not_stand_is_seen_too(
    page: Page, served: Served
) -> None:
    served.do(lambda gateway: gateway.heat("c0150", 20.0, 200.0))
    with served.client() as client:
        sign_in(client, "engineer")
        path = "/api/v1/alarms/co_high:yard.c0150.co_ppm/out-of-service"
        body = {"comment": "sensor is calibrated", "for_s": 3600}
        assert client.post(path, json=body).status_code == 200
    enter(page, "administrator")
    asked = page.locator(".apart")
    expect(asked).to_contain_text("Carbon monoxide high")
    asked.get_by_role("button", name="Agree").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Carbon monoxide high")
    dialog.get_by_role("button", name="Agree").click()
    expect(asked).to_have_count(0)
    expect(page.locator(".hidden-alarms summary")).to_have_text("Hidden (1)")
    expect(page.get_by_text("No alarm stands")).to_have_count(0)


def test_steps_are_ticked_by_name_and_the_fire_tells_what_is_around_it(
    page: Page, served: Served
) -> None:
    served.do(lambda gateway: gateway.raise_fire("c0025"))
    enter(page, "operator")
    fire = page.locator(".alarm-card.fire:has-text('yard.c0025.temp_1_degc')")
    expect(fire).to_contain_text("Beside it: c0024, c0026")
    expect(fire).to_contain_text("Stands for 49 containers nobody measures: c0001–c0024")
    unfold(fire)
    step = fire.get_by_role("button", name="Cordon off the store")
    expect(step).to_have_attribute("aria-pressed", "false")
    step.click()
    expect(step).to_contain_text("done: operator")
    expect(
        page.locator(".journal li", has_text="step of the response card done (2)")
    ).to_be_visible()
    step.click()
    expect(step).to_have_attribute("aria-pressed", "false")
    paper = fire.get_by_role("link", name="Print").get_attribute("href")
    assert paper == (
        "/api/v1/alarms/export?format=html&language=en&alarm=temp_high%3Ayard.c0025.temp_1_degc"
    )


def test_it_says_who_is_not_reached_and_that_nobody_is_told(page: Page, served: Served) -> None:
    enter(page, "viewer")
    told = page.locator(".told")
    expect(told.filter(has_text="shift is not reached, 1 waiting: not reached")).to_be_visible()
    expect(told.filter(has_text="No page was sent yet")).to_be_visible()
    served.do(lambda gateway: setattr(gateway.notifications, "recipients", list))
    served.do(Double.raise_fire)
    expect(told).to_have_count(1)
    expect(told).to_contain_text("Nobody is told of alarms")
