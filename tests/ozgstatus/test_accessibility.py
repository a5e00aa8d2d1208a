"""The statement on accessibility: what the law asks for, and "keine Angabe" where nobody has stated it."""

import datetime

import pytest
import yaml
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ozgstatus.models import AccessibilityStatement, Page
from tests.admin import add_row, client_of, filled, make_user
from tests.factories import (
    AccessibilityExceptionFactory,
    AccessibilityStatementFactory,
    PageFactory,
    SiteFactory,
)
from tests.html import links_of, text_of

pytestmark = pytest.mark.django_db
ADDRESS = "/barrierefreiheit/"
DAY = datetime.date(2026, 11, 27)
EVERYTHING = {
    "law": "BfWebVO",
    "conformity": "partial",
    "prepared_on": DAY,
    "reviewed_on": DAY,
    "method": "third",
    "method_details": "BITV-Test",
    "contact_name": "Redaktion",
    "contact_email": "barrierefrei@example.org",
    "contact_phone": "0123 456",
    "contact_address": "Hauptstraße 1\n01234 Ort",
    "enforcement_name": "Durchsetzungsstelle des Landes",
    "enforcement_website": "https://durchsetzung.example.org/",
    "enforcement_email": "durchsetzung@example.org",
    "enforcement_phone": "0123 789",
    "enforcement_address": "Nebenstraße 2\n01234 Ort",
}


@pytest.fixture(autouse=True)
def page():
    SiteFactory(contact_email="redaktion@example.org")
    return PageFactory(slug=Page.Slug.ACCESSIBILITY, title="Barrierefreiheit", body="<p>Sie gilt hier.</p>")


def statement_of(client) -> str:
    return text_of(client.get(ADDRESS)).partition("Sie gilt hier. ")[2]


def test_everything_that_is_stated_stands_on_the_page(client):
    AccessibilityStatementFactory(**EVERYTHING)
    assert statement_of(client) == (
        "Stand der Vereinbarkeit mit den Anforderungen "
        "Diese Website ist mit den Anforderungen an die Barrierefreiheit teilweise vereinbar. "
        "Rechtsgrundlagen BfWebVO "
        "Nicht barrierefreie Inhalte Keine Angabe. "
        "Erstellung dieser Erklärung Erstellt am 27.11.2026 Zuletzt überprüft am 27.11.2026 "
        "Methode der Bewertung Bewertung durch Dritte Einzelheiten BITV-Test "
        "Barriere melden Haben Sie eine Barriere gefunden, oder brauchen Sie einen Inhalt in anderer Form? "
        "Bitte melden Sie sich und nennen Sie die Adresse der Seite. "
        "Stelle Redaktion E-Mail barrierefrei@example.org Telefon 0123 456 Anschrift Hauptstraße 1 01234 Ort "
        "Durchsetzungsverfahren Wenn Sie auf Ihre Mitteilung keine oder keine zufriedenstellende Antwort "
        "erhalten, können Sie sich an die Durchsetzungsstelle wenden. "
        "Stelle Durchsetzungsstelle des Landes Internet https://durchsetzung.example.org/ "
        "E-Mail durchsetzung@example.org Telefon 0123 789 Anschrift Nebenstraße 2 01234 Ort"
    )
    assert links_of(client.get(ADDRESS)) == [
        "mailto:barrierefrei@example.org",
        "https://durchsetzung.example.org/",
        "mailto:durchsetzung@example.org",
    ]


def test_that_of_the_fixtures_is_complete_and_names_the_enforcement_in_saxony_with_its_link(client):
    objects = yaml.safe_load((settings.BASE_DIR / "fixtures" / "site.yaml").read_text())
    [fields] = [each["fields"] for each in objects if each["model"] == "ozgstatus.accessibilitystatement"]
    statement = AccessibilityStatement(**fields)
    assert statement.missing() == [] and statement.method == "self"
    statement.save()
    assert "https://www.durchsetzungsstelle.sachsen.de/" in links_of(client.get(ADDRESS))
    assert "Stelle Durchsetzungsstelle bei der Sächsischen Staatskanzlei Internet" in statement_of(client)


def test_the_browser_tells_no_other_website_where_a_visitor_comes_from(client):
    AccessibilityStatementFactory(**EVERYTHING)
    response = client.get(ADDRESS)
    assert response["Referrer-Policy"] == "same-origin"
    assert "target=" not in response.content.decode()


@pytest.mark.parametrize("made", [False, True])
def test_what_nobody_has_stated_reads_keine_angabe(client, made):
    if made:
        AccessibilityStatementFactory()
    text = statement_of(client)
    assert (
        "Ob diese Website mit den Anforderungen an die Barrierefreiheit vereinbar ist: keine Angabe." in text
    )
    assert text.lower().count("keine angabe") == 15
    assert links_of(client.get(ADDRESS)) == []


@pytest.mark.parametrize(
    ("conformity", "words"),
    [("full", "Es sind keine bekannt."), ("none", "Keine Angabe."), ("", "Keine Angabe.")],
)
def test_without_exceptions_only_full_conformity_says_that_there_are_none(client, conformity, words):
    AccessibilityStatementFactory(conformity=conformity)
    assert f"Nicht barrierefreie Inhalte {words} Erstellung" in statement_of(client)


def test_exceptions_stand_with_their_reasons_in_order(client):
    statement = AccessibilityStatementFactory()
    AccessibilityExceptionFactory(statement=statement, position=2, ground="burden", alternative="Liste")
    AccessibilityExceptionFactory(
        statement=statement, position=1, content="Film", reason="Untertitel fehlen."
    )
    assert (
        "Nicht barrierefreie Inhalte "
        "Film (nicht vereinbar): Untertitel fehlen. Barrierefreie Alternative: keine Angabe "
        "Karte (unverhältnismäßige Belastung): Sie ist ein Bild. Barrierefreie Alternative: Liste "
        "Erstellung dieser Erklärung"
    ) in statement_of(client)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_makes_four_queries_whatever_it_names(client, number):
    statement = AccessibilityStatementFactory()
    for _ in range(number):
        AccessibilityExceptionFactory(statement=statement)
    with CaptureQueriesContext(connection) as queries:
        client.get(ADDRESS)
    assert len(queries) == 4


def test_there_is_no_page_before_there_is_its_text(client, page):
    page.delete()
    AccessibilityStatementFactory(**EVERYTHING)
    assert client.get(ADDRESS).status_code == 404


def test_what_the_law_asks_for_is_named_while_it_is_missing():
    assert AccessibilityStatement().missing() == [
        "Rechtsgrundlagen",
        "Stand der Vereinbarkeit mit den Anforderungen",
        "erstellt am",
        "Methode der Bewertung",
        "Durchsetzungsstelle",
        "Internetadresse",
        "Kontakt",
    ]
    assert AccessibilityStatement(**EVERYTHING).missing() == []
    assert AccessibilityStatement(**EVERYTHING | {"contact_email": ""}).missing() == []


def test_it_is_made_once_and_reviewed_after_it_was_made():
    AccessibilityStatementFactory(prepared_on=DAY, reviewed_on=DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessibilityStatementFactory(pk=2)
    with pytest.raises(ValidationError, match="Überprüft wird eine Erklärung erst, wenn sie erstellt ist"):
        AccessibilityStatement(
            prepared_on=DAY, reviewed_on=DAY - datetime.timedelta(1)
        ).validate_constraints()


def test_editors_maintain_it_with_its_exceptions(client):
    AccessibilityStatementFactory()
    make_user("Redaktion")
    editor = client_of("Redaktion")
    address = "/admin/ozgstatus/accessibilitystatement/1/change/"
    values = filled(editor.get(address)) | {"conformity": ["partial"], "prepared_on": ["27.11.2026"]}
    values = add_row(values, "exceptions", content="Karte", ground="barrier", reason="Bild")
    assert editor.post(address, values).status_code == 302
    statement = AccessibilityStatement.objects.get()
    assert (statement.get_conformity_display(), statement.prepared_on) == ("teilweise vereinbar", DAY)
    assert list(statement.exceptions.values_list("content", "reason")) == [("Karte", "Bild")]
    assert "Karte" in statement_of(client)
