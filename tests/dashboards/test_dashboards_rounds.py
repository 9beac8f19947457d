"""Handheld rounds on the page: one container after the other, with one thumb."""

import pytest
from http_double import Served
from playwright.sync_api import Page, expect
from signing_in import enter

pytestmark = pytest.mark.browser


def test_a_round_is_walked_and_closed_on_a_phone(page: Page, served: Served) -> None:
    served.do(lambda gateway: gateway.raise_fire("c0025"))
    enter(page, "operator")
    walk = page.locator(".round")
    expect(walk).to_contain_text("Around c0025")
    expect(walk).to_contain_text("0 of 49 measured")
    walk.get_by_role("button", name="Enter a reading").click()
    dialog = page.get_by_role("dialog")
    save = dialog.get_by_role("button", name="Write down")
    save.click()
    expect(dialog.get_by_role("alert")).to_contain_text("nothing is entered")
    dialog.get_by_label("CO ppm").fill("12 or so")
    save.click()
    expect(dialog.get_by_role("alert")).to_contain_text("CO is no number")

    dialog.get_by_label("CO ppm").fill("12,5")
    dialog.get_by_label("Temperature °C").fill("4.5")
    dialog.get_by_role("button", name="Change the sign").click()
    dialog.get_by_label("Comment").fill("east door")
    save.click()
    expect(dialog.get_by_role("status")).to_contain_text("c0024 is written down. Not measured: 48")
    expect(dialog.get_by_label("CO ppm")).to_have_value("")
    expect(dialog.get_by_label("Container")).to_have_value("c0026")
    dialog.get_by_label("smell").check()
    save.click()
    expect(dialog.get_by_role("status")).to_contain_text("c0026 is written down")
    heights = dialog.locator("button, select, label:has([type=checkbox])").evaluate_all(
        "all => all.map(one => one.offsetHeight)"
    )
    assert min(heights) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    dialog.get_by_role("button", name="Done").click()

    (one, *_) = [r for r in served.double.rounds.rounds() if r.store == "c0025"]
    first, then = one.readings
    assert (first.store, first.co_ppm, first.temp_degc, first.o2_percent, first.comment) == (
        "c0024", 12.5, -4.5, None, "east door",
    )  # fmt: skip
    assert (then.store, then.co_ppm, then.signs) == ("c0026", None, ("smell",))

    walk = walk.filter(has_text="Around c0025")
    expect(walk).to_contain_text("2 of 49 measured")
    walk.get_by_role("button", name="Close round").click()
    expect(dialog).to_contain_text("47 of 49 are not measured and stay unknown")
    dialog.get_by_label("Reason").fill("cordoned off")
    dialog.get_by_role("button", name="Close round").click()
    expect(walk).to_have_count(0)


def test_a_viewer_sees_the_round_and_a_late_one_is_marked(page: Page, served: Served) -> None:
    served.do(lambda gateway: gateway.raise_fire("c0025"))

    def late(gateway) -> None:
        (one,) = gateway.engine.rounds.all()
        one.overdue = True

    served.do(late)
    enter(page, "viewer")
    walk = page.locator(".round.overdue")
    expect(walk).to_contain_text("overdue")
    expect(walk.get_by_role("button")).to_have_count(0)
    walk.locator("summary").click()
    expect(walk).to_contain_text("c0024, c0026, c0001")
