"""Readers with a question: every answer is two clicks away at most, without JavaScript."""

import pytest


@pytest.fixture
def reader(visit):
    visitor = visit(java_script_enabled=False)
    visitor.open("/")
    return visitor


def test_since_when_and_where_sozialpass_can_be_had(reader):
    reader.click("Sozialpass", exact=True)
    assert "Seit 09/2022 verfügbar" in reader.text
    shop = reader.page.get_by_role("link", name="shop.kisa.it")
    assert shop.get_attribute("href").startswith("https://shop.kisa.it/")


def test_a_service_is_found_by_searching(reader):
    reader.page.get_by_label("Website durchsuchen").fill("sozialpass")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/suche/?q=sozialpass")
    assert reader.page.get_by_label("Suchbegriff").input_value() == "sozialpass"
    reader.click("Leistungen (1)")
    assert "davon 1 Leistungen" in reader.text
    reader.click("Sozialpass", exact=True)
    assert "Seit 09/2022 verfügbar" in reader.text


def test_the_search_needs_no_mouse(visit):
    visitor = visit()
    visitor.open("/leistungen/")
    press = visitor.page.keyboard.press
    for _ in range(20):
        press("Tab")
        if visitor.page.locator(":focus").get_attribute("id") == "site-search":
            break
    visitor.page.keyboard.type("Wohngelt")
    press("Tab")
    assert visitor.page.locator(":focus").inner_text() == "Suchen"
    press("Enter")
    visitor.page.wait_for_url("**/suche/?q=Wohngelt")
    visitor.page.get_by_label("Suchbegriff").focus()
    for _ in range(6):  # the button, three kinds, the first two hits
        press("Tab")
    focused = visitor.page.locator(":focus")
    assert focused.evaluate("link => link.closest('li') === document.querySelectorAll('.hits li')[1]")
    assert focused.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"


def test_a_near_term_leads_to_hits(reader):
    reader.page.get_by_label("Website durchsuchen").fill("Wohnegld")
    reader.page.keyboard.press("Enter")
    reader.click("Wohngeld", exact=True)
    assert reader.page.locator(".hits mark").all_inner_texts()[0] == "Wohngeld"


def test_how_widely_wohngeld_is_used_and_of_when_the_figure_is(reader):
    reader.click("Roll-out")
    row = reader.page.get_by_role("row", name="Wohngeld")
    assert row.get_by_role("cell").all_inner_texts() == ["11", "32\u00a0%", "32\u00a0%"]
    assert "Stand: 05.10.2022, von der SAKD erhoben" in reader.text


def test_what_landkreise_can_use_that_is_not_on_amt24(reader):
    reader.click("Leistungen")
    reader.page.get_by_label("Für meine Verwaltung").select_option("Landkreis")
    reader.page.get_by_label("Plattform", exact=True).select_option("nicht auf Amt24")
    reader.click("Anzeigen", role="button")
    names = reader.page.locator("table.services tbody th a:not(:empty)").all_inner_texts()
    assert names == ["An-, Ab- und Ummeldung eines Kfz", "Wunschkennzeichen", "Feinstaubplakette", "BAföG"]


def test_which_projects_concern_bauen(reader):
    reader.click("Projekte")
    reader.click("17 Bauen & Grundstück")
    group = reader.page.locator("tbody", has=reader.page.locator("#lp-17"))
    assert group.locator("th[scope=row] a:not(.mark, :empty)").all_inner_texts() == [
        "Digitale Bauverwaltung Sachsen",
        "Verschmelzung von Flurstücken",
        "Verkehrswert",
        "Denkmalrechtliche Anzeigen",
        "Vorkaufsrecht bei Grundstücken (Negativzeugnis)",
    ]


def test_the_edition_leads_from_contents_to_article_and_back(reader):
    reader.click("Ausgaben")
    reader.click("Oktober 2022")
    contents = reader.page.get_by_role("navigation", name="Inhalt")
    assert contents.get_by_role("link").count() == 14
    contents.get_by_role("link").last.click()
    assert reader.page.locator(":target").count() == 1


def test_a_footnote_leads_down_and_back(reader):
    reader.open("/rollout/")
    reader.page.get_by_label("Fußnote 2", exact=True).click()
    assert "Die Analyse des tatsächlichen Standes" in reader.page.locator(":target").inner_text()
    reader.page.locator(":target").get_by_role("link").click()
    assert reader.page.locator(":target").inner_text().startswith("Kita-Betreuungsplatz")


def test_the_table_sorts_by_clicking_its_heading(reader):
    reader.open("/rollout/")
    reader.click("Online-Antragsassistent")
    first = reader.page.locator("table.figures tbody th").first
    assert first.inner_text() == "Auskunft aus dem Baulastenverzeichnis"
    heading = reader.page.get_by_role("columnheader", name="Online-Antragsassistent")
    assert heading.get_attribute("aria-sort") == "ascending"


def test_the_keyboard_reaches_the_content_first(visit):
    visitor = visit()
    visitor.open("/")
    visitor.page.keyboard.press("Tab")
    focused = visitor.page.locator(":focus")
    assert focused.inner_text() == "Zum Inhalt"
    assert focused.bounding_box()["x"] >= 0
    visitor.page.keyboard.press("Enter")
    assert visitor.page.locator(":focus").get_attribute("id") == "inhalt"


def test_the_clerk_of_radebeul_looks_what_neighbours_have_in_use_that_radebeul_has_not(reader):
    reader.click("Kommunen")
    reader.page.get_by_label("Name oder Schlüssel").fill("radebeul")
    reader.click("Anzeigen", role="button")
    reader.click("Radebeul", exact=True)
    assert "Was andere im Einsatz haben" not in reader.text  # nothing real is recorded for municipalities
    reader.click("Beispieldaten ansehen")
    assert reader.page.locator("h1").inner_text() == "Beispieldaten: Radebeul"
    table = reader.page.get_by_role("table", name="Was andere im Einsatz haben")
    row = table.get_by_role("row", name="Anmeldung zur Hundesteuer")
    assert row.get_by_role("cell").all_inner_texts()[:2] == ["nicht erfasst", "Dresden, Moritzburg"]
    row.get_by_role("link", name="Moritzburg").click()
    assert reader.page.locator("h1").inner_text() == "Moritzburg"
