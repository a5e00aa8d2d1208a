import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pghistory.models import Context

from catalogue.models import Service
from newsletter.models import Article
from ozgstatus.models import Site
from rollout.models import CoverageRow, RolloutReport
from stand.history import is_tracked, saves
from tests.admin import client_of, filled, make_user, send
from tests.factories import (
    ArticleFactory,
    CoverageRowFactory,
    EditionFactory,
    RolloutReportFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)
from tests.html import text_of as text

pytestmark = pytest.mark.django_db


def address(obj, page="change"):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{page}", args=[obj.pk])


def told(obj, client=None, number=1):
    """The history page of an object: (who, [what]) of each save, and what happened to it in short."""
    response = (client or client_of("Redaktion")).get(address(obj, "history"), {"p": number})
    assert response.status_code == 200
    return [
        (
            save.who,
            [
                (line.subject, line.action, [(c.label, c.before, c.after) for c in line.changes])
                if line.is_change
                else (line.subject, line.action)
                for line in save.lines
            ],
        )
        for save in response.context["saves"]
    ]


def test_a_change_in_a_form_is_told_with_before_and_after_and_who_made_it():
    service = ServiceFactory(name="Sozialpass", platform="")
    send(client_of("Redaktion"), address(service), platform="amt24", planned_for="10/2022")
    assert told(service)[0] == (
        "Redaktion",
        [
            (
                "Leistung „Sozialpass“",
                "geändert",
                [
                    ("Fertigstellung geplant in", "leer", "10/2022"),
                    ("Plattform", "„keine Angabe“", "„Amt24“"),
                ],
            )
        ],
    )


def test_changed_made_and_deleted_rows_are_told_at_what_they_belong_to():
    report = RolloutReportFactory()
    kept, gone = (
        CoverageRowFactory(report=report, label=label, position=place) for place, label in enumerate("AB", 1)
    )
    client = client_of("Redaktion")
    values = filled(client.get(address(report))) | {"rows-0-count": "50", "rows-1-DELETE": "on"}
    assert client.post(address(report), values).status_code == 302
    [(who, lines), *_] = told(report)
    assert who == "Redaktion"
    assert sorted(lines) == [
        ("Zeile „A“", "geändert", [("Anzahl", "48", "50")]),
        ("Zeile „B“", "gelöscht"),
    ]
    assert not CoverageRow.objects.filter(pk=gone.pk).exists() and kept.pk


def test_bulk_changes_and_plain_sql_are_seen():
    report = RolloutReportFactory()
    row = CoverageRowFactory(report=report, label="A")
    CoverageRow.objects.filter(pk=row.pk).update(count=50)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE rollout_coveragerow SET count = 51 WHERE id = %s", [row.pk])
    changes = [line for _, lines in told(report) for line in lines if line[1] == "geändert"]
    assert changes == [
        ("Zeile „A“", "geändert", [("Anzahl", "48", "50")]),
        ("Zeile „A“", "geändert", [("Anzahl", "50", "51")]),
    ]
    assert {who for who, _ in told(report)} == {"ohne Konto"}


def test_several_changes_of_one_row_each_have_their_own_before_and_after():
    service, client = ServiceFactory(name="A"), client_of("Redaktion")
    for name in ("B", "C"):
        send(client, address(service), name=name)
    assert [lines[0][2] for _, lines in told(service)[:2]] == [
        [("Bezeichnung", "„B“", "„C“")],
        [("Bezeichnung", "„A“", "„B“")],
    ]


def test_the_history_of_what_is_older_than_the_recording_begins_with_its_first_change():
    service = ServiceFactory(name="A")
    Service.pgh_event_model.objects.all().delete()
    assert told(service) == []
    send(client_of("Redaktion"), address(service), name="B")
    assert told(service) == [("Redaktion", [("Leistung „B“", "geändert", [("Bezeichnung", "„A“", "„B“")])])]


def test_a_link_is_told_by_the_name_of_what_it_leads_to():
    service = ServiceFactory(name="Sozialpass")
    row = CoverageRowFactory(label="Pass")
    send(client_of("Redaktion"), address(row.report), **{"rows-0-service": service.pk})
    [(_, lines), *_] = told(row.report)
    assert lines == [("Zeile „Pass“", "geändert", [("Leistung", "leer", "„Sozialpass“")])]


def test_the_services_of_an_article_are_told():
    article, service = ArticleFactory(title="Neues"), ServiceFactory(name="Sozialpass")
    client = client_of("Redaktion")
    send(client, address(article), services=[service.pk])
    send(client, address(article), services=[])
    page = client.get(address(article, "history"))
    assert [save[1] for save in told(article)[:2]] == [
        [("Leistung des Beitrags", "gelöscht")],
        [("Leistung des Beitrags", "angelegt")],
    ]
    assert "Leistung: „Sozialpass“" in text(page)
    assert not [line for _, lines in told(service) for line in lines if line[0] != "Leistung „Sozialpass“"]


def test_a_publication_is_told():
    report = publish(RolloutReportFactory())
    assert ("Veröffentlichung", "angelegt") in [line for _, lines in told(report) for line in lines]


def test_other_objects_are_not_told():
    one, other = RolloutReportFactory(), RolloutReportFactory()
    CoverageRowFactory(report=other, label="fremd")
    assert "fremd" not in text(client_of("Redaktion").get(address(one, "history")))


def test_the_history_stays_when_the_account_is_deleted_and_holds_no_name():
    service = ServiceFactory(name="A")
    person = make_user("Redaktion", first_name="Erika", last_name="Muster")
    send(client_of("Redaktion"), address(service), name="B")
    viewer = client_of("chefin", is_superuser=True)
    assert told(service, viewer)[0][0] == "Erika Muster"
    assert [context.metadata for context in Context.objects.all()] == [{"user": person.pk}]
    User.objects.filter(pk=person.pk).delete()
    assert told(service, viewer)[0] == (
        "gelöschtes Konto",
        [("Leistung „B“", "geändert", [("Bezeichnung", "„A“", "„B“")])],
    )


def test_the_history_comes_in_pages():
    service, client = ServiceFactory(name="0"), client_of("Redaktion")
    for number in range(1, 22):
        send(client, address(service), name=str(number))
    assert len(saves(Service, service.pk)) == 22
    first, second = (told(service, client, number) for number in (1, 2))
    assert (len(first), len(second)) == (20, 2)
    assert first[0][1][0][2] == [("Bezeichnung", "„20“", "„21“")]
    assert second[-1] == ("ohne Konto", [("Leistung „0“", "angelegt")])
    assert len(told(service, client, "keine-Zahl")) == 20


@pytest.mark.parametrize("count", [1, 3])
def test_the_history_takes_the_same_number_of_queries_for_any_number_of_changes(count):
    report, client = RolloutReportFactory(), client_of("Redaktion")
    for number in range(count):
        CoverageRowFactory(report=report, service=ServiceFactory(), position=number + 1)
        send(client, address(report), note=f"Hinweis {number}")
    client.get(address(report, "history"))
    with CaptureQueriesContext(connection) as queries:
        assert len(told(report, client)) >= count
    assert len(queries) == 10


def test_everything_that_editors_maintain_is_tracked():
    from django.apps import apps

    from ozgstatus.accounts import MAINTAINED, SITE_TEXTS

    for app, names in (MAINTAINED | SITE_TEXTS).items():
        for name in names:
            assert is_tracked(apps.get_model(app, name)), name


@pytest.mark.parametrize("name", ["", "Freigabe", "fremd"])
def test_only_who_may_see_something_sees_its_history(name):
    service = ServiceFactory()
    client = client_of(name) if name else Client()
    assert (
        client.get(address(service, "history")).status_code == {"": 302, "Freigabe": 200, "fremd": 403}[name]
    )


def test_every_page_of_the_editors_leads_to_its_history():
    SiteFactory()
    edition = EditionFactory(month=datetime.date(2022, 10, 1))
    for obj in (edition, ArticleFactory(edition=edition), Site.objects.get(), RolloutReportFactory()):
        assert address(obj, "history") in client_of("Redaktion").get(address(obj)).content.decode()
        assert client_of("Redaktion").get(address(obj, "history")).status_code == 200
    assert Article.objects.count() == RolloutReport.objects.count() == 1


def test_public_pages_do_not_look_for_a_user():
    SiteFactory()
    for client in (client_of("Redaktion"), Client()):
        response = client.get("/leistungen/")
        assert "Cookie" not in response.headers.get("Vary", "") and not response.cookies
