"""A month of the editors: December is made from October by clicking and typing alone, approved and published."""

import datetime
import re
from urllib.parse import urlsplit
from urllib.request import urlopen

import openpyxl
import pytest

from newsletter.models import Edition
from tests.admin import make_user
from tests.browser.site import committed

PASSWORD = "nur-fuer-diesen-Test"
MOST_PAGE_LOADS = 60
WOHNGELD = "Wohngeld (Erstantrag & Weiterleistung Mietzuschuss)"
# What axe finds in pages of Django's own admin, by rule: columns without a heading, and the sign in place of a label.
KNOWN_IN_DJANGO = {
    "empty-table-header": ('<th class="original"></th>', "<th></th>"),
    "label-title-only": ('<input type="text" size="40" name="q" ',),
}

# Of a long table axe is shown the first rows and the last ones: it takes its time, and the others are like them.
ROWS_ALIKE = {"exclude": [["tbody tr:nth-child(n+7):not(:nth-last-child(-n+3))"]]}


def is_known_in_django(rule, element):
    return element.startswith(KNOWN_IN_DJANGO.get(rule, ()))


class Desk:
    """Somebody's window at work: counts page loads, and asks axe about every page."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page
        self.loads = 0
        self.barriers: dict[str, dict[str, list[tuple[str, str]]]] = {}
        self.page.on("framenavigated", self._count)

    def _count(self, frame):
        self.loads += frame == self.page.main_frame

    def look(self):
        """Note what axe finds on a page that was not seen before."""
        place = urlsplit(self.page.url).path
        if place in self.barriers:
            return
        self.barriers[place] = {
            condition: ours
            for condition, found in self.visitor.barriers_everywhere(ROWS_ALIKE).items()
            if (ours := [barrier for barrier in found if not is_known_in_django(*barrier)])
        }
        self.page.set_viewport_size({"width": 1366, "height": 768})

    def log_in(self, name):
        self.visitor.open("/admin/")
        self.page.locator("[name=login]").fill(name)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.press("Anmelden")

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()
        self.look()

    def follow(self, name, nth=0):
        self.page.get_by_role("link", name=name, exact=True).nth(nth).click()
        self.page.wait_for_load_state()
        self.look()

    def to_the_steps(self):
        self.follow("Start")

    def says(self, text):
        assert text in " ".join(self.page.inner_text("body").split()), text


@pytest.fixture
def desk_of(visit):
    """Opens the window of a colleague in the group of that name, who has logged in."""

    def open_desk(name):
        committed(make_user, name, PASSWORD)
        desk = Desk(visit(width=1366, height=768))
        desk.log_in(name)
        return desk

    return open_desk


def mains(site, *addresses) -> dict[str, str]:
    pages = {address: urlopen(site + address, timeout=30).read().decode() for address in addresses}
    return {address: re.search("<main.*</main>", page, re.DOTALL)[0] for address, page in pages.items()}


def changed_workbook(path, changes: dict[str, dict[str, int]]):
    """Type some numbers into the exported table, as one does in Excel."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in sheet.iter_rows(min_row=2):
        for heading, number in changes.get(row[0].value, {}).items():
            sheet.cell(row[0].row, columns[heading]).value = number
    book.save(path)
    return path


def begin_the_edition(desk):
    desk.follow("Neue Ausgabe aus Vorlage")
    assert desk.page.get_by_label("Monat des Erscheinens").input_value() == "12/2022"
    desk.press("Ausgabe anlegen")
    desk.says("Der Entwurf ist angelegt")


def report_a_service_as_available(desk):
    desk.to_the_steps()
    desk.follow("Leistungen mit vergangenem Plan")
    desk.follow("Jägerprüfung & Jagdschein")
    desk.follow("Als verfügbar melden")
    assert desk.page.get_by_label("verfügbar seit").input_value() == "11/2022"
    desk.page.get_by_label("Beitrag entwerfen").check()
    desk.page.get_by_label("Rubrik des Beitrags").select_option("Aktuelles")
    desk.press("Melden")
    desk.says("Als verfügbar seit 11/2022 gemeldet")


def set_the_day(desk, day):
    desk.page.get_by_label("Stand:").fill(day)
    desk.press("Speichern und weiter bearbeiten")


def take_coverage_from_a_workbook(desk, folder):
    desk.to_the_steps()
    desk.follow("Weiter bearbeiten", nth=0)
    set_the_day(desk, "01.12.2022")
    desk.follow("Aus Datei übernehmen")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="Excel-Datei", exact=True).click()
    download.value.save_as(folder / "rollout.xlsx")
    changes = {WOHNGELD: {"Anzahl": 12, "nach Behörden": 35, "nach Einwohnern": 34}}
    desk.page.get_by_label("Datei").set_input_files(changed_workbook(folder / "rollout.xlsx", changes))
    desk.press("Unterschiede zeigen")
    desk.says("3 Zellen geändert. Noch ist nichts gespeichert.")
    desk.press("Übernehmen")
    desk.says("Übernommen: 3 Zellen geändert.")


def set_phases_by_keyboard(desk):
    desk.to_the_steps()
    desk.follow("Weiter bearbeiten", nth=1)
    set_the_day(desk, "02.12.2022")
    desk.follow("Tabelle ausfüllen")
    desk.page.get_by_role("combobox", name="LA Verkehrswert", exact=True).focus()
    for key in ("a", "ArrowRight", "a", "ArrowRight", "in"):
        desk.page.keyboard.press(key) if len(key) != 2 else desk.page.keyboard.type(key)
    desk.press("Speichern")
    desk.says("3 Zellen geändert.")


def write_the_article(desk):
    desk.to_the_steps()
    desk.follow("Beiträge", nth=0)
    desk.follow("Jägerprüfung & Jagdschein: jetzt verfügbar")
    desk.page.locator(".ProseMirror[role=textbox]").press("Control+End")
    desk.page.keyboard.type(" Die Anmeldung zur Prüfung gehört dazu.")
    desk.press("Speichern und Vorschau anzeigen")
    desk.says("Entwurf. Vorschau, nicht veröffentlicht.")
    desk.says("Die Anmeldung zur Prüfung gehört dazu.")
    desk.follow("Weiter bearbeiten")
    desk.follow("Geschichte")
    desk.says("Die Anmeldung zur Prüfung gehört dazu.")


def hand_over(desk):
    desk.to_the_steps()
    desk.follow("Zur Veröffentlichung")
    desk.says("Gegenüber Ausgabe Oktober 2022")
    desk.press("Alles zur Freigabe geben")
    desk.says("ist mit ihren Ständen bereit zur Freigabe")


def approve(desk):
    desk.follow("Zur Veröffentlichung")
    desk.says(
        "„Vorkaufsrecht bei Grundstücken“ ist für 10/2022 geplant; dieser Monat liegt vor dem der Ausgabe."
    )
    desk.press("Jetzt veröffentlichen")
    desk.says("Ausgabe Dezember 2022 ist veröffentlicht.")


def test_december_is_made_from_october_and_october_stays_as_it_was(site, visit, desk_of, tmp_path):
    article = "/ausgaben/2022-10/was-ist-mit-dem-once-only-prinzip-gemeint/"
    published = ["/ausgaben/2022-10/", article, "/rollout/2022-10-05/", "/projekte/2022-10-14/"]
    before = mains(site, *published)

    editor = desk_of("Redaktion")
    begin_the_edition(editor)
    report_a_service_as_available(editor)
    take_coverage_from_a_workbook(editor, tmp_path)
    set_phases_by_keyboard(editor)
    write_the_article(editor)
    hand_over(editor)

    approver = desk_of("Freigabe")
    approve(approver)

    reader = visit()
    reader.open("/")
    reader.click("Ausgabe Dezember 2022")
    for text in ("Jägerprüfung & Jagdschein: jetzt verfügbar", "Stand: 01.12.2022", "Stand: 02.12.2022"):
        assert text in reader.text, text
    row = reader.page.get_by_role("row", name=WOHNGELD)
    assert row.get_by_role("cell").all_inner_texts() == ["12", "35\u00a0%", "34\u00a0%"]
    assert committed(lambda: Edition.objects.current().month) == datetime.date(2022, 12, 1)

    assert mains(site, *published) == before
    barriers = editor.barriers | approver.barriers
    assert {place: found for place, found in barriers.items() if found} == {} and len(barriers) == 15
    assert editor.loads + approver.loads <= MOST_PAGE_LOADS
