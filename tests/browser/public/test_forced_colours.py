"""Where the reader's own few colours replace ours, what was said by a colour is still there."""

import pytest

STYLE = "(element, name) => getComputedStyle(element)[name]"


@pytest.fixture(params=["light", "dark"])
def visitor(visit, request):
    return visit(forced_colors="active", color_scheme=request.param)


def style(locator, name):
    return locator.first.evaluate(STYLE, name)


def test_the_place_in_the_navigation_has_a_line_of_its_own(visitor):
    visitor.open("/leistungen/")
    line = "borderBottomColor"
    ground = style(visitor.page.locator("body"), "backgroundColor")
    assert style(visitor.page.locator(".site-nav a[aria-current]"), line) != ground
    assert style(visitor.page.locator(".site-nav a:not([aria-current])"), line) == ground


def test_bars_are_filled_within_a_frame(visitor):
    visitor.open("/rollout/#rollout-1")
    bar = visitor.page.locator(".bar")
    assert style(bar.locator("rect"), "fill") != style(bar, "backgroundColor")
    assert style(bar, "outlineStyle") == "solid"
    assert style(visitor.page.locator("tr:target"), "outlineStyle") == "solid"


def test_states_of_phases_are_signs_of_different_shape_in_the_colour_of_text(visitor):
    visitor.open("/projekte/")
    signs = visitor.page.locator(".legend-states svg use")
    assert (
        len(set(signs.evaluate_all("all => all.map(use => use.getAttribute('href'))"))) == signs.count() >= 5
    )
    ink = style(visitor.page.locator("body"), "color")
    for sign in visitor.page.locator(".legend-states .sign").all():
        assert sign.evaluate(STYLE, "color") == ink


def test_what_was_searched_for_is_marked_and_the_chosen_kind_is_not_underlined(visitor):
    visitor.open("/suche/?q=leipzig")
    mark = visitor.page.locator("mark")
    assert style(mark, "backgroundColor") != style(visitor.page.locator("body"), "backgroundColor")
    assert style(mark, "fontWeight") == "600"
    assert style(visitor.page.locator(".facets a[aria-current]"), "textDecorationLine") == "none"
    assert style(visitor.page.locator(".facets a:not([aria-current])"), "textDecorationLine") == "underline"
