"""The phase matrix by keyboard, and what happens to changes that were not saved."""

import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe

from projects.models import ProjectReport, ProjectRow
from tests.admin import make_user

PASSWORD = "nur-fuer-diese-pruefung"


@pytest.fixture
def draft(site, chromium):
    """A draft of its own, since the data of these tests are committed and shared."""
    report = ProjectReport.objects.create(date=datetime.date(2023, 3, 3), plan_year=2023)
    for number in (1, 2):
        ProjectRow.objects.create(
            report=report, position=number, lp="17", lp_name="Bauen", label=f"Zeile {number}"
        )
    user = make_user("Tippende", PASSWORD, is_superuser=True)
    yield report
    report.delete()
    user.delete()


def log_in(visitor):
    visitor.open("/admin/konto/login/")
    visitor.page.fill("input[name=login]", "Tippende")
    visitor.page.fill("input[name=password]", PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/admin/")


def phases(report):
    names = ("phase_la", "phase_1", "phase_2", "phase_3", "phase_4", "phase_product")
    return [list(values) for values in report.rows.order_by("position").values_list(*names)]


def open_grid(visitor, report):
    visitor.open(f"/admin/projects/projectreport/{report.pk}/change/")
    visitor.click("Tabelle ausfüllen")
    visitor.page.locator(".grid-frame td select").first.focus()


def test_phases_are_set_by_keyboard_alone(visit, draft):
    visitor = visit(width=1366, height=768)
    log_in(visitor)
    open_grid(visitor, draft)
    press = visitor.page.keyboard.press
    for key in ("a", "ArrowRight", "i", "ArrowDown", "P", "ArrowLeft", "a", "Tab", "Tab", "p"):
        press(key)
    violations = Axe().run(visitor.page, context="#content").response["violations"]
    assert [violation["id"] for violation in violations] == []
    visitor.click("Speichern", role="button")
    visitor.page.get_by_text("5 Zellen geändert.").wait_for()
    assert phases(draft) == [
        ["done", "active", *["unknown"] * 4],
        ["done", "planned", "planned", *["unknown"] * 3],
    ]


def test_a_lost_tab_is_resumed_and_forgotten_once_it_is_saved(visit, draft):
    visitor = visit()
    log_in(visitor)
    open_grid(visitor, draft)
    visitor.page.keyboard.press("a")
    open_grid(visitor, draft)
    visitor.click("Wiederherstellen", role="button")
    visitor.click("Speichern", role="button")
    visitor.page.get_by_text("1 Zelle geändert.").wait_for()
    assert phases(draft)[0][0] == "done"
    assert visitor.page.evaluate("localStorage.length") == 0


def test_a_resumed_change_does_not_overwrite_a_newer_value(visit, draft):
    visitor = visit()
    log_in(visitor)
    open_grid(visitor, draft)
    visitor.page.keyboard.press("a")
    draft.rows.update(phase_la="active")
    open_grid(visitor, draft)
    visitor.click("Wiederherstellen", role="button")
    visitor.click("Speichern", role="button")
    visitor.page.get_by_text("Es wurde nichts gespeichert.").wait_for()
    assert phases(draft)[0][0] == "active"


def test_leaving_with_unsaved_changes_asks_first(visit, draft):
    visitor = visit()
    log_in(visitor)
    open_grid(visitor, draft)
    asked = []
    visitor.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    visitor.open("/admin/")
    assert asked == []
    open_grid(visitor, draft)
    visitor.page.keyboard.press("a")
    visitor.open("/admin/")
    assert asked == ["beforeunload"]
