"""The editors' start page: the steps of a month, each with its state."""

import datetime

import pytest
from django.utils import timezone

from newsletter.models import Delivery, Edition, Mailing
from tests.admin import client_of, shown
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    ProjectReportFactory,
    RolloutReportFactory,
    ServiceFactory,
    SubscriberFactory,
    publish,
)
from tests.html import text_of

pytestmark = pytest.mark.django_db
TITLES = [
    "Leistungen",
    "Stand des Roll-Outs",
    "Stand der Projekte",
    "Beiträge und Ausgabe",
    "Prüfen",
    "Veröffentlichen",
]
OCTOBER = datetime.date(2022, 10, 5)


@pytest.fixture
def editor():
    return client_of("Redaktion")


def steps(client):
    """State and labels of the buttons of each step, by its title."""
    found = client.get("/admin/").context["steps"]
    return {step.title: (" ".join(step.state), [tool.label for tool in step.tools]) for step in found}


def publish_all():
    rollout, projects = RolloutReportFactory(date=OCTOBER), ProjectReportFactory(date=OCTOBER)
    for root in (rollout, projects, EditionFactory(month=OCTOBER.replace(day=1))):
        publish(root)


def draft_all():
    return (
        RolloutReportFactory(date=None),
        ProjectReportFactory(date=None, state="ready"),
        EditionFactory(month=datetime.date(2022, 12, 1)),
    )


def test_an_empty_site_says_how_to_begin(editor):
    found = steps(editor)
    assert list(found) == TITLES
    assert [labels for _, labels in found.values()] == [
        ["Alle Leistungen"],
        ["Ersten Stand anlegen"],
        ["Ersten Stand anlegen"],
        ["Erste Ausgabe anlegen"],
        [],
        [],
    ]


def test_between_two_issues_the_next_one_can_be_begun(editor):
    publish_all()
    found = steps(editor)
    assert found["Stand des Roll-Outs"] == (
        "Kein Entwurf. Zuletzt veröffentlicht: Stand 05.10.2022.",
        ["Neuen Stand aus dem letzten anlegen"],
    )
    assert found["Stand der Projekte"] == found["Stand des Roll-Outs"]
    assert found["Beiträge und Ausgabe"] == (
        "Kein Entwurf. Zuletzt veröffentlicht: Ausgabe Oktober 2022.",
        ["Neue Ausgabe aus Vorlage"],
    )
    assert found["Prüfen"] == ("Kein Entwurf, nichts zu prüfen.", [])


def test_the_last_step_ends_when_the_edition_has_gone_out_by_mail(editor):
    publish_all()
    edition = Edition.objects.get()
    published = "Kein Entwurf einer Ausgabe. Zuletzt veröffentlicht: Ausgabe Oktober 2022."
    assert steps(editor)["Veröffentlichen"] == (
        f"{published} Noch nicht per E-Mail versandt.",
        ["Per E-Mail versenden"],
    )
    for address in ("a@example.org", "b@example.org"):
        SubscriberFactory(address=address)
    mailing, _ = Mailing.objects.start(edition, None)
    Delivery.objects.filter(pk=mailing.deliveries.first().pk).update(state="sent", finished_at=timezone.now())
    assert steps(editor)["Veröffentlichen"] == (
        f"{published} Per E-Mail: 1 von 2 gesendet.",
        ["Zum Versand"],
    )
    [tool] = editor.get("/admin/").context["steps"][-1].tools
    assert editor.get(tool.address).status_code == 200


def test_the_button_of_the_step_begins_the_next_report(editor):
    publish_all()
    page = editor.get("/admin/")
    [tool] = page.context["steps"][1].tools
    assert f'action="{tool.address}"' in page.content.decode()
    assert "neu-aus-letztem" in tool.address
    assert editor.post(tool.address).status_code == 302
    assert steps(editor)["Stand des Roll-Outs"][1] == ["Weiter bearbeiten", "Tabelle ausfüllen"]


def test_without_drafts_the_first_step_says_what_a_report_would_do_with_them(editor):
    ServiceFactory(available_since=None, planned_for=datetime.date(2199, 12, 1))
    publish_all()
    hint = "Mit Entwürfen (Schritte 2 bis 4) trägt eine Meldung auch dort ein, was aus ihr folgt."
    assert hint in steps(editor)["Leistungen"][0]
    draft_all()
    assert hint not in steps(editor)["Leistungen"][0]


def test_what_is_in_work_says_how_far_it_is_and_what_is_missing(editor):
    publish_all()
    _, _, edition = draft_all()
    ArticleFactory(edition=edition)
    found = steps(editor)
    assert found["Stand des Roll-Outs"][0] == (
        "In Arbeit: Stand ohne Datum (Entwurf). Zuletzt veröffentlicht: Stand 05.10.2022."
    )
    assert "(bereit zur Freigabe)" in found["Stand der Projekte"][0]
    assert "In Arbeit: Ausgabe Dezember 2022 (Entwurf), 1 Beitrag." in found["Beiträge und Ausgabe"][0]
    assert found["Prüfen"] == (
        "Roll-out: 2 Angaben fehlen noch (Stand, Zeilen). "
        "Projekte: 4 Angaben fehlen noch (Stand, Planjahr, Legende, Zeilen). "
        "Ausgabe: 4 Angaben fehlen noch (Rubriken, Rubrik eines Beitrags, nächste Ausgabe, Impressum).",
        ["Vorschau: Roll-out", "Vorschau: Projekte", "Vorschau: Ausgabe"],
    )
    assert found["Veröffentlichen"][0] == "Ausgabe Dezember 2022: Entwurf."


def test_every_button_leads_somewhere(editor):
    publish_all()
    draft_all()
    for step in editor.get("/admin/").context["steps"]:
        for tool in step.tools:
            assert editor.get(tool.address).status_code == 200, tool


def test_examples_are_no_work(editor):
    publish(RolloutReportFactory(date=OCTOBER, illustrative=True))
    EditionFactory(illustrative=True)
    found = steps(editor)
    assert found["Stand des Roll-Outs"][0] == "Kein Entwurf. Noch nichts ist veröffentlicht."
    assert found["Beiträge und Ausgabe"][0] == "Kein Entwurf. Noch nichts ist veröffentlicht."


def test_plans_whose_month_has_passed_are_counted_and_listed(editor, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: datetime.date(2022, 11, 30))
    for name, month in (("vorbei", 10), ("jetzt", 11), ("bald", 12)):
        ServiceFactory(name=name, available_since=None, planned_for=datetime.date(2022, month, 1))
    ServiceFactory(name="da", planned_for=datetime.date(2022, 10, 1))
    state, _ = steps(editor)["Leistungen"]
    assert state.startswith("3 geplant; bei 1 ist der geplante Monat vorbei.")
    [tool] = editor.get("/admin/").context["steps"][0].tools
    assert shown(editor.get(tool.address)) == ["vorbei"]


def test_the_last_step_leads_to_publishing(editor):
    draft_all()
    assert steps(editor)["Veröffentlichen"][1] == ["Zur Veröffentlichung"]
    [tool] = editor.get("/admin/").context["steps"][-1].tools
    assert editor.get(tool.address).status_code == 200


def test_who_only_approves_sees_the_steps_without_buttons_that_make_something():
    publish_all()
    labels = [label for _, labels in steps(client_of("Freigabe")).values() for label in labels]
    assert labels == ["Alle Leistungen", "Per E-Mail versenden"]


def test_who_may_see_nothing_is_shown_no_steps():
    page = client_of("nobody").get("/admin/")
    assert page.context["steps"] == [] and "Die Schritte des Monats" not in text_of(page)


def test_technical_parts_are_for_superusers_and_keep_their_addresses():
    def parts(client):
        return {app["app_label"] for app in client.get("/admin/").context["app_list"]}

    editors = {"catalogue", "rollout", "projects", "newsletter", "ozgstatus", "stand"}
    assert parts(client_of("Redaktion")) == editors
    assert parts(client_of("admin", is_superuser=True)) == editors | {"auth", "account"}
    shown = [app for app in client_of("Redaktion").get("/admin/").context["app_list"]]
    assert [str(model["name"]) for model in shown[-1]["models"]] == ["Berichtigungen", "Papierkorb"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_things(editor, number, django_assert_num_queries):
    for day in range(1, number + 1):
        publish(RolloutReportFactory(date=datetime.date(2022, 1, day)))
        publish(ProjectReportFactory(date=datetime.date(2022, 1, day)))
        publish(EditionFactory(month=datetime.date(2022, day, 1)))
        RolloutReportFactory(date=None)
        ArticleFactory(edition=EditionFactory(month=datetime.date(2023, day, 1)))
        ServiceFactory(available_since=None, planned_for=OCTOBER.replace(day=1))
    with django_assert_num_queries(13):
        editor.get("/admin/")
