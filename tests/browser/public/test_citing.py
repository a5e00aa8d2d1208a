"""The address of a row, by mouse and by keyboard."""

import pytest


@pytest.mark.parametrize(
    ("page", "row", "address"),
    [
        ("/rollout/", "#rollout-3", "**/rollout/2022-10-05/#rollout-3"),
        ("/projekte/", "#projekt-3", "**/projekte/2022-10-14/#projekt-3"),
        ("/ausgaben/2022-10/", "#produktiv-z3", "**/ausgaben/2022-10/#produktiv-z3"),
    ],
)
def test_the_address_of_a_row_shows_on_focus_and_leads_to_it(visit, page, row, address):
    visitor = visit(reduced_motion="reduce")
    visitor.open(page)
    link = visitor.page.locator(f"{row} th > a:empty")
    opacity = "element => getComputedStyle(element).opacity"
    assert link.evaluate(opacity) == "0"
    link.focus()
    assert link.evaluate(opacity) == "1"
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(address)


def test_the_address_of_a_row_shows_under_the_mouse(visit):
    visitor = visit()
    visitor.open("/rollout/")
    row = visitor.page.locator("#rollout-3")
    row.hover()
    assert row.locator("th > a:empty").evaluate("element => getComputedStyle(element).opacity") == "1"


def test_files_and_addresses_of_rows_are_not_on_paper(visit):
    visitor = visit()
    visitor.page.emulate_media(media="print")
    visitor.open("/rollout/")
    assert not visitor.page.locator(".data-links").is_visible()
    assert not visitor.page.locator("#rollout-3 th > a:empty").is_visible()


def test_a_file_is_downloaded_under_a_name_that_tells_what_it_is(visit):
    visitor = visit()
    visitor.open("/rollout/")
    with visitor.page.expect_download() as download:
        visitor.click("CSV: Stand des Roll-Outs")
    assert download.value.suggested_filename == "rollout-2022-10-05.csv"
