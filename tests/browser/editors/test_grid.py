"""The phase matrix by keyboard, and what happens to changes that were not saved."""

import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from projects.models import ProjectReport, ProjectRow
from tests.admin import client_of, make_user
from tests.browser.site import committed


def make_draft():
    report = ProjectReport.objects.create(date=datetime.date(2023, 3, 3), plan_year=2023)
    for number in (1, 2):
        ProjectRow.objects.create(
            report=report, position=number, lp="17", lp_name="Bauen", label=f"Zeile {number}"
        )
    return report


@pytest.fixture
def editor(site):
    user = committed(lambda: make_user("Tippende", is_superuser=True))
    yield user
    committed(user.delete)


@pytest.fixture
def draft(site, chromium):
    """A draft of its own, since the data of these tests are committed and shared."""
    report = committed(make_draft)
    yield report
    committed(report.delete)


def log_in(visitor):
    key = committed(lambda: client_of("Tippende").cookies[settings.SESSION_COOKIE_NAME].value)
    visitor.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": visitor.site}]
    )


def phases(report):
    names = ("phase_la", "phase_1", "phase_2", "phase_3", "phase_4", "phase_product")
    return [list(values) for values in report.rows.order_by("position").values_list(*names)]


def open_grid(visitor, report):
    visitor.open(f"/admin/projects/projectreport/{report.pk}/change/")
    visitor.click("Tabelle ausfüllen")
    visitor.page.locator(".grid-frame td select").first.focus()


def test_phases_are_set_by_keyboard_alone(visit, draft, editor):
    visitor = visit(width=1366, height=768)
    log_in(visitor)
    open_grid(visitor, draft)
    for key in ("a", "ArrowRight", "in", "ArrowDown", "p", "ArrowLeft", "a", "Tab", "Tab", "p"):
        if key[0].isupper():
            visitor.page.keyboard.press(key)
        else:
            visitor.page.keyboard.type(key)
    violations = Axe().run(visitor.page, context="#content").response["violations"]
    assert [violation["id"] for violation in violations] == []
    visitor.complaints.clear()  # axe measures scrolling frames with inline styles, which the policy refuses
    visitor.click("Speichern", role="button")
    visitor.page.get_by_text("5 Zellen geändert.").wait_for()
    assert phases(draft) == [
        ["done", "active", *["unknown"] * 4],
        ["done", "planned", "planned", *["unknown"] * 3],
    ]


def test_a_lost_tab_is_resumed_and_forgotten_once_it_is_saved(visit, draft, editor):
    visitor = visit()
    log_in(visitor)
    open_grid(visitor, draft)
    visitor.page.keyboard.press("a")
    open_grid(visitor, draft)
    visitor.click("Wiederherstellen", role="button")
    visitor.click("Speichern", role="button")
    visitor.page.get_by_text("1 Zelle geändert.").wait_for()
    assert phases(draft)[0][0] == "done"
    keys = visitor.page.evaluate("Object.keys(localStorage)")
    assert [key for key in keys if key.startswith("ozgstatus:")] == []


def test_a_resumed_change_does_not_overwrite_a_newer_value(visit, draft, editor):
    visitor = visit()
    log_in(visitor)
    open_grid(visitor, draft)
    visitor.page.keyboard.press("a")
    committed(lambda: draft.rows.update(phase_la="active"))
    open_grid(visitor, draft)
    visitor.click("Wiederherstellen", role="button")
    visitor.click("Speichern", role="button")
    visitor.page.get_by_text("Es wurde nichts gespeichert.").wait_for()
    assert phases(draft)[0][0] == "active"


def test_leaving_with_unsaved_changes_asks_first(visit, draft, editor):
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
