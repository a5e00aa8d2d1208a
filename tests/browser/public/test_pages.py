"""What holds for every public page in a browser."""

import pytest

from tests.pages import HTML_PAGES

PAGES = [*HTML_PAGES, "/gibt-es-nicht/", "/admin/konto/login/"]


def at_widths(visit, widths, **options):
    """Every page in a window of every width, each opened once."""
    visitor = visit(**options)
    for address in PAGES:
        visitor.open(address)
        for width in widths:
            visitor.resize(width)
            yield visitor, address, width
    forget_the_404(visitor)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_that_axe_knows(visit, scheme):
    found = {}
    for visitor, address, width in at_widths(visit, [1280, 360], color_scheme=scheme):
        found[address, width] = visitor.barriers(scheme)
    assert {place: barriers for place, barriers in found.items() if barriers} == {}


def test_no_page_scrolls_sideways(visit):
    found = {}
    for visitor, address, width in at_widths(visit, [320, 360, 768, 896, 1152, 1280]):
        found[address, width] = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert {place: wide for place, wide in found.items() if wide > place[1]} == {}


def test_no_table_is_wider_than_its_place(visit):
    wider = """[...document.querySelectorAll('.scroll')]
        .filter(region => region.scrollWidth > region.clientWidth).map(region => region.scrollWidth)"""
    found = {}
    for visitor, address, width in at_widths(visit, [320, 360, 768, 1280]):
        found[address, width] = visitor.page.evaluate(wider)
    assert {place: regions for place, regions in found.items() if regions} == {}


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


def test_public_pages_leave_nothing_in_the_browser(visit):
    visitor = visit()
    for address in HTML_PAGES:
        visitor.open(address)
    assert visitor.page.context.cookies() == []
    assert visitor.page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_no_page_uses_more_than_three_sizes_of_type(visit):
    visitor = visit()
    # On a map type is measured in metres of Saxony, and smaller or larger with the map.
    sizes = """[...new Set([...document.querySelectorAll('main *:not(.map-labels *)')]
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
