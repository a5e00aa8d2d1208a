"""What holds for every public page in a browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.pages import HTML_PAGES

PAGES = [*HTML_PAGES, "/gibt-es-nicht/", "/admin/konto/login/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_that_axe_knows(visit, scheme):
    visitor = visit(color_scheme=scheme)
    found = {}
    for address in PAGES:
        visitor.open(address)
        found[address] = [
            (violation["id"], node["html"][:120])
            for violation in Axe().run(visitor.page).response["violations"]
            for node in violation["nodes"]
        ]
    forget_the_404(visitor)
    assert {address: violations for address, violations in found.items() if violations} == {}


def test_no_page_has_a_barrier_on_a_phone(visit):
    visitor = visit(width=360, height=720)
    found = {}
    for address in PAGES:
        visitor.open(address)
        found[address] = [violation["id"] for violation in Axe().run(visitor.page).response["violations"]]
    forget_the_404(visitor)
    assert {address: violations for address, violations in found.items() if violations} == {}


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_page_scrolls_sideways(visit, width):
    visitor = visit(width=width)
    widths = {}
    for address in PAGES:
        visitor.open(address)
        widths[address] = visitor.page.evaluate("document.documentElement.scrollWidth")
    forget_the_404(visitor)
    assert {address: found for address, found in widths.items() if found > width} == {}


def test_figures_and_newest_stand_are_above_the_fold_of_an_office_screen(visit):
    visitor = visit(width=1366, height=768)
    visitor.open("/")
    boxes = [figure.bounding_box() for figure in visitor.page.locator(".glance li, .glance .stand").all()]
    assert len(boxes) == 6
    assert max(box["y"] + box["height"] for box in boxes) <= 768


def test_public_pages_leave_nothing_in_the_browser(visit):
    visitor = visit()
    for address in HTML_PAGES:
        visitor.open(address)
    assert visitor.page.context.cookies() == []
    assert visitor.page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_no_page_uses_more_than_three_sizes_of_type(visit):
    visitor = visit()
    sizes = """[...new Set([...document.querySelectorAll('main *')]
        .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .map(element => getComputedStyle(element).fontSize))]"""
    found = {}
    for address in HTML_PAGES:
        visitor.open(address)
        found[address] = visitor.page.evaluate(sizes)
    assert {address: values for address, values in found.items() if len(values) > 3} == {}


def forget_the_404(visitor):
    """Chromium writes it to the console when a page answers 404."""
    visitor.complaints = [text for text in visitor.complaints if "status of 404" not in text]
