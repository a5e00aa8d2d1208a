"""Figures over time in a browser: type that can be read on every screen, without JavaScript or a keyboard trap."""

import pytest

PAGES = ["/entwicklung/", "/entwicklung/beispiel/"]

LABELS = """() => [...document.querySelectorAll('.chart-drawing text')]
    .map(text => ({words: text.textContent, size: parseFloat(getComputedStyle(text).fontSize),
                   chart: text.closest('figure').querySelector('figcaption').textContent,
                   box: text.getBoundingClientRect().toJSON()}))
    .filter(label => label.box.width)"""


def overlap(one: dict, other: dict) -> bool:
    """By more than a line may lean into the next."""
    return (
        min(one["right"], other["right"]) - max(one["left"], other["left"]) > 1
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 4
    )


@pytest.mark.parametrize("width", [360, 784, 1280])
def test_the_words_of_a_chart_are_large_enough_in_sight_and_apart(visit, width):
    visitor = visit(width=width)
    for address in PAGES:
        visitor.open(address)
        labels = visitor.page.evaluate(LABELS)
        assert len(labels) > 10
        assert {label["words"] for label in labels if label["size"] < 12} == set()
        outside = [
            label["words"] for label in labels if label["box"]["left"] < 0 or label["box"]["right"] > width
        ]
        assert (address, outside) == (address, [])
        covered = [
            (one["words"], other["words"])
            for place, one in enumerate(labels)
            for other in labels[place + 1 :]
            if one["chart"] == other["chart"] and overlap(one["box"], other["box"])
        ]
        assert (address, covered) == (address, [])


@pytest.mark.parametrize(
    "media", [{}, {"color_scheme": "dark"}, {"media": "print"}, {"forced_colors": "active"}]
)
def test_what_is_invented_looks_different_whatever_the_colours(visit, media):
    visitor = visit()
    visitor.page.emulate_media(**media)
    visitor.open("/entwicklung/beispiel/")
    mark = """open => { const style = getComputedStyle(
        document.querySelector('.chart-drawing .chart-mark' + (open ? '.chart-open' : ':not(.chart-open)')));
        return style.fill !== style.stroke; }"""
    assert visitor.page.evaluate(mark, True)
    assert not visitor.page.evaluate(mark, False)
    dashes = "getComputedStyle(document.querySelector('.chart-drawing .chart-dashed')).strokeDasharray"
    assert visitor.page.evaluate(dashes) != "none"


def test_a_service_is_chosen_without_javascript(visit):
    visitor = visit(java_script_enabled=False)
    visitor.open("/entwicklung/")
    visitor.page.get_by_label("Leistung", exact=True).select_option(label="Wunschkennzeichen (Landkreise)")
    visitor.page.locator("form:has(#choose-service) button").click()
    visitor.page.wait_for_url("**/entwicklung/?*leistung=wunschkennzeichen*")
    assert visitor.page.locator("#choose-service").input_value() == "wunschkennzeichen"
    assert visitor.page.get_by_role("link", name="Zur Leistung Wunschkennzeichen").is_visible()
