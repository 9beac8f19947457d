"""Somebody signs in on the page."""

from http_double import PASSWORD
from playwright.sync_api import Page, expect


def enter(page: Page, name: str) -> None:
    """Sign in, and wait until the page is live."""
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator(".link.live")).to_be_visible()
