"""The editors' pages without JavaScript: what is typed is saved, phases by a table, texts as HTML, up to the mail."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import Group, User

from newsletter.models import Article, Edition, Mailing, Subscriber
from projects.models import ProjectReport
from rollout.models import RolloutReport
from tests.admin import make_user, page_of
from tests.browser.site import committed
from tests.factories import ServicePartFactory

PASSWORD = "nur-fuer-diesen-Test"


@pytest.fixture
def desk_of(visit):
    """Opens the window of a colleague in the group of that name, who has logged in without JavaScript."""

    def open_desk(name):
        user = committed(colleague_of, name)
        visitor = visit(java_script_enabled=False)
        log_in(visitor, user.username)
        visitor.page.wait_for_url("**/admin/")
        return visitor

    return open_desk


def log_in(visitor, name):
    visitor.open("/admin/")
    visitor.page.locator("[name=login]").fill(name)
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.click("Anmelden", role="button")


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

    report = committed(lambda: RolloutReport.objects.latest("pk"))
    table = desk.page.request.get(desk.site + committed(lambda: page_of(report, "export", "csv"))).body()
    desk.open(committed(lambda: page_of(report, "import")))
    file = {"name": "tabelle.csv", "mimeType": "text/csv", "buffer": table.replace(b";71;", b";72;")}
    desk.page.get_by_label("Datei").set_input_files(file)
    press(desk, "Unterschiede zeigen")
    assert "1 Zelle geändert. Noch ist nichts gespeichert." in desk.page.inner_text("#content-start")
    press(desk, "Übernehmen")
    assert "Übernommen: 1 Zelle geändert." in desk.page.inner_text("#content-start")

    article = committed(lambda: Article.objects.first())
    desk.open(committed(lambda: page_of(article, "change")))
    text = desk.page.locator("textarea[name=body]")
    assert text.evaluate("field => getComputedStyle(field).opacity") == "1"
    assert text.is_visible() and text.input_value() == article.body


@pytest.fixture
def service():
    """Of this test only, with two parts."""
    first = committed(lambda: ServicePartFactory(service__name="Ohne Skripte", name="erste", position=1))
    committed(lambda: ServicePartFactory(service=first.service, name="zweite", position=2))
    yield first.service
    committed(first.service.delete)


def test_rows_are_added_and_put_in_order(desk_of, service):
    desk = desk_of("Redaktion")
    desk.open(committed(lambda: page_of(service, "change")))
    press(desk, "Speichern und leere Zeilen anfügen")
    assert "Am Ende jeder Tabelle stehen leere Zeilen." in desk.page.inner_text("body")
    desk.page.locator("[name=parts-2-name]").fill("dritte")
    desk.page.locator("[name=parts-2-position]").fill("1")
    press(desk, "Speichern und weiter bearbeiten")
    desk.page.locator("[name=parts-1-position]").fill("3")
    press(desk, "Speichern und weiter bearbeiten")
    names = [field.input_value() for field in desk.page.locator("[name^=parts-][name$=-name]").all()]
    assert list(filter(None, names)) == ["dritte", "zweite", "erste"]
    dead = "button.theme-toggle, button.toggle-nav-sidebar, span.sort, .add-row"
    assert desk.page.locator(dead).filter(visible=True).count() == 0


def test_a_second_factor_is_set_up_and_asked_for(desk_of):
    desk = desk_of("Gerät")
    desk.click("Zweiter Faktor")
    desk.click("Einrichten")
    secret = desk.page.locator("code.secret").inner_text()
    desk.page.get_by_label("Code").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    press(desk, "Einrichten")
    codes = desk.page.locator("li code").all_inner_texts()
    assert len(codes) == 10
    desk.open("/admin/")
    press(desk, "Abmelden")
    log_in(desk, "Gerät-ohne-Skripte")
    desk.page.get_by_label("Code").fill(codes[0])
    press(desk, "Anmelden")
    assert desk.page.locator("h1").inner_text() == "Pflege der Inhalte"


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

    committed(lambda: Subscriber.objects.create(address="a@example.org"))
    approver.open(committed(lambda: page_of(edition, "mailing")))
    press(approver, "Test-E-Mail an mich")
    assert "Die Test-E-Mail ist unterwegs" in approver.page.inner_text("body")
    press(approver, "An 1 Adresse senden …")
    press(approver, "Ja, an 1 Adresse senden")
    assert "0 von 1 erledigt" in approver.page.inner_text("#content")
    for rows in (Mailing.objects.all(), Subscriber.objects.all()):
        committed(rows.delete)
