"""The pictures of the editors' guide, made from the demo's content: make screenshots.

Walks through a month as the accounts of the demo would, on a throw-away database, and writes static/guide/*.png. What a
run cannot repeat, the minute in which it happens, is replaced by a fixed one, so that pictures change only with pages.
"""

import os
import sys
from io import BytesIO
from pathlib import Path

import django
from django.db import connections
from django.test.utils import override_settings, setup_databases, setup_test_environment, teardown_databases
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

from ozgstatus.demo import create_accounts, fixtures, load
from tests.environment import CHROMIUM, PLAIN_FILES

FOLDER = Path(__file__).parent.parent / "static" / "guide"
# Pixels of the page; there are SCALE of the picture for each.
WIDTH, SCALE = 960, 1.25
# Wide enough for the admin's layout of large screens, and so high that nothing is scrolled.
WINDOW: ViewportSize = {"width": 1040, "height": 1200}
COLOURS = 256
# Letters on whole pixels and without coloured edges are drawn the same each time.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--font-render-hinting=none"),
    *("--disable-lcd-text", "--disable-font-subpixel-positioning"),
]
PASSWORD = "nur für diese Bilder"
NOW = "09.01.2023, 10:15 Uhr"
# Headings that stay while a table scrolls lie on a layer of their own, which is not always drawn at the same place.
STYLE = ".grid-frame th { position: static !important; }"
FIX_TIME = """now => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const node = texts.currentNode;
        const fixed = node.data.replace(/\\d\\d\\.\\d\\d\\.20\\d\\d, \\d\\d:\\d\\d Uhr/g, now)
            .replace(/\\d{1,2}\\. \\p{L}+ 20\\d\\d \\d\\d:\\d\\d/gu, now);
        if (fixed !== node.data) node.data = fixed;
    }
}"""


def main() -> None:
    if not CHROMIUM:
        sys.exit("No Chromium was found. On Debian: apt-get install chromium")
    django.setup()
    setup_test_environment()
    # Playwright runs an event loop in this thread, and Django would refuse to touch the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    FOLDER.mkdir(exist_ok=True)
    with override_settings(STORAGES=PLAIN_FILES, WHITENOISE_AUTOREFRESH=True, WHITENOISE_USE_FINDERS=True):
        databases = setup_databases(verbosity=0, interactive=False)
        load(fixtures())
        create_accounts(PASSWORD)
        server = LiveServer("127.0.0.1")
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                walk(Editor(browser, server.url, "redaktion"), Editor(browser, server.url, "freigabe"))
                browser.close()
        finally:
            server.stop()
            connections.close_all()
            teardown_databases(databases, verbosity=0)
    total = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {total:,} bytes, in {FOLDER}")


class Editor:
    """A browser in which one of the demo's accounts is logged in."""

    def __init__(self, browser, site: str, name: str):
        context = browser.new_context(
            viewport=WINDOW,
            device_scale_factor=SCALE,
            locale="de-DE",
            color_scheme="light",
            reduced_motion="reduce",
            bypass_csp=True,  # for STYLE
        )
        context.add_init_script("localStorage.setItem('django.admin.navSidebarIsOpen', 'false')")
        self.page: Page = context.new_page()
        self.site = site
        self.open("/admin/")
        self.page.fill("[name=login]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{site}/admin/")

    def open(self, address: str) -> None:
        self.page.goto(self.site + address)

    def follow(self, name: str) -> None:
        self._leave_by(self.page.get_by_role("link", name=name, exact=True).first)

    def press(self, name: str) -> None:
        self._leave_by(self.page.get_by_role("button", name=name, exact=True).first)

    def _leave_by(self, control) -> None:
        with self.page.expect_navigation():
            control.click()

    @property
    def place(self) -> str:
        """The path below which the pages of what is open lie."""
        return self.page.url.removeprefix(self.site).removesuffix("change/")

    def picture(self, name: str, height: int, top: str = "#content-start") -> None:
        """The part of the page that begins with `top`, `height` pixels of the page high."""
        self.page.evaluate(FIX_TIME, NOW)
        self.page.evaluate("document.activeElement.blur()")
        self.page.mouse.move(0, 0)
        place = self.page.locator(top).first.bounding_box()
        content = self.page.locator("#content, main").last.bounding_box()
        assert place and content, f"{top} is not on the page of {name}."
        # A narrow margin is left beside the contents; a page without the admin's frame is as wide as the picture.
        left = min(content["x"] + 28, self.page.evaluate("innerWidth") - WIDTH)
        clip = {"x": left, "y": round(place["y"] / 4) * 4, "width": WIDTH, "height": height}
        self._write(name, self.page.screenshot(clip=clip, animations="disabled", caret="hide", style=STYLE))

    def _write(self, name: str, png: bytes) -> None:
        """With as few colours as a byte names; a page of text and lines needs no more."""
        image = Image.open(BytesIO(png)).convert("RGB")
        few = image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(FOLDER / f"{name}.png", optimize=True)


# --- the month ---------------------------------------------------------------------------------

SERVICE = "Vorkaufsrecht bei Grundstücken"
PHASES = [
    ["abgeschlossen", "abgeschlossen", "in Bearbeitung", "Plan 2023", "nicht begonnen", "Plan 2023"],
    ["abgeschlossen", "abgeschlossen", "abgeschlossen", "in Bearbeitung", "Plan 2023", "Plan 2023"],
    ["abgeschlossen", "in Bearbeitung", "Plan 2023", "nicht begonnen", "nicht begonnen", "nicht begonnen"],
    ["in Bearbeitung", "nicht begonnen", "nicht begonnen", "nicht erforderlich"],
]


def walk(editor: Editor, approver: Editor) -> None:
    rollout = new_stand(editor, "05.01.2023", "neuer-stand")
    projects = new_stand(editor, "06.01.2023", plan_year="2023")
    edition = new_edition(editor, "01/2023")
    report_available(editor)
    fill_phases(editor, projects)
    upload(editor, rollout)
    put_article_into_its_rubric(editor, edition)
    change_the_same_cell(editor, approver, rollout)
    editor.open(f"{rollout}history/")
    editor.picture("geschichte", 440)
    editor.page.set_viewport_size({"width": WIDTH, "height": 1200})
    editor.open(f"{edition}vorschau/")
    editor.picture("vorschau", 560, top="aside.draft")
    editor.page.set_viewport_size(WINDOW)
    hand_over(editor, edition)
    approver.open(f"{edition}veroeffentlichen/")
    approver.picture("veroeffentlichen", 680)
    correct(editor)
    delete_and_restore(editor, edition)
    editor.open("/admin/")
    editor.picture("startseite", 740)


def new_stand(editor: Editor, day: str, picture: str = "", **values: str) -> str:
    """Begin the first Stand for which there is no draft; the address of its pages."""
    editor.open("/admin/")
    editor.press("Neuen Stand aus dem letzten anlegen")
    if picture:
        editor.picture(picture, 560)
    for name, value in {"date": day, **values}.items():
        editor.page.fill(f"[name={name}]", value)
    editor.press("Speichern und weiter bearbeiten")
    return editor.place


def new_edition(editor: Editor, month: str) -> str:
    editor.open("/admin/")
    editor.follow("Neue Ausgabe aus Vorlage")
    editor.page.fill("[name=month]", month)
    editor.press("Ausgabe anlegen")
    return editor.place


def report_available(editor: Editor) -> None:
    editor.open("/admin/")
    editor.follow("Leistungen mit vergangenem Plan")
    editor.follow(SERVICE)
    editor.follow("Als verfügbar melden")
    editor.page.check("[name=article]")
    editor.picture("leistung-melden", 560)
    editor.press("Melden")


def fill_phases(editor: Editor, projects: str) -> None:
    editor.open(f"{projects}grid/")
    rows = editor.page.locator(".grid-frame tbody tr").all()
    for row, states in zip(rows, PHASES, strict=False):
        for cell, state in zip(row.locator("select").all(), states, strict=False):
            cell.select_option(label=state)
    editor.picture("phasen", 560)
    editor.press("Speichern")


def upload(editor: Editor, rollout: str) -> None:
    file = editor.page.request.get(f"{editor.site}{rollout}export/xlsx/").body()
    book = load_workbook(BytesIO(file))
    sheet = book.worksheets[0]
    for cell, number in {"B4": 13, "C4": 100, "D4": 100, "B5": 52, "C5": 17}.items():
        sheet[cell] = number
    changed = BytesIO()
    book.save(changed)
    editor.open(f"{rollout}change/")
    editor.follow("Aus Datei übernehmen")
    editor.page.set_input_files(
        "[name=file]", {"name": "rollout.xlsx", "mimeType": "", "buffer": changed.getvalue()}
    )
    editor.press("Unterschiede zeigen")
    editor.picture("unterschiede", 420)
    editor.press("Übernehmen")


def put_article_into_its_rubric(editor: Editor, edition: str) -> None:
    editor.open(f"{edition}change/")
    editor.page.locator("#rubrics-group tr", has=editor.page.locator("input[value=Aktuelles]")).get_by_role(
        "link", name="Ändern"
    ).click()
    editor.page.get_by_role("button", name="Block hinzufügen").click()
    editor.page.select_option("[name=blocks-0-kind]", label="Beitrag")
    editor.page.select_option("[name=blocks-0-article]", index=1)
    editor.picture("rubrik", 720)
    editor.press("Speichern")


def change_the_same_cell(editor: Editor, other: Editor, rollout: str) -> None:
    for one in (editor, other):
        one.open(f"{rollout}grid/")
    for one, number in ((other, "53"), (editor, "54")):
        one.page.locator(".grid-frame tbody tr").nth(3).locator("input").nth(1).fill(number)
        one.press("Speichern")
    editor.picture("konflikt", 540)


def hand_over(editor: Editor, edition: str) -> None:
    editor.open(f"{edition}veroeffentlichen/")
    editor.press("Alles zur Freigabe geben")


def correct(editor: Editor) -> None:
    editor.open("/admin/rollout/rolloutreport/")
    editor.follow("Stand 05.10.2022")
    editor.page.fill("[name=correction_note]", "Wahlschein für Briefwahl: Die Anzahl lautet 48, nicht 84.")
    editor.picture("berichtigung", 560)
    editor.page.fill("[name=correction_note]", "")


def delete_and_restore(editor: Editor, edition: str) -> None:
    editor.open(f"{edition}delete/")
    editor.press("Ja, ich bin sicher")
    editor.open("/admin/stand/deleteddraft/")
    editor.follow("Ausgabe Januar 2023")
    editor.picture("papierkorb", 460)
    editor.press("Wiederherstellen")


if __name__ == "__main__":
    main()
