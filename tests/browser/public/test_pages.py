"""What holds for every public page in a browser."""

from typing import NamedTuple

import pytest

from tests.browser.conftest import Visitor
from tests.pages import HTML_PAGES

PAGES = [*HTML_PAGES, "/gibt-es-nicht/", "/admin/konto/login/"]


WIDER_TABLES = """[...document.querySelectorAll('.scroll')]
    .filter(region => region.scrollWidth > region.clientWidth).map(region => region.scrollWidth)"""
# On a map type is measured in metres of Saxony, and smaller or larger with the map.
SIZES_OF_TYPE = """[...new Set([...document.querySelectorAll('main *:not(.map-labels *)')]
    .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(element => getComputedStyle(element).fontSize))]"""


class Seen(NamedTuple):
    """What was found on all pages, by address; each was loaded once."""

    barriers: dict[str, dict]
    widths: dict[tuple[str, int], int]
    wider_tables: dict[tuple[str, int], list[int]]
    sizes_of_type: dict[str, list[str]]
    left_in_the_browser: list


@pytest.fixture(scope="module")
def seen(site, chromium):
    visitor = Visitor(chromium.new_page(locale="de-DE"), site)
    pages = Seen({}, {}, {}, {}, [])
    for address in PAGES:
        visitor.open(address)
        look_at(visitor, address, pages)
    visitor.page.context.close()
    forget_the_404(visitor)
    assert visitor.complaints == []
    return pages


def look_at(visitor, address, pages):
    pages.barriers[address] = visitor.barriers_everywhere()
    for width in (320, 360, 768, 896, 1152, 1280):
        visitor.resize(width)
        pages.widths[address, width] = visitor.page.evaluate("document.documentElement.scrollWidth")
        pages.wider_tables[address, width] = visitor.page.evaluate(WIDER_TABLES)
    pages.sizes_of_type[address] = visitor.page.evaluate(SIZES_OF_TYPE)
    if address in HTML_PAGES:  # to log in needs a cookie
        pages.left_in_the_browser.extend(visitor.page.context.cookies())
        pages.left_in_the_browser.extend(
            visitor.page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
        )


def test_no_page_has_a_barrier_that_axe_knows_however_it_is_looked_at(seen):
    assert {address: barriers for address, barriers in seen.barriers.items() if barriers} == {}
    assert len(seen.barriers) == len(PAGES)


def test_no_page_scrolls_sideways(seen):
    assert {place: wide for place, wide in seen.widths.items() if wide > place[1]} == {}


def test_no_table_is_wider_than_its_place(seen):
    assert {place: tables for place, tables in seen.wider_tables.items() if tables} == {}


def test_no_page_uses_more_than_three_sizes_of_type(seen):
    found = {address: sizes for address, sizes in seen.sizes_of_type.items() if len(sizes) > 3}
    assert found == {}


def test_public_pages_leave_nothing_in_the_browser(seen):
    assert seen.left_in_the_browser == []


@pytest.mark.parametrize(("address", "row"), [("/rollout/", "#rollout-25"), ("/projekte/", "#lp-17")])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_way_to_a_row_ends_below_the_headings_that_stay(visit, address, row, width):
    visitor = visit(width=width, reduced_motion="reduce")
    visitor.open(address + row)
    seen = """row => { const box = row.getBoundingClientRect();
        return row.contains(document.elementFromPoint(box.left + 30, box.top + 6)); }"""
    assert visitor.page.locator(row).evaluate(seen)


def test_the_headings_of_a_long_table_stay_in_sight(visit):
    visitor = visit()
    for address in ("/rollout/", "/projekte/"):
        visitor.open(address)
        visitor.page.locator("tbody tr").last.scroll_into_view_if_needed()
        assert visitor.page.locator("table.stacked > thead").bounding_box()["y"] == 0, address


def test_the_contents_of_an_edition_fit_an_office_screen(visit):
    visitor = visit(width=1366, height=768)
    visitor.open("/ausgaben/2022-10/")
    contents = visitor.page.get_by_role("navigation", name="Inhalt")
    assert contents.evaluate("element => element.scrollHeight <= element.clientHeight")


def test_a_table_reached_by_keyboard_shows_the_focus(visit):
    visitor = visit()
    visitor.open("/rollout/")
    visitor.page.keyboard.press("Tab")
    region = visitor.page.locator(".scroll")
    region.focus()
    assert region.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


def test_paper_is_black_on_white_whatever_the_screen(visit):
    visitor = visit(color_scheme="dark")
    visitor.page.emulate_media(media="print", color_scheme="dark")
    visitor.open("/rollout/")
    style = """selector => { const style = getComputedStyle(document.querySelector(selector));
        return [style.color, style.backgroundColor]; }"""
    assert visitor.page.evaluate(style, "body") == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert visitor.page.evaluate(style, ".stand")[0] == "rgb(51, 51, 51)"
    assert visitor.page.locator(".printed-from").is_visible()
    assert not visitor.page.locator(".sortable thead span").first.is_visible()


def test_on_phones_month_and_platform_of_a_service_stand_apart(visit):
    visitor = visit(width=360, height=720)
    visitor.open("/leistungen/")
    boxes = [
        [cell.bounding_box() for cell in row.locator("td").all()]
        for row in visitor.page.locator(".services tbody tr").all()[:5]
    ]
    assert all(month["x"] + month["width"] <= platform["x"] for month, platform in boxes)


def test_figures_and_newest_stand_are_above_the_fold_of_an_office_screen(visit):
    visitor = visit(width=1366, height=768)
    visitor.open("/")
    boxes = [figure.bounding_box() for figure in visitor.page.locator(".glance li, .glance .stand").all()]
    assert len(boxes) == 7
    assert max(box["y"] + box["height"] for box in boxes) <= 768


def forget_the_404(visitor):
    """Chromium writes it to the console when a page answers 404."""
    visitor.complaints = [text for text in visitor.complaints if "status of 404" not in text]
