"""A browser that looks at a running site; which content the site has is said in the folders below."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import sync_playwright

RULES_OF_COLOURS = ["color-contrast", "link-in-text-block"]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(scope="package")
def chromium(chromium_path):
    # Playwright runs an event loop in this thread, and Django would refuse to touch the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield browser
        browser.close()
        connections.close_all()  # those beside the event loop are others than those of its absence
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visitor:
    """A browser window on the site that collects what a page must not do."""

    def __init__(self, page, site):
        self.page = page
        self.site = site
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note_foreign_host)

    def _note_foreign_host(self, request):
        if not request.url.startswith((self.site, "data:")):
            self.complaints.append(f"asked {request.url}")

    def open(self, address):
        self.page.goto(self.site + address)

    def resize(self, width, height=800):
        """As if it had been opened at this size: no script runs on our pages, so the page is laid out alike."""
        self.page.set_viewport_size({"width": width, "height": height})
        assert self.page.evaluate("innerWidth") == width

    def barriers(self, scheme="light", context=None) -> list[tuple[str, str]]:
        """Rule and element of all that axe finds on the page; in the dark nothing but colours is different."""
        rules = {"runOnly": RULES_OF_COLOURS} if scheme == "dark" else {}
        found = Axe().run(self.page, context, {"resultTypes": ["violations"]} | rules)
        return [
            (violation["id"], node["html"][:120])
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]

    def click(self, name, **kwargs):
        """Follow a link or press a button by its name."""
        self.page.get_by_role(kwargs.pop("role", "link"), name=name, **kwargs).first.click()

    @property
    def text(self):
        return " ".join(self.page.inner_text("main").split())


@pytest.fixture
def visit(site, chromium):
    """Opens windows of any size; at the end none of them may have complained."""
    windows = []

    def open_window(width=1280, height=800, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="de-DE", **options)
        visitor = Visitor(context.new_page(), site)
        windows.append(visitor)
        return visitor

    yield open_window
    for window in windows:
        window.page.context.close()
    assert [complaint for window in windows for complaint in window.complaints] == []
