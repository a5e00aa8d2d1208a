import datetime

import pytest
from django.urls import reverse

from newsletter.models import Article, Edition
from projects.models import ProjectReport
from rollout.models import RolloutReport
from tests.admin import client_of, filled
from tests.factories import (
    ArticleFactory,
    BlockFactory,
    CatalogueRowFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutReportFactory,
    RubricFactory,
    publish,
)
from tests.html import links_of, text_of

pytestmark = pytest.mark.django_db
LIST = "/admin/newsletter/edition/"
NEW = f"{LIST}aus-vorlage/"
OCTOBER, DECEMBER = datetime.date(2022, 10, 1), datetime.date(2022, 12, 1)
TEXTS = {name: f"<p>{name}</p>" for name in ("hints", "imprint", "liability", "privacy")}


@pytest.fixture
def editor():
    return client_of("Redaktion")


def make_last(**values):
    """A published edition with everything, and its two published reports."""
    news = {"label": "Ausgabe X", "opening": "<p>Liebe</p>", "next_edition_text": "<p>Bald</p>"}
    next_on = datetime.date(2022, 12, 5)
    edition = EditionFactory(
        **{
            "month": OCTOBER,
            "cofinancing": "Steuermittel",
            "next_edition_on": next_on,
            **TEXTS,
            **news,
            **values,
        }
    )
    illustrative = {"illustrative": edition.illustrative}
    rollout, projects = RolloutReportFactory(**illustrative), ProjectReportFactory(**illustrative)
    CoverageRowFactory(report=rollout)
    ProjectRowFactory(report=projects)
    state, news = (RubricFactory(edition=edition, title=title) for title in ("Kurzstatus", "Aktuelles"))
    BlockFactory(rubric=state, position=1, title="Produktiv", introduction="<p>Gezählt</p>")
    BlockFactory(rubric=state, position=2, rollout_report=rollout)
    BlockFactory(rubric=state, position=3, project_report=projects)
    BlockFactory(rubric=news, position=1, article=ArticleFactory(edition=edition))
    CatalogueRowFactory(edition=edition)
    for root in (rollout, projects, edition):
        publish(root)
    return edition


def test_the_month_is_asked_and_proposed(editor):
    make_last()
    assert NEW in links_of(editor.get(LIST))
    page = editor.get(NEW)
    assert filled(page)["month"] == ["12/2022"]
    assert "Vorlage ist „Ausgabe X“" in text_of(page)
    assert Edition.objects.count() == 1


def test_without_a_date_of_the_next_edition_the_following_month_is_proposed(editor):
    publish(EditionFactory(month=DECEMBER))
    assert filled(editor.get(NEW))["month"] == ["01/2023"]


def test_a_month_that_an_example_has_taken_is_not_proposed(editor):
    make_last()
    publish(EditionFactory(month=DECEMBER, illustrative=True))
    assert filled(editor.get(NEW))["month"] == ["01/2023"]


def test_everything_that_comes_again_is_copied_and_nothing_that_was_news(editor):
    last = make_last()
    response = editor.post(NEW, {"month": "12/2022"})
    draft = Edition.objects.draft()
    assert response.url == reverse("admin:newsletter_edition_change", args=[draft.pk])
    assert {name: getattr(draft, name) for name in TEXTS} == TEXTS
    assert (draft.month, draft.state, draft.illustrative, draft.cofinancing) == (
        DECEMBER,
        "draft",
        False,
        "Steuermittel",
    )
    assert (draft.label, draft.opening, draft.next_edition_on, draft.next_edition_text) == ("", "", None, "")
    assert list(draft.rubrics.values_list("title", flat=True)) == ["Kurzstatus", "Aktuelles"]
    assert list(draft.blocks.values_list("rubric__title", "position", "kind", "title", "introduction")) == [
        ("Kurzstatus", 1, "available", "Produktiv", "<p>Gezählt</p>"),
        ("Kurzstatus", 2, "rollout", "", ""),
        ("Kurzstatus", 3, "projects", "", ""),
    ]
    assert not draft.articles.exists() and not draft.catalogue_rows.exists()
    assert set(draft.rubrics.all()).isdisjoint(last.rubrics.all())
    assert Article.objects.get().edition == last


def test_the_drafts_of_both_reports_are_made_in_the_same_step(editor):
    make_last()
    editor.post(NEW, {"month": "12/2022"})
    rollout, projects = RolloutReport.objects.drafts().get(), ProjectReport.objects.drafts().get()
    blocks = Edition.objects.draft().blocks
    assert (blocks.get(kind="rollout").rollout_report, blocks.get(kind="projects").project_report) == (
        rollout,
        projects,
    )
    assert (rollout.rows.count(), projects.rows.count()) == (1, 1)


def test_drafts_of_reports_that_exist_are_shown_and_not_doubled(editor):
    make_last()
    rollout, projects = RolloutReportFactory(date=None), ProjectReportFactory(date=None)
    editor.post(NEW, {"month": "12/2022"})
    blocks = Edition.objects.draft().blocks
    assert (blocks.get(kind="rollout").rollout_report, blocks.get(kind="projects").project_report) == (
        rollout,
        projects,
    )
    assert (RolloutReport.objects.count(), ProjectReport.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    ("month", "message"),
    [
        ("13/2022", "„13/2022“ ist kein Monat"),
        ("", "Bitte geben Sie den Monat an"),
        ("10/2022", "Für diesen Monat gibt es schon eine Ausgabe"),
    ],
)
def test_a_month_that_cannot_be_is_refused_at_its_field(editor, month, message):
    make_last()
    response = editor.post(NEW, {"month": month})
    assert [message in error for error in response.context["form"].errors["month"]] == [True]
    assert filled(response)["month"] == [month]
    assert (Edition.objects.count(), RolloutReport.objects.count()) == (1, 1)


def test_a_draft_that_exists_is_named_and_linked(editor):
    make_last()
    draft = EditionFactory(month=datetime.date(2022, 11, 1))
    address = reverse("admin:newsletter_edition_change", args=[draft.pk])
    assert address in links_of(editor.get(LIST)) and NEW not in links_of(editor.get(LIST))
    for page in (editor.get(NEW), editor.post(NEW, {"month": "12/2022"})):
        assert "Es gibt schon einen Entwurf: Ausgabe November 2022" in text_of(page)
        assert address in links_of(page)
    assert Edition.objects.count() == 2


def test_where_there_are_only_examples_there_is_no_template(editor):
    make_last(illustrative=True)
    assert NEW not in links_of(editor.get(LIST))
    assert "Es gibt noch keine Ausgabe, die als Vorlage dienen kann." in text_of(editor.get(NEW, follow=True))


def test_only_who_may_add_an_edition_makes_one():
    make_last()
    approver = client_of("Freigabe")
    assert NEW not in links_of(approver.get(LIST))
    assert (approver.get(NEW).status_code, approver.post(NEW, {"month": "12/2022"}).status_code) == (403, 403)
    assert Edition.objects.count() == 1


def test_the_printed_catalogue_is_out_of_sight_in_a_draft_but_for_superusers():
    draft, public = EditionFactory(), make_last()

    def tables(user, edition, **kwargs):
        page = client_of(user, **kwargs).get(reverse("admin:newsletter_edition_change", args=[edition.pk]))
        return [table.formset.prefix for table in page.context["inline_admin_formsets"]]

    assert tables("Redaktion", draft) == ["rubrics"]
    assert tables("Redaktion", public) == ["rubrics", "catalogue_rows"]  # for a Berichtigung
    assert tables("admin", draft, is_superuser=True) == ["rubrics", "catalogue_rows"]
