"""What the search must not tell, and that it knows of a change at once. Every word stands in one place only."""

import datetime

import pytest
from django.core.management import call_command

from catalogue.models import Service, ServicePart
from newsletter.models import Article, Block, Edition, EditionWithdrawal
from projects.models import Project, ProjectRow
from rollout.models import Authority, CoverageRow
from stand.models import Correction, CorrectionChange
from tests.factories import (
    ArticleFactory,
    AuthorityFactory,
    BlockFactory,
    CoverageRowFactory,
    EditionFactory,
    ProjectFactory,
    ProjectReportFactory,
    ProjectRowFactory,
    RolloutReportFactory,
    RubricFactory,
    ServiceFactory,
    ServicePartFactory,
    publish,
)
from tests.html import text_of

from .test_search import ask, hits_of, marked

pytestmark = pytest.mark.django_db


def edition_with(word: str, month: int, **values) -> Edition:
    """An edition whose opening and article, and whose article's title, have a word each: <word>brief, …"""
    edition = EditionFactory(
        month=datetime.date(2022, month, 1), label=f"Nummer {word}", opening=f"<p>{word}brief</p>", **values
    )
    article = ArticleFactory(edition=edition, title=f"{word}titel", body=f"<p>{word}text</p>")
    BlockFactory(rubric=RubricFactory(edition=edition), article=article)
    return edition


def project_with(word: str, day: int, **values):
    """A project and a row of a report that have a word each."""
    report = ProjectReportFactory(date=datetime.date(2022, 10, day), **values)
    project = ProjectFactory(name=f"{word}projekt")
    ProjectRowFactory(report=report, project=project, label=f"{word}zeile", details=[f"{word}detail"])
    return report


WORDS = ("brief", "titel", "text", "projekt", "zeile", "detail", "roll")


def found(client, word: str) -> list[str]:
    """Which of the words that begin so are found, or offered where nothing is found."""
    pages = {ending: ask(client, word + ending) for ending in WORDS}
    return [
        ending
        for ending, page in pages.items()
        if hits_of(page) or f">{word}{ending}</a>" in page.content.decode()
    ]


def roll_out_with(word: str, day: int, **values):
    report = RolloutReportFactory(date=datetime.date(2022, 10, day), **values)
    service = ServiceFactory(name=f"Leistung der Nummer {day}")
    CoverageRowFactory(report=report, label=f"{word}roll", service=service)
    return report


def test_what_is_published_is_found_by_each_of_its_words(client):
    for root in (edition_with("Zander", 10), project_with("Zander", 14), roll_out_with("Zander", 5)):
        publish(root)
    assert found(client, "Zander") == list(WORDS)


def test_drafts_are_not_found(client):
    edition_with("Zander", 10), project_with("Zander", 14), roll_out_with("Zander", 5)
    assert found(client, "Zander") == []
    assert hits_of(ask(client, "Oktober 2022")) == []


def test_examples_are_not_found(client):
    values = {"illustrative": True}
    for root in (
        edition_with("Zander", 10, **values),
        project_with("Zander", 14, **values),
        roll_out_with("Zander", 5, **values),
    ):
        publish(root)
    assert found(client, "Zander") == []
    assert hits_of(ask(client, "Oktober 2022")) == []


def test_a_withdrawn_edition_is_not_found(client):
    edition = publish(edition_with("Zander", 10))
    EditionWithdrawal.objects.create(
        publication=edition.publication, withdrawn_on=datetime.date(2022, 11, 2), reason="Falsche Zahlen."
    )
    assert found(client, "Zander") == []
    assert hits_of(ask(client, "Oktober 2022")) == []


def test_an_article_that_stands_in_no_rubric_is_not_found(client):
    edition = edition_with("Zander", 10)
    ArticleFactory(edition=edition, title="Hechttitel", body="<p>Hechttext</p>")
    publish(edition)
    assert found(client, "Hecht") == []


def withdraw(edition):
    EditionWithdrawal.objects.create(
        publication=publish(edition).publication,
        withdrawn_on=datetime.date(2022, 11, 2),
        reason="Falsche Zahlen.",
    )


def make_an_example(edition):
    Edition.objects.filter(pk=edition.pk).update(illustrative=True)
    publish(edition)


def take_out_of_its_rubric(edition):
    Block.objects.filter(edition=edition).delete()
    publish(edition)


@pytest.mark.parametrize(
    ("become", "hits"),
    [
        (publish, ["/ausgaben/2022-10/zandertitel/"]),
        (lambda draft: None, []),
        (withdraw, []),
        (make_an_example, []),
        (take_out_of_its_rubric, []),
    ],
)
def test_a_typing_error_leads_to_what_is_public_alone(client, become, hits):
    edition = edition_with("Zander", 10)
    Article.objects.update(body="<p>Von der Forellenzucht.</p>")
    become(edition)
    response = ask(client, "Forelenzucht")
    assert hits_of(response) == hits
    assert ("Forellenzucht" in text_of(response)) == bool(hits)
    assert marked(response) == ({"Forellenzucht"} if hits else set())


@pytest.mark.parametrize(
    ("become", "offered"), [(publish, True), (lambda draft: None, False), (withdraw, False)]
)
def test_what_is_near_is_offered_only_where_it_stands_in_what_is_public(client, become, offered):
    edition = edition_with("Zander", 10)
    Article.objects.update(body="<p>Von der Forellenzucht.</p>")
    become(edition)
    response = ask(client, "Foerlenzucht")
    assert hits_of(response) == []
    assert ("Forellenzucht" in text_of(response)) == offered


def test_a_draft_of_a_project_that_is_public_says_nothing(client):
    report = publish(project_with("Zander", 14))
    later = ProjectReportFactory(date=datetime.date(2022, 11, 14))
    ProjectRowFactory(
        report=later, project=report.rows.get().project, label="Hechtzeile", details=["Hechtdetail"]
    )
    assert found(client, "Hecht") == []
    assert "Hecht" not in text_of(ask(client, "Zanderprojekt"))


def test_only_the_newest_public_report_speaks_for_a_project(client):
    report = publish(project_with("Zander", 14))
    later = ProjectReportFactory(date=datetime.date(2022, 11, 14))
    ProjectRowFactory(
        report=later, project=report.rows.get().project, label="Hechtzeile", details=["Hechtdetail"]
    )
    publish(later)
    assert found(client, "Hecht") == ["zeile", "detail"]
    assert found(client, "Zander") == ["projekt"]


def test_marks_of_html_are_no_words(client):
    edition = edition_with("Zander", 10)
    Article.objects.update(
        body='<p>Wir stel<strong>len</strong> vor.<br><a href="https://hecht.example.org">hier</a> &amp; da</p>'
    )
    publish(edition)
    assert hits_of(ask(client, "stellen")) == ["/ausgaben/2022-10/zandertitel/"]
    for query in ("strong", "href", "hecht", "amp"):
        assert hits_of(ask(client, query)) == []


def test_a_discontinued_service_is_found_and_marked(client):
    ServiceFactory(name="Zanderschein", slug="zanderschein", discontinued_since=datetime.date(2023, 1, 1))
    response = ask(client, "Zanderschein")
    assert hits_of(response) == ["/leistungen/zanderschein/"]
    assert "Leistung, eingestellt seit 01/2023" in text_of(response)


def test_an_authority_that_has_left_the_register_is_found_and_marked(client):
    AuthorityFactory(name="Zanderdorf", key="14522999", closed_on=datetime.date(2023, 1, 1))
    response = ask(client, "Zanderdorf")
    assert hits_of(response) == ["/kommunen/14522999/"]
    assert "Kommune, nicht mehr im Register" in text_of(response)


# --- kept by the database ----------------------------------------------------------------------


def test_bulk_changes_are_found_at_once(client):
    service = ServiceFactory(slug="a")
    part = ServicePartFactory(service=ServiceFactory(slug="b"))
    AuthorityFactory(key="14522999")
    Service.objects.filter(pk=service.pk).update(name="Zanderschein")
    ServicePart.objects.filter(pk=part.pk).update(name="Zanderteil")
    Authority.objects.update(name="Zanderdorf")
    assert hits_of(ask(client, "Zanderschein")) == ["/leistungen/a/"]
    assert hits_of(ask(client, "Zanderteil")) == ["/leistungen/b/"]
    assert hits_of(ask(client, "Zanderdorf")) == ["/kommunen/14522999/"]
    assert marked(ask(client, "Zanderdorv")) == {"Zanderdorf"}


def test_a_berichtigung_is_found_and_records_only_what_was_corrected(client):
    edition = publish(edition_with("Zander", 10))
    project = publish(project_with("Zander", 14))
    roll_out = publish(roll_out_with("Zander", 5))
    Correction.declare("Ein anderer Fisch.")
    Article.objects.filter(edition=edition).update(body="<p>Hechttext</p>")
    Edition.objects.filter(pk=edition.pk).update(opening="<p>Hechtbrief</p>")
    ProjectRow.objects.filter(report=project).update(label="Hechtzeile")
    CoverageRow.objects.filter(report=roll_out).update(label="Hechtroll")
    corrected = {"Hechtbrief", "Hechttext", "Hechtzeile", "Hechtroll"}
    assert {word for word in corrected if marked(ask(client, word)) == {word}} == corrected
    assert set(CorrectionChange.objects.values_list("table_name", "column_name")) == {
        ("newsletter_article", "body"),
        ("newsletter_edition", "opening"),
        ("projects_projectrow", "label"),
        ("rollout_coveragerow", "label"),
    }


def test_the_history_keeps_no_columns_of_the_search():
    events = [
        model.pgh_event_model
        for model in (Service, ServicePart, Project, ProjectRow, Article, Edition, Authority)
    ]
    columns = {field.name for model in events for field in model._meta.fields}
    assert not {"search_words", "search_text"} & columns


def test_fixtures_and_the_bin_leave_what_the_database_computes_to_it(capsys):
    ServiceFactory(name="Zanderschein")
    call_command("dumpdata", "catalogue.service")
    assert "Zanderschein" in (written := capsys.readouterr().out)
    assert "search_" not in written
