import datetime

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.core import serializers
from django.test import Client
from django.urls import reverse

from catalogue.models import Service, ServicePart
from newsletter.models import Article, Block, CatalogueRow, Edition, Rubric
from projects.models import LegendEntry, ProjectFootnote, ProjectReport, ProjectRow
from rollout.models import CoverageRow, RolloutFootnote, RolloutReport
from stand.models import DeletedDraft
from tests.admin import client_of, shown
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    FundingFactory,
    LegendEntryFactory,
    ProjectFactory,
    ProjectFootnoteFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutFootnoteFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    ServicePartFactory,
    publish,
)

pytestmark = pytest.mark.django_db
TRASH = "/admin/stand/deleteddraft/"


@pytest.fixture
def editor():
    return client_of("Redaktion")


def page(obj, name):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{name}", args=[obj.pk])


def delete(client, obj):
    assert client.post(page(obj, "delete"), {"post": "yes"}).status_code == 302
    assert not type(obj).objects.filter(pk=obj.pk).exists()
    return DeletedDraft.objects.latest("pk")


def restore(client, draft):
    """The answer to the click, and what it says."""
    response = client.post(reverse("admin:stand_deleteddraft_restore", args=[draft.pk]))
    return response, [str(message) for message in get_messages(response.wsgi_request)][-1:]


def stored(*models):
    return serializers.serialize("json", [obj for model in models for obj in model.objects.order_by("pk")])


def rollout_report():
    report = RolloutReportFactory(date=datetime.date(2022, 12, 5), note="Hinweis")
    note = RolloutFootnoteFactory(report=report)
    CoverageRowFactory(report=report, service=ServiceFactory(), footnote=note, parts=["eins", "zwei"])
    CoverageRowFactory(report=report, register_date=datetime.date(2021, 12, 31))
    return report, [RolloutReport, RolloutFootnote, CoverageRow]


def project_report():
    report = ProjectReportFactory(date=None)
    row = {"project": ProjectFactory(), "details": ["eins"], "phase_la": "done"}
    ProjectRowFactory(report=report, footnote=ProjectFootnoteFactory(report=report), **row)
    LegendEntryFactory(report=report)
    return report, [ProjectReport, ProjectFootnote, ProjectRow, LegendEntry]


def edition():
    made = EditionFactory(opening="<p>Guten Tag</p>")
    article = ArticleFactory(edition=made)
    article.services.add(ServiceFactory())
    rubric = RubricFactory(edition=made)
    BlockFactory(rubric=rubric, article=article)
    BlockFactory(rubric=rubric, rollout_report=RolloutReportFactory())
    CatalogueRowFactory(edition=made)
    return made, [Edition, Rubric, Block, Article, CatalogueRow]


def article():
    made = ArticleFactory()
    made.services.set([ServiceFactory(), ServiceFactory()])
    return made, [Article]


def service():
    part = ServicePartFactory()
    return part.service, [Service, ServicePart]


KINDS = [rollout_report, project_report, edition, article, service]


@pytest.mark.parametrize("make", KINDS)
def test_what_was_deleted_comes_back_as_it_was_with_everything_below_it(editor, make):
    obj, models = make()
    before = stored(*models)
    draft = delete(editor, obj)

    response, _ = restore(editor, draft)

    assert response["Location"] == page(obj, "change")
    assert stored(*models) == before
    assert not DeletedDraft.objects.exists()


@pytest.mark.parametrize("make", [FundingFactory, ProjectFactory])
def test_what_has_nothing_below_it_comes_back_too(editor, make):
    obj = make()
    before = stored(type(obj))
    restore(editor, delete(editor, obj))
    assert stored(type(obj)) == before


def test_the_bin_shows_what_was_deleted_when_and_by_whom(editor):
    report, _ = rollout_report()
    draft = delete(editor, report)
    assert shown(editor.get(TRASH)) == ["Stand des Roll-Outs „Stand 05.12.2022“"]
    text = editor.get(page(draft, "change")).content.decode()
    for words in ("Stand 05.12.2022", "1 Fußnote, 2 Zeilen", "Redaktion", "Wiederherstellen"):
        assert words in text
    User.objects.all().delete()
    assert "gelöschtes Konto" in client_of("admin", is_superuser=True).get(TRASH).content.decode()


def test_deleting_says_where_it_is(editor):
    obj = ServiceFactory()
    response = editor.post(page(obj, "delete"), {"post": "yes"}, follow=True)
    assert (
        f'im <a href="{page(DeletedDraft.objects.get(), "change")}">Papierkorb</a>'
        in response.content.decode()
    )


def test_the_history_goes_on_after_a_return(editor):
    obj = ServiceFactory()
    restore(editor, delete(editor, obj))
    saves = editor.get(page(obj, "history")).context["saves"]
    assert [[line.action for line in save.lines] for save in saves] == [
        ["angelegt"],
        ["gelöscht"],
        ["angelegt"],
    ]


# --- why not ---


def refused(client, draft, *models):
    """The reason; nothing has changed, and it is still in the bin."""
    before = stored(*models)
    response, [message] = restore(client, draft)
    assert response["Location"] == page(draft, "change")
    assert stored(*models) == before
    assert DeletedDraft.objects.filter(pk=draft.pk).exists()
    return message.removeprefix("Nicht wiederhergestellt: ")


def test_a_date_that_is_taken_now_is_named(editor):
    report, models = rollout_report()
    draft = delete(editor, report)
    RolloutReportFactory(date=report.date)
    assert refused(editor, draft, *models) == "Stand 05.12.2022 ist inzwischen vergeben."


def test_a_month_that_is_taken_now_is_named(editor):
    made = EditionFactory(month=datetime.date(2022, 12, 1))
    draft = delete(editor, made)
    EditionFactory(month=made.month)
    assert refused(editor, draft, Edition) == "Ausgabe 12/2022 ist inzwischen vergeben."


def test_an_address_that_is_taken_now_is_named(editor):
    draft = delete(editor, ServiceFactory(name="Sozialpass"))
    ServiceFactory(name="Sozialpass")
    assert refused(editor, draft, Service) == "Adresse „sozialpass“ ist inzwischen vergeben."


def test_an_address_that_another_article_of_the_edition_has_is_named(editor):
    made = ArticleFactory(title="Neues")
    draft = delete(editor, made)
    ArticleFactory(title="Neues", edition=made.edition)
    assert refused(editor, draft, Article) == "Diese Adresse hat in der Ausgabe schon ein anderer Beitrag."


@pytest.mark.parametrize("make", [rollout_report, article])
def test_a_service_that_is_gone_is_named(editor, make):
    obj, models = make()
    draft = delete(editor, obj)
    Service.objects.first().delete()
    assert refused(editor, draft, *models) == "Was darin verknüpft ist, gibt es nicht mehr: 1 Leistung."


def test_an_article_whose_edition_is_gone_does_not_come_back(editor):
    made = ArticleFactory()
    draft = delete(editor, made)
    delete(editor, made.edition)
    assert refused(editor, draft, Article) == "Was darin verknüpft ist, gibt es nicht mehr: 1 Ausgabe."


def test_an_article_whose_edition_was_published_does_not_come_back(editor):
    made = ArticleFactory()
    draft = delete(editor, made)
    publish(made.edition)
    assert refused(editor, draft, Article) == "Es gehört zu etwas, das inzwischen veröffentlicht ist."


# --- who may ---


@pytest.mark.parametrize(("name", "status"), [("", 302), ("Freigabe", 403), ("fremd", 403)])
def test_only_who_may_add_such_a_thing_brings_it_back(editor, name, status):
    draft = delete(editor, ServiceFactory())
    client = client_of(name) if name else Client()
    response = client.post(reverse("admin:stand_deleteddraft_restore", args=[draft.pk]))
    assert response.status_code == status
    assert not Service.objects.exists()


def test_the_bin_is_seen_by_both_groups_and_the_button_by_one(editor):
    draft = delete(editor, ServiceFactory())
    seen = {name: client_of(name).get(page(draft, "change")) for name in ("Redaktion", "Freigabe", "fremd")}
    assert {name: response.status_code for name, response in seen.items()} == {
        "Redaktion": 200,
        "Freigabe": 200,
        "fremd": 403,
    }
    assert "Wiederherstellen" in seen["Redaktion"].content.decode()
    assert "Wiederherstellen" not in seen["Freigabe"].content.decode()


def test_a_return_is_a_deliberate_act(editor):
    draft = delete(editor, ServiceFactory())
    address = reverse("admin:stand_deleteddraft_restore", args=[draft.pk])
    assert editor.get(address).status_code == 405
    assert editor.post(address.replace(str(draft.pk), "999999")).status_code == 404
    assert editor.post(page(draft, "change"), {"name": "anders"}).status_code == 403
    assert editor.post(page(draft, "delete"), {"post": "yes"}).status_code == 403
    assert not Service.objects.exists() and DeletedDraft.objects.count() == 1
