"""Drafts as their public pages will look, for the eyes of editors only."""

import datetime
import re

import pytest
from django.test import Client
from django.urls import reverse

from newsletter.models import Article, Edition
from projects.models import ProjectReport
from rollout.models import RolloutReport
from tests.admin import client_of, filled, send
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    SiteFactory,
    publish,
)
from tests.html import links_of, rows_of, text_of

pytestmark = pytest.mark.django_db
NOVEMBER = datetime.date(2022, 11, 1)
MODELS = [RolloutReport, ProjectReport, Edition, Article]


class Drafts:
    """A draft edition with both reports, which have no date yet, and two articles."""

    def __init__(self):
        SiteFactory()
        self.service = ServiceFactory(name="Sozialpass")
        self.rollout, self.projects = RolloutReportFactory(date=None), ProjectReportFactory(date=None)
        CoverageRowFactory(report=self.rollout, label="Wahlschein")
        ProjectRowFactory(report=self.projects, label="Verkehrswert")
        self.edition = EditionFactory(month=NOVEMBER)
        rubric = RubricFactory(edition=self.edition, title="Aktuelles")
        self.article, self.second = (ArticleFactory(edition=self.edition, title=t) for t in ("Eins", "Zwei"))
        self.article.services.add(self.service)
        BlockFactory(rubric=rubric, introduction="<p>Gezählt wird</p>")
        BlockFactory(rubric=rubric, rollout_report=self.rollout, introduction="<p>Was gezählt wird</p>")
        for block in ({"project_report": self.projects}, {"article": self.article}, {"article": self.second}):
            BlockFactory(rubric=rubric, **block)

    def of(self, model):
        return {
            RolloutReport: self.rollout,
            ProjectReport: self.projects,
            Edition: self.edition,
            Article: self.article,
        }[model]


@pytest.fixture
def drafts():
    return Drafts()


@pytest.fixture
def editor():
    return client_of("Redaktion")


def page(obj, name="preview"):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{name}", args=[obj.pk])


def title(response):
    return re.search(r"<title>(.*?)</title>", response.content.decode(), re.S)[1]


@pytest.mark.parametrize("model", MODELS)
def test_a_preview_is_a_draft_at_first_sight_and_never_kept(editor, drafts, model):
    draft = drafts.of(model)
    response = editor.get(page(draft))
    assert response.status_code == 200
    assert title(response).startswith("Entwurf: ")
    assert "Vorschau, nicht veröffentlicht." in response.content.decode()
    assert f'href="{page(draft, "change")}"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("model", MODELS)
def test_only_editors_see_previews(drafts, model):
    address = page(drafts.of(model))
    assert Client().get(address).url.startswith("/admin/login/")
    assert client_of("nobody").get(address).status_code == 403
    assert client_of("Freigabe").get(address).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_what_is_not_there_is_not_found(editor, drafts, model):
    drafts.of(model).pk = 999_999_999
    assert editor.get(page(drafts.of(model))).status_code == 404


def test_reports_without_a_date_show_their_rows(editor, drafts):
    rollout, projects = editor.get(page(drafts.rollout)), editor.get(page(drafts.projects))
    assert ["Wahlschein", "48", "16 %", "59 %"] in rows_of(rollout)
    assert "Was gezählt wird" in text_of(rollout)
    assert "Verkehrswert" in [row[1] for row in rows_of(projects) if len(row) == 9]
    for response in (rollout, projects):
        assert "am keine Angabe" not in response.content.decode()
        assert "Stand: keine Angabe" in text_of(response)


def test_the_edition_shows_the_catalogue_of_today_and_leads_to_previews(editor, drafts):
    ServiceFactory(name="Kommt", available_since=None, planned_for=NOVEMBER)
    response = editor.get(page(drafts.edition))
    assert ["Sozialpass", "09/2022"] in rows_of(response)
    assert "Kommt" not in text_of(response)  # there is no list of what is planned
    own = [link for link in links_of(response) if link.startswith(("/admin/", "/ausgaben/2022-11"))][1:]
    assert own == [page(obj) for obj in (drafts.rollout, drafts.projects, drafts.article, drafts.second)]


def test_a_report_that_is_public_already_is_linked_at_its_own_address(editor, drafts):
    RolloutReport.objects.filter(pk=drafts.rollout.pk).update(date=datetime.date(2022, 11, 5))
    publish(RolloutReport.objects.get(pk=drafts.rollout.pk))
    links = links_of(editor.get(page(drafts.edition)))
    assert "/rollout/2022-11-05/" in links and page(drafts.rollout) not in links


def test_an_article_leads_to_its_edition_and_its_neighbours(editor, drafts):
    links = links_of(editor.get(page(drafts.article)))[1:]
    assert links == [f"{page(drafts.edition)}#beitrag-1", page(drafts.second), "/leistungen/sozialpass/"]


def test_an_article_without_a_rubric_is_shown_too(editor, drafts):
    loose = ArticleFactory(edition=drafts.edition, title="Ohne Rubrik")
    loose.services.add(drafts.service)
    response = editor.get(page(loose))
    assert "Ohne Rubrik" in text_of(response)
    assert links_of(response)[1:] == [page(drafts.edition), "/leistungen/sozialpass/"]


@pytest.mark.parametrize("model", MODELS)
def test_what_is_published_is_shown_at_its_own_address(editor, drafts, model):
    for report in (drafts.rollout, drafts.projects):
        type(report).objects.filter(pk=report.pk).update(date=NOVEMBER)
    for root in (drafts.rollout, drafts.projects, drafts.edition):
        publish(root)
    public = model.objects.get(pk=drafts.of(model).pk)
    response = editor.get(page(public))
    assert (response.status_code, response.url) == (302, public.get_absolute_url())
    form = editor.get(page(public, "change")).content.decode()
    assert "_preview" not in form and page(public) not in form


def test_public_pages_carry_no_mark_of_drafts(client, drafts):
    RolloutReport.objects.filter(pk=drafts.rollout.pk).update(date=NOVEMBER)
    publish(RolloutReport.objects.get(pk=drafts.rollout.pk))
    response = client.get("/rollout/")
    assert "Entwurf" not in response.content.decode()
    assert client.get("/ausgaben/2022-11/").status_code == 404


@pytest.mark.parametrize("model", MODELS)
def test_saving_can_lead_to_the_preview(editor, drafts, model):
    draft = drafts.of(model)
    assert "Speichern und Vorschau anzeigen" in editor.get(page(draft, "change")).content.decode()
    response = send(
        editor, page(draft, "change"), _preview="x", date="", note="Neu", title="Neu", label="Neu"
    )
    assert (response.status_code, response.url) == (302, page(draft))
    assert "Neu" in text_of(editor.get(response.url))


def test_a_new_draft_can_be_previewed_at_once(editor, drafts):
    address = "/admin/newsletter/article/add/"
    values = filled(editor.get(address)) | {
        "edition": drafts.edition.pk,
        "title": "Frisch",
        "body": "<p>x</p>",
    }
    response = editor.post(address, values | {"_preview": "x"})
    assert response.url == page(Article.objects.get(title="Frisch"))


def test_who_only_reads_has_the_preview_but_nothing_to_save(drafts):
    form = client_of("Freigabe").get(page(drafts.rollout, "change")).content.decode()
    assert page(drafts.rollout) in form and "_preview" not in form


@pytest.mark.parametrize("number", [1, 3])
def test_a_preview_of_an_edition_takes_the_same_queries_for_any_number_of_rows(
    editor, drafts, number, django_assert_num_queries
):
    for _ in range(number):
        ServiceFactory()
        CoverageRowFactory(report=drafts.rollout)
        article = ArticleFactory(edition=drafts.edition)
        BlockFactory(rubric=drafts.edition.rubrics.get(), article=article)
    with django_assert_num_queries(16):
        editor.get(page(drafts.edition))
