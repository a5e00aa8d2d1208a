"""Editions as PDF, opened with another library than the one that makes them."""

import re
from io import BytesIO

import pypdf
import pytest

from newsletter.models import Edition
from newsletter.pdf import render
from rollout.models import CoverageRow

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("weasyprint")]


def opened(month: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(render(Edition.objects.get(month=f"{month}-01"))))


def text_of(reader) -> str:
    """All pages in the order of their content, words divided by single spaces."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def outline(reader, entries=None, level=0) -> list[tuple[int, str]]:
    """The bookmarks with their levels."""
    found = []
    for entry in reader.outline if entries is None else entries:
        if isinstance(entry, list):
            found += outline(reader, entry, level + 1)
        else:
            found.append((level, entry.title))
    return found


def tags_of(element, found=None) -> list[tuple[str, str]]:
    """Type and replacement text of all elements of the structure tree, in reading order."""
    found = [] if found is None else found
    element = element.get_object()
    if not isinstance(element, dict):
        return found
    if "/S" in element:
        found.append((element["/S"], element.get("/Alt", "")))
    children = element.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        if not isinstance(child, int):
            tags_of(child, found)
    return found


@pytest.fixture(scope="module")
def october(weasyprint, every_edition, django_db_blocker):
    with django_db_blocker.unblock():
        return opened("2022-10")


def test_it_says_in_its_data_that_it_is_accessible_german_and_what_it_is_called(october):
    catalog = october.trailer["/Root"]
    assert catalog["/Lang"] == "de"
    assert catalog["/MarkInfo"]["/Marked"]
    assert 'pdfuaid:part="1"' in catalog["/Metadata"].get_data().decode()
    assert (october.metadata.title, october.metadata.author) == (
        "Ausgabe Oktober 2022",
        "Sächsische Anstalt für kommunale Datenverarbeitung (SAKD)",
    )


def test_it_has_a_bookmark_for_each_rubric_and_block(october):
    entries = outline(october)
    assert [title for level, title in entries if level == 0] == ["Ausgabe Oktober 2022"]
    assert [title for level, title in entries if level == 1] == [
        "Inhalt",
        "Kurzstatus der kommunalen OZG-Umsetzung",
        "Aktuelles",
        "E-Government",
        "Wissenswertes",
        "Stand der einzelnen OZG-Projekte",
        "Nächster OZG-Newsletter",
        "Hinweise",
        "Impressum",
    ]
    assert len([title for level, title in entries if level == 2]) == 14


def test_its_text_stands_in_reading_order_from_title_to_imprint(october):
    text = text_of(october)
    places = [
        text.index(words)
        for words in [
            "Inhalt Produktiv nutzbare Online-Verwaltungsleistungen",
            "Stand: 05.10.2022",
            "Stand: 14.10.2022",
            "Diese Maßnahme wird mitfinanziert durch Steuermittel",
        ]
    ]
    assert places == sorted(places)
    assert f"Seite 1 von {len(october.pages)}" in text


def test_its_tables_are_tables_and_its_signs_have_words(october):
    tags = tags_of(october.trailer["/Root"]["/StructTreeRoot"])
    kinds = [kind for kind, _ in tags]
    assert kinds.count("/H1") == 1
    assert (
        kinds.count("/Table") >= 7
    )  # five lists of services, coverage, projects; one more where a page ends
    assert kinds.count("/Caption") >= 7
    assert {alt for kind, alt in tags if kind == "/Figure"} == {
        "Zeichen",  # in the legend, its meaning beside it
        "abgeschlossen",
        "Plan 2022",
        "keine Angabe",
        "im Druck leer",
    }


def test_links_lead_to_the_site_and_into_the_document(october, settings):
    actions = [
        annotation.get_object().get("/A", {}).get("/URI", "")
        for page in october.pages
        for annotation in page.get("/Annots", [])
    ]
    assert f"{settings.SITE_URL}/ausgaben/2022-10/" in actions
    assert not [address for address in actions if address.startswith("/")]


def test_the_example_says_on_every_page_that_it_is_one(every_edition):
    reader = opened("2022-12")
    assert reader.metadata.title == "Beispieldaten: Beispielausgabe"
    assert all("Beispieldaten" in page.extract_text() for page in reader.pages)


def test_the_length_of_a_bar_is_its_share(october):
    """A bar is a track of 16 mm and a rectangle on it; 2 mm are the height of both."""
    pixels = 96 / 25.4  # as WeasyPrint draws, a millimetre
    widths = set()
    for page in october.pages:
        operands = re.findall(rb"(\S+) (\S+) (\S+) (\S+) re", page.get_contents().get_data())
        sizes = [(abs(float(width)), abs(float(height))) for _, _, width, height in operands]
        widths |= {
            round(100 * width / 16 / pixels) for width, height in sizes if abs(height - 2 * pixels) < 0.2
        }
    shares = CoverageRow.objects.filter(report__date="2022-10-05").values_list(
        "share_authorities", "share_population"
    )
    assert widths == {share for pair in shares for share in pair} | {100}
