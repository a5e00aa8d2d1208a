"""The editors' pages without JavaScript: what is typed is saved, phases by a table, texts as HTML, up to publishing."""

import pytest
from django.contrib.auth.models import Group, User

from newsletter.models import Article, Edition
from projects.models import ProjectReport
from rollout.models import RolloutReport
from tests.admin import make_user, page_of
from tests.browser.site import committed

PASSWORD = "nur-fuer-diesen-Test"


@pytest.fixture
def desk_of(visit):
    """Opens the window of a colleague in the group of that name, who has logged in without JavaScript."""

    def open_desk(name):
        user = committed(colleague_of, name)
        visitor = visit(java_script_enabled=False)
        visitor.open("/admin/")
        visitor.page.locator("[name=login]").fill(user.username)
        visitor.page.locator("[name=password]").fill(PASSWORD)
        visitor.click("Anmelden", role="button")
        visitor.page.wait_for_url("**/admin/")
        return visitor

    return open_desk


def colleague_of(name):
    """Stays in the database with what is published."""
    username = f"{name}-ohne-Skripte"
    user = User.objects.filter(username=username).first() or make_user(username, PASSWORD)
    user.groups.set(Group.objects.filter(name=name))
    return user


def press(desk, name):
    with desk.page.expect_navigation():
        desk.click(name, role="button", exact=True)


def test_an_editor_fills_a_form_a_grid_and_a_text(desk_of):
    desk = desk_of("Redaktion")
    press(
        desk, "Neuen Stand aus dem letzten anlegen"
    )  # of the roll-out, the first for which there is no draft
    desk.page.locator("[name=date]").fill("05.03.2024")
    press(desk, "Speichern und weiter bearbeiten")
    assert desk.page.locator("[name=date]").input_value() == "05.03.2024"
    desk.click("Tabelle ausfüllen")
    desk.page.locator(".grid-frame tbody input[inputmode=numeric]").first.fill("71")
    press(desk, "Speichern")
    assert "1 Zelle geändert." in desk.page.inner_text("body")

    article = committed(lambda: Article.objects.first())
    desk.open(committed(lambda: page_of(article, "change")))
    text = desk.page.locator("textarea[name=body]")
    assert text.evaluate("field => getComputedStyle(field).opacity") == "1"
    assert text.is_visible() and text.input_value() == article.body


def test_an_edition_is_made_and_published(desk_of):
    desk = desk_of("Redaktion")
    desk.click("Neue Ausgabe aus Vorlage")
    desk.page.get_by_label("Monat des Erscheinens").fill("05/2024")
    press(desk, "Ausgabe anlegen")
    for model in (RolloutReport, ProjectReport):
        desk.open(committed(lambda model=model: page_of(model.objects.latest("pk"), "change")))
        desk.page.locator("[name=date]").fill("07.05.2024")
        press(desk, "Speichern und weiter bearbeiten")
    edition = committed(lambda: Edition.objects.get(month="2024-05-01"))
    publishing = committed(lambda: page_of(edition, "publish"))
    desk.open(publishing)
    press(desk, "Alles zur Freigabe geben")
    approver = desk_of("Freigabe")
    approver.open(publishing)
    press(approver, "Jetzt veröffentlichen")
    assert "Ausgabe Mai 2024 ist veröffentlicht." in approver.page.inner_text("body")
    approver.open("/ausgaben/2024-05/")
    assert approver.page.locator("h1").inner_text() == "Ausgabe Mai 2024"
