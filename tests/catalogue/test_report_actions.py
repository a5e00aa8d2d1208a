"""One report of what has happened to a service, and all that follows from it in the drafts."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse

from catalogue.models import Service
from newsletter.models import Article
from stand.models import Correction
from tests.admin import client_of, filled
from tests.factories import (
    CoverageRowFactory,
    EditionFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    publish,
)
from tests.html import links_of, text_of, without_time

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER, NOVEMBER = (datetime.date(2022, month, 1) for month in (9, 10, 11))
OFFERS = {"coverage", "article", "title", "rubric"}
BUTTONS = {"Als verfügbar melden", "Plan verschieben", "Als eingestellt melden"}


@pytest.fixture
def editor():
    return client_of("Redaktion")


@pytest.fixture
def planned():
    return ServiceFactory(name="Jägerprüfung & <Schein>", available_since=None, planned_for=OCTOBER)


class Drafts:
    """A draft of each kind; the service has a project with a row."""

    def __init__(self, service):
        self.rollout, self.projects = RolloutReportFactory(date=None), ProjectReportFactory(date=None)
        CoverageRowFactory(report=self.rollout, position=7)
        project = ProjectFactory(service=service)
        self.row = ProjectRowFactory(
            report=self.projects, project=project, label="Jagd", phase_product="planned"
        )
        self.edition = EditionFactory(month=NOVEMBER)
        self.rubric = RubricFactory(edition=self.edition)


@pytest.fixture
def drafts(planned):
    return Drafts(planned)


def address(service, action="report_available"):
    return reverse(f"admin:catalogue_service_{action}", args=[service.pk])


def change(obj):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def fields(response):
    return set(response.context["form"].fields) - {"seen", "month"}


def errors_of(response):
    return dict(response.context["form"].errors)


def report(client, service, action="report_available", **changes):
    """Open the page, change some fields (None: a box that is not ticked) and send it."""
    values = filled(client.get(address(service, action))) | changes
    return client.post(
        address(service, action),
        {name: value for name, value in values.items() if value is not None},
        follow=True,
    )


# --- which buttons there are ---


def test_the_form_of_a_service_offers_what_can_happen_to_it(editor, planned):
    def buttons(service):
        page = text_of(editor.get(change(service)))
        return {label for label in BUTTONS if label in page}

    assert buttons(planned) == {"Als verfügbar melden", "Plan verschieben"}
    assert buttons(ServiceFactory()) == {"Als eingestellt melden"}
    assert buttons(ServiceFactory(discontinued_since=OCTOBER)) == set()


def test_who_only_reads_is_offered_nothing_and_refused(planned):
    approver = client_of("Freigabe")
    assert not [label for label in BUTTONS if label in text_of(approver.get(change(planned)))]
    for action in ("report_available", "report_discontinued", "postpone"):
        assert approver.get(address(planned, action)).status_code == 403
        assert approver.post(address(planned, action), {"month": "10/2022"}).status_code == 403
        assert Client().get(address(planned, action)).url.startswith("/admin/login/")


@pytest.mark.parametrize("action", ["report_available", "report_discontinued", "postpone"])
def test_an_unknown_service_is_not_found(editor, action):
    name = f"admin:catalogue_service_{action}"
    assert editor.get(reverse(name, args=[999_999_999])).status_code == 404


# --- available ---


def test_everything_possible_is_offered_with_the_planned_month(editor, planned, drafts):
    page = editor.get(address(planned))
    project = f"project_{drafts.row.pk}"
    assert fields(page) == OFFERS | {project}
    values = filled(page)
    assert values["month"] == ["10/2022"]
    assert {name for name in ("coverage", project, "article") if name in values} == {"coverage", project}
    assert "Jetzt steht dort „Plan“." in text_of(page)
    assert "Nicht möglich" not in text_of(page)


def test_all_that_is_ticked_is_made_and_linked(editor, planned, drafts):
    response = report(editor, planned, article="on", rubric=drafts.rubric.pk, title="Neu: Jagd")
    planned.refresh_from_db()
    assert (planned.available_since, planned.is_planned) == (OCTOBER, False)
    row = drafts.rollout.rows.get(service=planned)
    assert (row.position, row.label, row.count, row.share_authorities, row.share_population) == (
        8,
        "Jägerprüfung & <Schein>",
        None,
        None,
        None,
    )
    drafts.row.refresh_from_db()
    assert drafts.row.phase_product == "done"
    article = Article.objects.get()
    assert (article.title, article.edition, article.block.rubric) == (
        "Neu: Jagd",
        drafts.edition,
        drafts.rubric,
    )
    assert article.body == (
        "<p>Die Online-Verwaltungsleistung „Jägerprüfung &amp; &lt;Schein&gt;“ "
        "im Vollzug der Gemeinden ist seit 10/2022 verfügbar.</p>"
    )
    assert list(article.services.all()) == [planned]
    assert response.redirect_chain == [(change(planned), 302)]
    made = [change(obj) for obj in (planned, drafts.rollout, drafts.projects, article)]
    assert [link for link in links_of(response) if link in made] == made
    assert "Projekt „Jagd“: Produkt war „Plan“, jetzt „abgeschlossen“" in text_of(response)


def test_what_is_not_ticked_is_left_alone(editor, planned, drafts):
    report(editor, planned, month="9/2022", coverage=None, **{f"project_{drafts.row.pk}": None})
    planned.refresh_from_db()
    drafts.row.refresh_from_db()
    assert (planned.available_since, drafts.row.phase_product) == (SEPTEMBER, "planned")
    assert not drafts.rollout.rows.filter(service=planned).exists() and not Article.objects.exists()


def test_an_article_can_wait_for_its_rubric(editor, planned, drafts):
    report(editor, planned, article="on")
    article = Article.objects.get()
    assert (article.title, hasattr(article, "block")) == ("Jägerprüfung & <Schein>: jetzt verfügbar", False)


def test_without_drafts_the_page_says_so_and_links_the_lists(editor, planned):
    RolloutReportFactory(date=None, illustrative=True)
    publish(ProjectReportFactory())
    page = editor.get(address(planned))
    assert fields(page) == set()
    for kind in ("eines Standes des Roll-Outs", "eines Standes der Projekte", "einer Ausgabe"):
        assert f"Es gibt keinen Entwurf {kind}." in text_of(page)
    assert {
        "/admin/rollout/rolloutreport/",
        "/admin/projects/projectreport/",
        "/admin/newsletter/edition/",
    } <= set(links_of(page))
    report(editor, planned)
    planned.refresh_from_db()
    assert planned.available_since == OCTOBER


def test_what_is_there_already_is_named_instead_of_offered(editor, planned, drafts):
    CoverageRowFactory(report=drafts.rollout, service=planned, position=8)
    drafts.projects.rows.update(phase_product="done")
    page = editor.get(address(planned))
    assert fields(page) == {"article", "title", "rubric"}
    assert "hat schon eine Zeile zu dieser Leistung" in text_of(page)
    assert "steht das Produkt schon auf „abgeschlossen“" in text_of(page)
    other = ServiceFactory(available_since=None, planned_for=OCTOBER)
    page = editor.get(address(other))
    assert fields(page) == OFFERS
    assert "Kein Projekt dieser Leistung hat eine Zeile im Entwurf der Projekte." in text_of(page)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"month": "13/2022"}, "month", "„13/2022“ ist kein Monat"),
        ({"month": ""}, "month", "Bitte geben Sie den Monat an"),
        ({"title": "", "article": "on"}, "title", "Bitte geben Sie dem Beitrag eine Überschrift."),
        ({"title": "x" * 301, "article": "on"}, "title", "300"),
        ({"rubric": "999999999", "article": "on"}, "rubric", "gültige"),
        ({"title": "a\x00b", "article": "on"}, "title", "Nullzeichen"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_saved(
    editor, planned, drafts, changes, field, message
):
    response = report(editor, planned, **{"title": "Bleibt", "coverage": None, **changes})
    found = errors_of(response)
    assert list(found) == [field] and message in found[field][0]
    kept = filled(response)
    assert "coverage" not in kept and ("title" in changes or kept["title"] == ["Bleibt"])
    planned.refresh_from_db()
    assert planned.available_since is None and not Article.objects.exists()


def test_a_draft_that_is_published_meanwhile_undoes_the_whole_report(editor, planned, drafts, monkeypatch):
    monkeypatch.setattr("ozgstatus.monthly._next_place", lambda rows: publish(drafts.rollout) and 9)
    response = report(editor, planned)
    assert "Ein Entwurf wurde gerade anderswo geändert" in text_of(response)
    planned.refresh_from_db()
    drafts.row.refresh_from_db()
    assert (planned.available_since, drafts.row.phase_product) == (None, "planned")
    assert not Correction.objects.exists()


def test_a_service_that_somebody_has_reported_since_is_not_reported_again(editor, planned):
    values = filled(editor.get(address(planned)))
    report(editor, planned, month="09/2022")
    response = editor.post(address(planned), values, follow=True)
    assert "Diese Leistung ist nicht (mehr) geplant: verfügbar seit 09/2022." in text_of(response)
    planned.refresh_from_db()
    assert planned.available_since == SEPTEMBER


# --- discontinued and postponed ---


def test_a_service_is_reported_as_discontinued(editor):
    service = ServiceFactory(available_since=SEPTEMBER)
    response = report(editor, service, "report_discontinued", month="11/2022")
    service.refresh_from_db()
    assert service.discontinued_since == NOVEMBER
    assert "Als eingestellt seit 11/2022 gemeldet" in text_of(response)


def test_a_service_does_not_end_before_it_is_available(editor):
    service = ServiceFactory(available_since=OCTOBER)
    response = report(editor, service, "report_discontinued", month="09/2022")
    assert errors_of(response) == {
        "month": ["Eine Leistung kann nicht eingestellt werden, bevor sie verfügbar ist."]
    }
    service.refresh_from_db()
    assert service.discontinued_since is None


def test_only_what_is_available_is_discontinued(editor, planned):
    response = editor.get(address(planned, "report_discontinued"), follow=True)
    assert response.redirect_chain == [(change(planned), 302)]
    assert "Diese Leistung ist nicht verfügbar: geplant für 10/2022." in text_of(response)


def test_a_postponed_plan_says_the_old_and_the_new_month(editor, planned):
    response = report(editor, planned, "postpone", month="11/2022")
    planned.refresh_from_db()
    assert planned.planned_for == NOVEMBER
    assert "Plan verschoben von 10/2022 auf 11/2022" in text_of(response)


def test_a_plan_is_not_postponed_to_the_month_it_has(editor, planned):
    response = report(editor, planned, "postpone", month="10/2022")
    assert list(errors_of(response)) == ["month"]


def test_a_month_that_somebody_has_changed_since_is_not_overwritten_silently(editor, planned):
    values = filled(editor.get(address(planned, "postpone"))) | {"month": "12/2022"}
    Service.objects.update(planned_for=NOVEMBER)
    response = editor.post(address(planned, "postpone"), values)
    assert "wurden inzwischen geändert: geplant für 11/2022 (ohne Konto)." in without_time(text_of(response))
    assert filled(response)["month"] == ["12/2022"]
    planned.refresh_from_db()
    assert planned.planned_for == NOVEMBER
    response = editor.post(address(planned, "postpone"), filled(response), follow=True)
    assert "Plan verschoben von 11/2022 auf 12/2022" in text_of(response)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_projects(
    editor, planned, drafts, number, django_assert_num_queries
):
    for _ in range(number - 1):
        ProjectRowFactory(report=drafts.projects, project=ProjectFactory(service=planned))
    with django_assert_num_queries(15):
        editor.get(address(planned))
